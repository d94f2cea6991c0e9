/** How many requests are put to the daemon: so many a second in all, and of one address. Look-ups go first there. */
import type { Clock } from '../../values/index.ts'

/** A node asks four times for each boot. A thousand that boot at once are told to wait a few seconds. */
const PER_SECOND = { all: 1000, perAddress: 40 }
const SECOND = 1000

/** Counts requests by the second. */
export class AskRates {
  readonly #clock: Pick<Clock, 'now'>
  readonly #counts = new Map<string, number>()
  #second = Number.NEGATIVE_INFINITY
  #all = 0

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Whether a request of this address may be put now; it counts then. */
  take(address: string): boolean {
    const now = this.#clock.now()
    if (now - this.#second >= SECOND) {
      this.#second = now
      this.#all = 0
      this.#counts.clear()
    }
    const count = this.#counts.get(address) ?? 0
    if (this.#all >= PER_SECOND.all || count >= PER_SECOND.perAddress) return false
    this.#all++
    this.#counts.set(address, count + 1)
    return true
  }
}
