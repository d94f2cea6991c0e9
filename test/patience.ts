/** The patience of the tests: they wait for what has to happen by looking until it is so, never for a time. */
import { setTimeout as pause } from 'node:timers/promises'

/** The shortest pause between two looks, in milliseconds. A look that takes longer, as one that runs a program, has as long a pause. */
const PAUSE = 5
/** How long is waited at most, in milliseconds. Where faults are put in by thousands (test/mutation) it is less. */
const PATIENCE = Number(process.env.KICKBACK_TEST_PATIENCE ?? 30_000)

/**
 * Waits until something is so. Throws after `patience` milliseconds, which is far more than it needs, and says what was waited
 * for: the source of `isSo` where no words are given.
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string = isSo.toString(),
  patience = PATIENCE,
): Promise<void> {
  const end = performance.now() + patience
  for (;;) {
    const start = performance.now()
    if (await isSo()) return
    const now = performance.now()
    if (now > end) throw new Error(`waited without success for ${patience / 1000} s: ${what}`)
    await pause(Math.max(PAUSE, now - start))
  }
}
