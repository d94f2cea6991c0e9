/** What a master tells its service of the shadow entries of nodes. */
import type { Snapshot } from '../../../resolver/index.ts'

/** Whose password hashes a master gave to a node. */
export interface GivenTo {
  /** At some time, sorted. */
  readonly users: readonly string[]
  /** What was given before this time may be missing, in seconds since 1970; undefined: nothing is. */
  readonly lost: number | undefined
}

/** The shadow entries of nodes. */
export interface GrantedShadow {
  /** Whether it is known what is granted: not before the account files were read. */
  readonly isKnown: boolean
  /** The snapshot of a node; undefined if it is granted none. */
  readonly of: (node: number) => Snapshot | undefined
  /** The one with this number, if its entries are what the node is granted now; what it was granted before is not given any more. */
  readonly numbered: (node: number, generation: number) => Snapshot | undefined
  /** Notes on disk that a node is about to get this snapshot. Rejects if that cannot be kept: then the node gets nothing. */
  readonly noted: (node: number, snapshot: Snapshot) => Promise<void>
  /** The users whose hashes a node was given at some time. */
  readonly givenTo: (node: number) => GivenTo
  /** Whether a time is over by the wall clock, in milliseconds since 1970. */
  readonly isOver: (until: number) => boolean
}
