/** Waiting on a clock, as a promise. */
import type { Clock } from './clock.ts'
import { handlers } from './handlers.ts'

/** Resolves `ms` from now; at once where `signal` is or gets aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const woken = handlers.guard(
      'end of a wait',
      () => {
        cancel()
        signal?.removeEventListener('abort', woken)
        resolve()
      },
      () => resolve(),
    )
    const cancel = clock.after(ms, woken)
    signal?.addEventListener('abort', woken, { once: true })
  })
}
