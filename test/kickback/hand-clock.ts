/** Clocks for tests of this stage. */
import { type Clock, monotonic } from '../../src/values/index.ts'

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

/** The machine's clock, and the timers that wait on it. */
export function counted(): { readonly clock: Clock; readonly waiting: ReadonlySet<object> } {
  const waiting = new Set<object>()
  const after: Clock['after'] = (ms, then) => {
    const timer = {}
    waiting.add(timer)
    const cancel = monotonic.after(ms, () => waiting.delete(timer) && then())
    return () => {
      waiting.delete(timer)
      cancel()
    }
  }
  return { clock: { now: monotonic.now, after }, waiting }
}
