/** The ethers database: each MAC and the canonical name of its machine, devices first, then nodes. */
import type { Cluster } from '../config/index.ts'
import { byteString, type EtherEntry } from './entries.ts'
import { madeName, type NameMakers } from './nodenames.ts'

/** Every MAC of every machine that has a name, in the order of hosts. A name's first MAC is the one it is answered with. */
export function etherEntries(cluster: Pick<Cluster, 'hosts' | 'nodes'>, makers: NameMakers): EtherEntry[] {
  const entries: EtherEntry[] = []
  for (const host of cluster.hosts) {
    const name = byteString(host.name)
    for (const mac of host.macs) entries.push({ mac, name })
  }
  for (const node of cluster.nodes) {
    if (node.macs.length === 0) continue
    const name = madeName(makers.canonical, node.number)
    for (const mac of node.macs) entries.push({ mac, name })
  }
  return entries
}
