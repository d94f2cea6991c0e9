/** The choice among sources: the new ones, or the last good ones in place of those that can't be used. */
import type { Candidate } from '../candidate/candidate.ts'
import { SOURCE_NAMES, type SourceName, type Sources, sameContent } from '../sources/source.ts'
import type { Decision } from './decision.ts'

/** What would come of sources. */
export interface Judgement {
  readonly candidate: Candidate
  readonly decision: Decision
}

/** Which content of each source a reload takes. */
export interface Choice extends Judgement {
  readonly sources: Sources
  /** What would come of all that is new: what is wrong with it is to be told. */
  readonly whole: Judgement
  /** Why the new content of a source is not taken; its last good one is in its place. */
  readonly held: ReadonlyMap<SourceName, string>
}

/**
 * Takes all that is new, or where that is refused, each new content that is good beside the last good ones of the others: a
 * mistake in one file does not hold up what another says. Where nothing is good the decision is a refusal. `isServed` says that
 * the last good contents are what is served.
 */
export async function chooseSources(
  fresh: Sources,
  good: Sources | undefined,
  isServed: boolean,
  judge: (sources: Sources) => Promise<Judgement>,
): Promise<Choice> {
  const whole = await judge(fresh)
  const none = { ...whole, whole, sources: fresh, held: new Map<SourceName, string>() }
  if (good === undefined || whole.decision.kind !== 'refused') return none
  const changed = SOURCE_NAMES.filter((name) => !sameContent(fresh[name], good[name]))
  // What is served needs no second look, and one change alone was judged just now.
  if (isServed && changed.length <= 1) return { ...none, held: heldOf(changed, whole.decision.reason) }
  const before = await judge(good)
  if (before.decision.kind === 'refused') return none
  const choice = await addEach(fresh, { ...none, ...before, sources: good }, changed, judge)
  const isNothingNew = isServed && choice.held.size === changed.length
  return isNothingNew ? { ...none, held: choice.held } : choice
}

/** Continues from a good choice with one new content after the other, without those that are refused. */
async function addEach(
  fresh: Sources,
  from: Choice,
  changed: readonly SourceName[],
  judge: (sources: Sources) => Promise<Judgement>,
): Promise<Choice> {
  let choice = from
  const held = new Map<SourceName, string>()
  for (const name of changed) {
    const sources = { ...choice.sources, [name]: fresh[name] }
    const judged = await judge(sources)
    if (judged.decision.kind === 'refused') held.set(name, judged.decision.reason)
    else choice = { ...choice, ...judged, sources }
  }
  return { ...choice, held }
}

function heldOf(names: readonly SourceName[], reason: string): ReadonlyMap<SourceName, string> {
  return new Map(names.map((name) => [name, reason]))
}
