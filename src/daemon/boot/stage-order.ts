/** What the thread of stages is asked, and what it answers. */
import type { StageMove, StageOutcome } from '../../config/index.ts'

/** A report of a node, and who made it. */
export interface StageReport extends StageMove {
  /** Who reported, in words for the audit log. */
  readonly by: string
}

/** A question, or an order. */
export type StageOrder =
  /** The stages of these nodes, as the file says them now. */
  | { readonly id: number; readonly kind: 'read'; readonly numbers: readonly number[] }
  /** Moves, to be in the file and on disk before the answer. */
  | { readonly id: number; readonly kind: 'move'; readonly reports: readonly StageReport[] }

/** An answer. */
export type StageAnswer =
  | { readonly id: number; readonly stages: readonly (string | undefined)[] }
  | { readonly id: number; readonly outcomes: readonly StageOutcome[]; readonly unlogged?: string | undefined }
  /** The file cannot be read or changed now, and why. */
  | { readonly id: number; readonly failed: string }

/** What the thread is started with. */
export interface StageThreadData {
  /** The path of the configuration. */
  readonly config: string
  /** The folder of the audit log. */
  readonly stateDir: string
}
