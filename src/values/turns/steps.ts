/** Long work in steps: whoever does it decides whether others have their turn between them. */
import { othersTurn } from '../clock.ts'

/** Work that stops after each step, and gives what it made at the end. It may throw in any step. */
export type Steps<T> = Generator<void, T, undefined>

/** How many things are looked at in a step: a millisecond or a few, where each is a record to decode. */
export const STEP = 1024

/** Looks at each of them, in steps. */
export function* each<T>(all: Iterable<T>, look: (one: T) => void): Steps<void> {
  let looked = 0
  for (const one of all) {
    look(one)
    if (++looked % STEP === 0) yield
  }
}

/** Does the work at once: on a thread that nobody waits for. Throws what it throws. */
export function atOnce<T>(work: Steps<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** Does the work so that nobody waits longer than for a step: others have their `turn` after each. Rejects with what it throws. */
export async function inTurns<T>(work: Steps<T>, turn: () => Promise<void> = othersTurn): Promise<T> {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    await turn()
  }
}
