/** How often something happens. */
import type { Clock } from '../../values/index.ts'

/** How many seconds a rate is the mean of. */
const SPAN_SECONDS = 10

/** Counts events, and gives their number per second over the last ten seconds. */
export class Meter {
  readonly #clock: Clock
  readonly #seconds: number[] = new Array(SPAN_SECONDS).fill(0)
  #second: number
  #total = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#second = Math.floor(clock.now() / 1000)
  }

  /** One more event, or `events`. */
  count(events = 1): void {
    this.#turn()
    const slot = this.#second % SPAN_SECONDS
    this.#seconds[slot] = (this.#seconds[slot] ?? 0) + events
    this.#total += events
  }

  /** Events since the start. */
  get total(): number {
    return this.#total
  }

  /** Events a second, over the last ten seconds. */
  get rate(): number {
    this.#turn()
    return this.#seconds.reduce((sum, events) => sum + events, 0) / SPAN_SECONDS
  }

  /** Empties the slots of the seconds that have begun since the last look. */
  #turn(): void {
    const now = Math.floor(this.#clock.now() / 1000)
    if (now === this.#second) return
    const passed = Math.min(now - this.#second, SPAN_SECONDS)
    for (let i = 1; i <= passed; i++) this.#seconds[(this.#second + i) % SPAN_SECONDS] = 0
    this.#second = now
  }
}
