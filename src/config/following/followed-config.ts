/** A configuration that may be followed by the next one: its cluster, and where its lines are. */
import type { Cluster } from '../cluster.ts'
import type { ConfigOutline } from '../outline.ts'

/** A configuration without errors, and its cluster. Of the spans of the cluster the lines are right; they may start and end where they did in an earlier version. */
export interface FollowedConfig {
  readonly bytes: Uint8Array
  readonly cluster: Cluster
  readonly outline: Pick<ConfigOutline, 'frame' | 'lastNode' | 'isSound'>
}
