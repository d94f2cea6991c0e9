/** The names that masters have by rule. */
import { allMasters, type Cluster } from '../../config/index.ts'
import { type Address, addressKey } from '../../values/index.ts'

/** The parts of a cluster that name the masters. */
export interface MasterSources {
  readonly cluster: Pick<Cluster, 'masters'>
  /**
   * The addresses of the master's private interface, at most one of each family: the config's, else the system's; none if
   * unknown.
   */
  readonly interfaceAddresses: readonly Address[]
}

/** A master with the name that it has by rule. */
interface NamedMaster {
  readonly name: string
  readonly addresses: readonly Address[]
}

/** The names by rule of each address that is a master's, by its key (addressKey). */
export type MasterNames = ReadonlyMap<string, readonly string[]>

/**
 * The masters with their names: `master0`, `master1`... of the addresses of masterorder lines, or `master` where only the
 * interface is known. Which of several is `master` depends on who asks, so that name is then no record.
 */
export function namedMasters({ cluster, interfaceAddresses }: MasterSources): readonly NamedMaster[] {
  const ordered = allMasters(cluster.masters)
  if (ordered.length > 0) return ordered.map((address, i) => ({ name: `master${i}`, addresses: [address] }))
  return interfaceAddresses.length === 0 ? [] : [{ name: 'master', addresses: interfaceAddresses }]
}

/** The same by address. */
export function masterNames(sources: MasterSources): MasterNames {
  return new Map(
    namedMasters(sources).flatMap(({ name, addresses }) => addresses.map((one) => [addressKey(one), [name]] as const)),
  )
}
