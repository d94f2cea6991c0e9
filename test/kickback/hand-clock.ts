/** A clock for tests of this stage. */
import type { Clock } from '../../src/values/index.ts'

/** A clock that stands still until it is turned. */
export class HandClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ at: number; then: () => void }>()

  now(): number {
    return this.#now
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, then }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#timers.size
  }

  /** Lets so many milliseconds pass. */
  turn(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue
      this.#timers.delete(timer)
      timer.then()
    }
  }
}
