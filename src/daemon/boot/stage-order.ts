/** What the thread that edits the configuration is asked, and what it answers. */
import type { AppendOutcome, Newcomer, StageMove, StageOutcome } from '../../config/index.ts'
import type { Address } from '../../values/index.ts'

/** A report of a node, and who made it. */
export interface StageReport extends StageMove {
  /** Who reported, in words for the audit log. */
  readonly by: string
}

/** A machine that is to become a node. */
export interface Arrival extends Newcomer {
  /** The interface where it asked, for the audit log. */
  readonly on: string
}

/** Machines that are to become nodes. */
export interface AppendOrder {
  readonly arrivals: readonly Arrival[]
  /** How many lines are added at most. */
  readonly most: number
  /** The numbers of the nodes that are connected: with or without a line they are no other machine's. */
  readonly taken: readonly number[]
  /** The addresses of this master: lines are added by the first master of a node alone. */
  readonly own: readonly Address[]
}

/** A question, or an order. */
export type StageOrder =
  /** The stages of these nodes, as the file says them now. */
  | { readonly id: number; readonly kind: 'read'; readonly numbers: readonly number[] }
  /** Moves, to be in the file and on disk before the answer. */
  | { readonly id: number; readonly kind: 'move'; readonly reports: readonly StageReport[] }
  /** Lines, to be in the file and on disk before the answer. */
  | ({ readonly id: number; readonly kind: 'append' } & AppendOrder)

/** An answer. */
export type StageAnswer =
  | { readonly id: number; readonly stages: readonly (string | undefined)[] }
  | { readonly id: number; readonly outcomes: readonly StageOutcome[]; readonly unlogged?: string | undefined }
  | { readonly id: number; readonly appended: readonly AppendOutcome[]; readonly unlogged?: string | undefined }
  /** The file cannot be read or changed now, and why. */
  | { readonly id: number; readonly failed: string }

/** What the thread is started with. */
export interface StageThreadData {
  /** The path of the configuration. */
  readonly config: string
  /** The domain of the cluster. */
  readonly domain: string
  /** The folder of the audit log. */
  readonly stateDir: string
}
