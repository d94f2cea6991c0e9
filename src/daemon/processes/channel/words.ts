/** What a process and its daemon say to each other by the channel. */
import type { Fields, Place } from '../../../kickback/index.ts'

/** The state of any such process, as it tells it. */
export interface ProcessFigures {
  /** The generation that it answers from; 0 before the first. */
  readonly generation: number
  /** Where it answers. */
  readonly places: readonly Place[]
  /** By handler: unexpected errors in it since the start of the process. */
  readonly failures: { readonly [handler: string]: number }
}

/** What a process tells. */
export type ProcessWord<Figures> =
  /** It answers, or waits for its addresses or for a snapshot. */
  | { readonly kind: 'ready'; readonly figures: Figures }
  | { readonly kind: 'figures'; readonly figures: Figures }
  /** It can't start: why. It ends then. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** It asks its daemon for something. */
  | { readonly kind: 'ask'; readonly id: number; readonly what: string; readonly of: Fields }

/** What a process is told after the start. */
export type ProcessOrder =
  /** There is a new file. */
  | { readonly kind: 'look' }
  /** It is to tell its figures. */
  | { readonly kind: 'tell' }
  /** What it asked for; absent: it does not get it. */
  | { readonly kind: 'given'; readonly id: number; readonly given?: object }
  /** Something for the front itself. */
  | { readonly kind: 'note'; readonly note: object }
