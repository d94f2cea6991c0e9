/** A configuration that was read, kept to bring its cluster up to date after a change. */
import type { Cluster } from '../cluster.ts'
import type { ConfigOutline } from '../outline.ts'

/** A configuration and its cluster. `isSound` tells whether no line of it is left out. In the spans of the cluster the line numbers are right; start and end may be those of an earlier version. */
export interface FollowedConfig {
  readonly bytes: Uint8Array
  readonly cluster: Cluster
  readonly outline: Pick<ConfigOutline, 'frame' | 'lastNode' | 'isSound'>
}
