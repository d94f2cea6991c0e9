/** Time as all stages see it: it only grows, whatever is done to the wall clock. */

/** A clock for deadlines and timers. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now(): number
  /** Calls `then` once, `ms` from now. The function that comes back calls it off. */
  after(ms: number, then: () => void): () => void
}

/** The machine's monotonic clock (CLOCK_MONOTONIC). */
export const monotonic: Clock = {
  now: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}

/** The same clock for a daemon's own chores: a timer that waits does not keep the process alive. */
export const background: Clock = {
  now: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms).unref()
    return () => clearTimeout(timer)
  },
}
