/** The ethers database: each MAC and the canonical name of its machine, devices first, then nodes, each followed by its companions. */

import type { ClusterHost } from '../../config/index.ts'
import { foldCase } from '../../values/index.ts'
import type { EtherEntry } from '../databases/ethers.ts'
import { byteString } from '../records/entries.ts'
import { aliasesOf, isSplit } from './devices.ts'
import type { NameSources } from './hosts.ts'
import { type MasterNames, masterNames } from './master-names.ts'
import { canonicalName, companionsOf } from './nodenames.ts'

/** Every MAC of every machine that has a name, in the order of hosts. A name's first MAC is the one it is answered with. */
export function etherEntries(sources: NameSources): EtherEntry[] {
  const { cluster, makers } = sources
  const ofMasters = masterNames(sources)
  const entries: EtherEntry[] = []
  for (const host of cluster.hosts) {
    const name = byteString(host.name)
    for (const mac of host.macs) entries.push({ mac, name })
    if (isSplit(host, ofMasters)) entries.push(...aliasEntries(host, ofMasters))
  }
  for (const node of cluster.nodes) {
    if (node.macs.length > 0) {
      const name = canonicalName(makers, node.number)
      for (const mac of node.macs) entries.push({ mac, name })
    }
    if (node.companionMacs.length === 0) continue
    for (const { name, macs } of companionsOf(makers, node)) for (const mac of macs) entries.push({ mac, name })
  }
  return entries
}

/**
 * The aliases of a device whose lines have different ones, each with the first MAC of its lines: an alias belongs to its lines. They
 * stand after the canonical name, which a MAC is answered with.
 */
function aliasEntries({ lines }: ClusterHost, ofMasters: MasterNames): EtherEntry[] {
  const firsts = new Map<string, EtherEntry>()
  for (const line of lines) {
    const { mac } = line
    if (mac === undefined) continue
    for (const alias of aliasesOf(line, ofMasters)) {
      const key = foldCase(alias)
      if (!firsts.has(key)) firsts.set(key, { mac, name: byteString(alias) })
    }
  }
  return [...firsts.values()]
}
