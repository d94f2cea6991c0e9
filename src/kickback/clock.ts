/** Time as this stage sees it: it only grows, whatever is done to the wall clock (pitfall 33). */

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

/** Resolves `ms` from now; at once where `signal` is or gets aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const woken = (): void => {
      cancel()
      signal?.removeEventListener('abort', woken)
      resolve()
    }
    const cancel = clock.after(ms, woken)
    signal?.addEventListener('abort', woken, { once: true })
  })
}
