/** Whether machines answer that do not follow: a part of a master that may be absent. It proves nothing, and is used for display alone. */
import type { Address } from '../../../values/index.ts'
import type { PingAnswer } from '../../wire/node-messages.ts'

/** What is known of a machine. */
export interface Ping {
  readonly answer: PingAnswer
  /** When that was found, in seconds since 1970. */
  readonly time: number
}

/** Tells of the machine with these addresses; undefined where it is not asked, or nothing is known yet. */
export type PingOf = (addresses: readonly Address[]) => Ping | undefined

/** How many machines were found to be in each way. */
export interface PingCounts {
  readonly up: number
  readonly off: number
  /** Those that are not asked, or of which nothing is known yet. */
  readonly unknown: number
}

/** Counts machines by what is known of them. */
export class PingTally implements PingCounts {
  up = 0
  off = 0
  unknown = 0

  /** One more. */
  add(ping: Ping | undefined): void {
    this[ping?.answer ?? 'unknown']++
  }

  /** The counts alone. */
  get counts(): PingCounts {
    return { up: this.up, off: this.off, unknown: this.unknown }
  }
}
