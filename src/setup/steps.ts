/** Steps that change a machine one after the other, each told in plain words; what was done is told where one fails. */

/** One change. */
export interface Step {
  /** What it does, as `write` and `/etc/kickback/kickback.toml: master, key`; and the same when it is done: `wrote`. */
  readonly verb: readonly [does: string, did: string]
  readonly what: string
  /** Whether there is nothing to do. It is asked when the step's turn comes. */
  readonly isDone: () => boolean
  /** Does it. Throws Error, which says why not and what to do. */
  readonly run: () => void
}

/** A step that failed; the message says which one and why, what was done before it, and what was not done. */
export class StepError extends Error {
  override readonly name = 'StepError'
}

/** Says one line. */
type Say = (line: string) => void

/** Runs the steps in their order, and says what each one did. Throws StepError; the steps behind that one are not done. */
export function runSteps(steps: readonly Step[], say: Say): void {
  const done: Step[] = []
  for (const [i, step] of steps.entries()) {
    try {
      if (step.isDone()) continue
      step.run()
    } catch (error) {
      throw new StepError(failure(step, error, done, steps.slice(i + 1)), { cause: error })
    }
    done.push(step)
    say(told(step))
  }
}

/** Says what the steps would do, and does nothing. */
export function tellSteps(steps: readonly Step[], say: Say): void {
  for (const step of steps) if (!step.isDone()) say(`would ${step.verb[0]} ${step.what}`)
}

/** Whether it has something to do. One that can't tell has: its error must not hide the one that is told. */
function isLeft(step: Step): boolean {
  try {
    return !step.isDone()
  } catch {
    return true
  }
}

function told({ verb, what }: Step): string {
  return `${verb[1]} ${what}`
}

function failure({ verb, what }: Step, error: unknown, done: readonly Step[], left: readonly Step[]): string {
  const reason = error instanceof Error ? error.message : String(error)
  const before = done.length === 0 ? 'nothing was changed' : `done before that: ${done.map(told).join('; ')}`
  const rest = left.filter(isLeft).map((step) => `${step.verb[0]} ${step.what}`)
  const after = rest.length === 0 ? '' : `; not done: ${rest.join('; ')}`
  return `could not ${verb[0]} ${what}: ${reason}\n${before}${after}`
}
