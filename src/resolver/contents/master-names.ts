/** The names that masters have by rule. */

import { allMasters, type Cluster } from '../../config/index.ts'
import { type Address, addressKey } from '../../values/index.ts'

/** What tells who the masters are. */
export interface MasterSources {
  readonly cluster: Pick<Cluster, 'masters'>
  /** The address of the master's private interface: the config's, else what the system says; undefined if unknown. */
  readonly interfaceAddress: Address | undefined
}

/** The names by rule of each address that is a master's, by its key (addressKey). */
export type MasterNames = ReadonlyMap<string, readonly string[]>

/**
 * The masters with their names: `master0`, `master1`... of the masterorder lines, or `master` where only the interface is known.
 * Which of several is `master` depends on who asks, so that name is then no record.
 */
export function mastersByName({
  cluster,
  interfaceAddress,
}: MasterSources): (readonly [name: string, address: Address])[] {
  const ordered = allMasters(cluster.masters)
  if (ordered.length > 0) return ordered.map((address, i) => [`master${i}`, address])
  return interfaceAddress === undefined ? [] : [['master', interfaceAddress]]
}

/** The same by address. */
export function masterNames(sources: MasterSources): MasterNames {
  return new Map(mastersByName(sources).map(([name, address]) => [addressKey(address), [name]]))
}
