/** How often a line is logged whose cause comes from outside, and may come without end. */
import type { Clock } from './clock.ts'

/** How often at most, in milliseconds. */
const EVERY = 10_000

/** Says when to log: once in ten seconds. */
export class LogBound {
  readonly #clock: Pick<Clock, 'now'>
  #logged = Number.NEGATIVE_INFINITY
  #times = 0

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** It happened once more: how often since the last line, where it is to be logged now; undefined where it is not. */
  times(): number | undefined {
    this.#times++
    const now = this.#clock.now()
    if (now - this.#logged < EVERY) return undefined
    this.#logged = now
    const times = this.#times
    this.#times = 0
    return times
  }
}
