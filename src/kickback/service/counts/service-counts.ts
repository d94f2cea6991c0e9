/** What the service has counted since its start, as plain data: for metrics. */
import type { DurationCounts } from '../../../values/index.ts'
import type { NodeState } from '../../wire/node-messages.ts'
import type { PingCounts } from '../states/ping.ts'

/** One kind of door. */
export interface DoorCounts {
  /** Connections that are open now. */
  readonly connections: number
  /** Connections from addresses that may not ask. */
  readonly denied: number
  /** Answers to questions for a database, by it and by their status. */
  readonly answers: readonly { readonly database: string; readonly status: string; readonly count: number }[]
  /** Questions that were refused, by error code. */
  readonly refusals: { readonly [error: string]: number }
  /** Connections that were turned away, or ended for what they did. */
  readonly endings: { readonly [ending: string]: number }
}

/** The service. */
export interface ServiceCounts {
  /** By the names of doors. */
  readonly doors: { readonly [door: string]: DoorCounts }
  /** How long look-ups took, from their turn to their answer. */
  readonly lookups: DurationCounts
  /** On a master, how its nodes stand; null on a node. */
  readonly nodes: (NodeCounts & NodeStateCounts) | null
}

/** How many nodes are in each state; empty while nothing is served. */
interface NodeStateCounts {
  readonly states: { readonly [S in NodeState]?: number }
  /** Nodes that are not up, and devices, by whether they answered a ping; absent while nothing is served. */
  readonly pinged?: PingCounts
  readonly devices?: PingCounts
}

/** The nodes of a master. */
export interface NodeCounts {
  /** How many the configuration has, and how many of them do not follow this master. */
  readonly configured: number
  readonly missing: number
  /** How many nodes it has that nobody has approved. They are not in `configured`. */
  readonly unapproved: number
  /** How long nodes took to report each generation after it was published, or after they had come. */
  readonly lag: DurationCounts
}
