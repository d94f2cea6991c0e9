/** What a hostile run has to show, as sentences of what went wrong: none where all is well. */
import type { Tally } from './tally.ts'
import type { Vitals } from './vitals.ts'

/** What memory may grow by, as a factor: what an attack teaches the compiler, and crumbs of the allocator. */
const GROWTH = 1.1
/** The least questions a second that a door was asked, of 100. A busy machine runs the askers late. */
const LEAST_RATE = 60
/** The part of the answers that may be late for want of a processor. With more the machine was too busy to tell anything. */
const STARVED = 0.1

/** What is wrong with the answers at a door that was asked for so many seconds at `rate` a second. */
export function answerFaults(tally: Tally, seconds: number, rate = 100): string[] {
  const { asked, wrong, late, starved, faults } = tally
  const least = seconds * rate * (LEAST_RATE / 100)
  return [
    ...(wrong > 0 ? [`${wrong} wrong answers: ${faults}`] : []),
    ...(late > 0 ? [`${late} late answers: ${faults}`] : []),
    ...(asked <= least ? [`${asked} questions, fewer than ${least}`] : []),
    ...(starved > asked * STARVED ? [`${starved} answers late for want of a processor: too busy a machine`] : []),
  ]
}

/** What is wrong with a daemon after the attack, `before` or `after` undefined where it had ended by then. */
export function vitalFaults(before: Vitals | undefined, after: Vitals | undefined): string[] {
  if (before === undefined || after === undefined) return ['it has ended']
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
  return [
    ...(after.resident > before.resident * GROWTH ? [`${mib(after.resident)}, from ${mib(before.resident)}`] : []),
    ...(after.descriptors > before.descriptors ? [`${after.descriptors} descriptors, from ${before.descriptors}`] : []),
  ]
}

/** What is wrong with a log: unexpected errors, and anything that is not text. */
export function logFaults(log: string): string[] {
  return log.split('\n').filter((line) => /unexpected error|[^ -~]/.test(line))
}

/**
 * What is wrong with what a hostile user saw: programs that crashed or hung, setuid programs that believed a run dir of the user's
 * making. And nothing is shown by an attack that does not work at all: other programs believe such a run dir.
 */
export function userFaults(seen: Readonly<Record<string, unknown>>): string[] {
  const bad = Object.keys(seen).filter((what) => /^(crashed|hung)|^setuid: (?!\/home\/ada$)/.test(what))
  const wanted = ['setuid: /home/ada', 'planted forged: /home/EVI'].filter((what) => Number(seen[what] ?? 0) === 0)
  return [...bad, ...wanted.map((what) => `not seen: ${what}`)]
}

/** Attackers that did nothing: a run without them shows nothing. */
export function idleAttackers(acts: ReadonlyMap<string, Readonly<Record<string, unknown>>>): string[] {
  const harmless = /^own error|^error (?!EACCES$)|^ended$|^replies$|^refused$/
  return [...acts]
    .filter(([, act]) => !Object.entries(act).some(([what, times]) => !harmless.test(what) && Number(times) > 0))
    .map(([name]) => name)
}
