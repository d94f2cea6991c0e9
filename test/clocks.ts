/** The clocks of the tests: one that stands still until it is turned, and some that run as no clock does. */
import { type Clock, monotonic } from '../src/values/index.ts'

/** A clock that stands still until it is turned. What is due is called in the order of its moments, each at its own. */
export class HandClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ readonly at: number; readonly then: () => void }>()

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

  /** In how many milliseconds the first of them ends; Infinity if none waits. */
  get nextIn(): number {
    return Math.min(...[...this.#timers].map(({ at }) => at - this.#now))
  }

  /** Lets so many milliseconds pass. What is called may turn the clock further. */
  turn(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.then()
    }
    this.#now = Math.max(this.#now, end)
  }
}

/** A clock that is turned by hand and knows for how long its timers were to wait. */
export class WaitClock extends HandClock {
  readonly #waits = new Map<() => void, number>()

  /** For how long each that waits was to wait, in milliseconds. */
  get waits(): readonly number[] {
    return [...this.#waits.values()]
  }

  override after(ms: number, then: () => void): () => void {
    const run = (): void => {
      this.#waits.delete(run)
      then()
    }
    this.#waits.set(run, ms)
    const cancel = super.after(ms, run)
    return () => {
      this.#waits.delete(run)
      cancel()
    }
  }
}

/** A clock that runs ten times as fast: back-off and heartbeats come sooner. */
export const quick: Clock = {
  now: () => monotonic.now() * 10,
  after: (ms, then) => monotonic.after(ms / 10, then),
}

/** A clock on which all times have come: a timer runs in the next turn of the event loop. */
export const hurried: Clock = {
  now: () => monotonic.now(),
  after(_, then) {
    const immediate = setImmediate(then)
    return () => clearImmediate(immediate)
  },
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
  return { clock: { now: () => monotonic.now(), after }, waiting }
}
