/** What a daemon serves: the two snapshots of its generation. */
import type { Delta, Snapshot } from '../resolver/index.ts'

/** The generation that is served. */
export interface Served {
  /** Undefined before the first. */
  readonly public: Snapshot | undefined
  /** Undefined if there are no shadow entries: on a node, and where no shadow file could be read. */
  readonly shadow: Snapshot | undefined
  /** What makes the public one of that before it, where that was worked out. */
  readonly delta?: Delta | undefined
}

/** Nothing is served yet. */
export const NOTHING_SERVED: Served = { public: undefined, shadow: undefined }
