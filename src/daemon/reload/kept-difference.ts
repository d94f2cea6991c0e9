/** What is different in a kept generation from the one before it: what `kickback history` tells of it. */
import type { GenerationReport, ReloadReport } from '../../kickback/index.ts'
import { differenceSteps, type Snapshot } from '../../resolver/index.ts'
import { inTurns } from '../../values/index.ts'
import { changesOf, RECORDS_TOLD } from './report.ts'

/** Kept generations, the oldest first, of which each can be read. */
interface Kept {
  readonly all: readonly GenerationReport[]
  read(generation: number): Promise<Snapshot>
}

/**
 * The difference record by record. It takes its time: meanwhile questions are answered. Rejects with the reason if the generation, or
 * the one before it, is not kept.
 */
export async function differenceOfKept(kept: Kept, generation: number): Promise<ReloadReport['databases']> {
  const at = kept.all.findIndex((one) => one.generation === generation)
  const earlier = kept.all[at - 1]
  if (at === 0)
    throw new Error(`generation ${generation} is the oldest that is kept: what it was compared with is gone`)
  // The earlier one first: the other is rebuilt from it by what is different.
  const before = earlier && (await kept.read(earlier.generation))
  const after = await kept.read(generation)
  if (before === undefined) throw new Error(`generation ${generation} is not kept`)
  return changesOf(await inTurns(differenceSteps(before, after, { records: RECORDS_TOLD })))
}
