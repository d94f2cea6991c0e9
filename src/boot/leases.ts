/** Who gets which address by DHCP: each MAC of the configuration whose machine has an IPv4 address. */
import { type Cluster, nameIn } from '../config/index.ts'
import type { Address, Mac } from '../values/index.ts'

/** The address that a MAC gets. */
export interface Lease {
  readonly mac: Mac
  /** Of IPv4. */
  readonly address: Address
  /** The canonical name of the machine; undefined for a host line without one. */
  readonly name: string | undefined
}

/** The leases of nodes, ascending by number, then of hosts in file order. Several MACs of one node have one address. */
export function leasesOf(cluster: Cluster): Lease[] {
  const nodes = cluster.nodes.flatMap(({ number, addresses, macs }) => {
    const [address] = addresses
    return address.family === 4 ? macs.map((mac) => ({ mac, address, name: nodeName(cluster, number) })) : []
  })
  const hosts = cluster.hosts.flatMap(({ name, lines }) =>
    lines.flatMap(({ mac, address }) => (mac === undefined || address.family !== 4 ? [] : [{ mac, address, name }])),
  )
  return [...nodes, ...hosts]
}

/** The canonical name: of the first line that is bound to the node, else of the one for all nodes. */
function nodeName({ nodenames }: Cluster, number: number): string | undefined {
  const canonical = nodenames.filter(({ kind }) => kind === 'canonical')
  const bound = canonical.filter(({ segments }) => segments !== undefined)
  const all = canonical.filter(({ segments }) => segments === undefined)
  for (const line of [...bound, ...all]) {
    const name = nameIn(line, number)
    if (name !== undefined) return name
  }
  return undefined
}
