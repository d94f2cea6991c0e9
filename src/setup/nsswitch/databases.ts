/** The databases of nsswitch.conf that kickback answers, by what the machine is, and what the line of each is where there is none. */
import { DATABASE_NAMES } from '../../resolver/index.ts'

/** The name of the source, and so of the module: libnss_kickback.so.2. */
export const SOURCE = 'kickback'
/** The file that the C library loads for it. */
export const MODULE = 'libnss_kickback.so.2'

/** What a machine is in its cluster. */
export type Role = 'master' | 'node'

/** The databases of a node, as nsswitch.conf calls them: all that the snapshots have. */
const OF_NODES = DATABASE_NAMES

/**
 * Which databases get the source. Users, groups and networks of the cluster are those in the master's own files: a master that
 * asked kickback for them would list each of them twice.
 */
export const DATABASES: { readonly [R in Role]: readonly string[] } = {
  node: OF_NODES,
  master: ['hosts', 'ethers', 'netgroup'],
}

/** Every database that can have the source. */
export const ALL_DATABASES: readonly string[] = OF_NODES

/**
 * The sources of a line that is added, with SOURCE among them. initgroups is not here: without such a line the C library goes through
 * all sources of group, which is right.
 */
export const ADDED_SOURCES: ReadonlyMap<string, readonly string[]> = new Map(
  OF_NODES.filter((name) => name !== 'initgroups').map((name) => [
    name,
    name === 'hosts' ? ['files', SOURCE, 'dns'] : ['files', SOURCE],
  ]),
)
