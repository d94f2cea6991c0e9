/** The return to an earlier generation: its content is judged as new content is, pinned, and published under a new number. */
import type { ReloadOptions, ReloadReport } from '../../kickback/index.ts'
import { type Delta, type Difference, type Snapshot, sameDigest } from '../../resolver/index.ts'
import { hex, messageOf } from '../../values/index.ts'
import type { SnapshotPair } from '../candidate/candidate.ts'
import type { StampOrder } from '../generations/lineage.ts'
import { lossDiagnostics } from '../judge/decision.ts'
import type { Origin } from '../pipeline.ts'
import type { SourceContent } from '../sources/source.ts'
import type { PinnedContent } from '../store/pin.ts'
import { changesOf } from './report.ts'

/** What a return works with. */
export interface ReturnParts {
  /** What is served now, which what is returned to is compared with. */
  readonly served: Snapshot | undefined
  /** Seconds since 1970. */
  readonly time: number
  /** The content of an earlier generation, and the configuration that it was made from. Rejects with the reason if it is not kept. */
  readonly read: (
    generation: number,
  ) => Promise<{ readonly snapshot: Snapshot; readonly config?: SourceContent | undefined }>
  /** What is different in the second one. It takes its time: meanwhile questions are answered. */
  readonly compare: (before: Snapshot, after: Snapshot) => Promise<Difference>
  /** What makes the second one of the first, for nodes; undefined where that cannot be worked out. */
  readonly deltaOf: (before: Snapshot, after: Snapshot) => Promise<Delta | undefined>
  /** Pins content, for good. */
  readonly pin: (content: PinnedContent) => Promise<void>
  readonly stamp: (pair: SnapshotPair, order: StampOrder) => void
  readonly publish: (pair: SnapshotPair, from: Origin) => Promise<void>
}

/**
 * Goes back, or only tells what that would change. The loss limit applies unless it is forced. The pin is on disk before the
 * content is published: a crash between the two is made good at the next start. Content that is served already is pinned as it is.
 */
export async function goBack(
  generation: number,
  { dryRun, force }: ReloadOptions,
  { served, time, read, compare, deltaOf, pin, stamp, publish }: ReturnParts,
): Promise<Omit<ReloadReport, 'generation'>> {
  const { snapshot, config } = await read(generation)
  const difference = served === undefined ? {} : await compare(served, snapshot)
  const report = { databases: changesOf(difference), diagnostics: [] }
  const [loss] = force ? [] : lossDiagnostics(difference, `--back-to ${generation} --force`)
  if (loss !== undefined) return { ...report, outcome: 'refused', reason: loss.message, diagnostics: [loss] }
  if (dryRun) return { ...report, outcome: 'dry-run' }
  try {
    await pin({ generation, digest: hex(snapshot.digest), time })
  } catch (error) {
    throw new Error(`can't keep the pin over a restart: ${messageOf(error)}; nothing has changed`, { cause: error })
  }
  const isServed = served !== undefined && sameDigest(served, snapshot)
  if (isServed && !force) return { ...report, outcome: 'unchanged', pinned: generation }
  const pair = { public: new Uint8Array(snapshot.bytes), shadow: undefined }
  const delta = served && (await deltaOf(served, snapshot))
  stamp(pair, {
    inputTimes: [snapshot.header.contentTime],
    isForced: force,
    cause: `back to generation ${generation}${force ? ', forced' : ''}`,
  })
  await publish(pair, { difference, delta, config })
  return { ...report, outcome: 'published', pinned: generation }
}
