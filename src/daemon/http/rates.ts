/** The rates of questions by door, over the last minutes: totals are sampled, and only so many are kept. */
import type { PageDoor } from '../../page/index.ts'
import type { Clock } from '../../values/index.ts'

/** How long a step is, in milliseconds, and how many are kept. */
export const STEP = 10_000
const STEPS = 60

/** Totals since the start of the daemon, by door. */
type Totals = { readonly [door: string]: number }

/** Keeps the rates. */
export class Rates {
  readonly #clock: Pick<Clock, 'now'>
  #last: { readonly at: number; readonly totals: Totals } | undefined
  readonly #histories = new Map<string, readonly number[]>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** The totals as they are now. What comes sooner than a step after the one before is left out. */
  sample(totals: Totals): void {
    const at = this.#clock.now()
    if (this.#last === undefined) this.#last = { at, totals }
    const seconds = (at - this.#last.at) / 1000
    if (seconds * 1000 < STEP) return
    for (const [door, total] of Object.entries(totals)) {
      // A daemon that was started again begins at 0.
      const rate = Math.max(0, total - (this.#last.totals[door] ?? 0)) / seconds
      this.#histories.set(door, [...(this.#histories.get(door) ?? []), rate].slice(-STEPS))
    }
    this.#last = { at, totals }
  }

  /** The doors with what is known of them. */
  doors(totals: Totals): readonly PageDoor[] {
    return Object.entries(totals).map(([name, total]) => {
      const history = (this.#histories.get(name) ?? []).map((rate) => Math.round(rate * 10) / 10)
      return { name, total, rate: history.at(-1) ?? 0, history }
    })
  }
}
