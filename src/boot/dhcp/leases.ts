/** Who gets which address by DHCP: each MAC of the configuration whose machine has an address of the family. */
import type { Cluster, ClusterNode, Span } from '../../config/index.ts'
import { canonicalName, companionsOf, displayed, nameMakers } from '../../resolver/index.ts'
import { type Address, type Mac, macKey } from '../../values/index.ts'

/** The address that a MAC gets. */
export interface Lease {
  readonly mac: Mac
  readonly address: Address
  /** The canonical name of the machine; undefined for a host line without one. */
  readonly name: string | undefined
  /** The number of the node, or of the node whose companion it is; undefined for a host line. */
  readonly node: number | undefined
  /** Whether it is a companion of the node, and not the node itself. */
  readonly isCompanion: boolean
  /** Its line. */
  readonly span: Span
}

/** How many MAC addresses dnsmasq is given at most: with ten times as many it takes a minute to start, and as long for each reload. */
export const DNSMASQ_MACS_MAX = 10_000

/** The cards of a machine, and its addresses. */
interface Given {
  readonly macs: readonly Mac[]
  readonly addresses: readonly Address[]
}

/** The leases of nodes, ascending by number and each followed by its companions, then of hosts in file order, without MACs that are ignored. Several MACs of one node have one address. */
export function leasesOf(cluster: Cluster, family: Address['family'] = 4): Lease[] {
  const makers = nameMakers(cluster)
  const given = (node: ClusterNode, name: string, { macs, addresses }: Given, isCompanion: boolean): Lease[] => {
    const address = addresses.find((each) => each.family === family)
    if (address === undefined) return []
    return macs.map((mac) => ({ mac, address, name: displayed(name), node: node.number, isCompanion, span: node.span }))
  }
  const nodes = cluster.nodes.flatMap((node) => {
    const own = given(node, canonicalName(makers, node.number), node, false)
    if (node.companionMacs.length === 0) return own
    return [...own, ...companionsOf(makers, node).flatMap((one) => given(node, one.name, one, true))]
  })
  const hosts = cluster.hosts.flatMap(({ name, lines }) =>
    lines.flatMap(({ mac, address, span }) =>
      mac === undefined || address.family !== family
        ? []
        : [{ mac, address, name, node: undefined, isCompanion: false, span }],
    ),
  )
  const ignored = new Set(cluster.ignored.map(macKey))
  const leases = [...nodes, ...hosts]
  return ignored.size === 0 ? leases : leases.filter(({ mac }) => !ignored.has(macKey(mac)))
}
