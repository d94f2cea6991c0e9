/** The first generation of a master that starts: the last good one goes on, and what is on disk is read. */
import { secondarySerials } from '../../dns/index.ts'
import type { Log } from '../../values/index.ts'
import { share } from '../candidate/build-thread.ts'
import type { Lineage } from '../generations/lineage.ts'
import { NothingToServeError, nothingToServe } from '../nothing-to-serve.ts'
import type { Origin } from '../pipeline.ts'
import type { Served } from '../served.ts'
import type { MasterSettings } from '../settings.ts'
import type { ClusterSources } from '../sources/cluster-sources.ts'
import type { StateDir } from '../state-dir.ts'
import type { SnapshotFiles } from '../store/snapshot-files.ts'
import { servedAgain } from './pinned-content.ts'
import type { Reloader } from './reloader.ts'

/** What of a master its first generation comes from. */
interface FirstParts {
  readonly settings: Pick<MasterSettings, 'dns' | 'rules'>
  readonly logger: Log
  readonly files: Pick<SnapshotFiles, 'lastGood'>
  readonly lineage: Lineage
  readonly state: StateDir
  readonly sources: Pick<ClusterSources, 'read'>
  readonly reloader: Pick<Reloader, 'reload'>
  /** What is served now. */
  readonly served: () => Served
  /** Makes it what is served. */
  readonly give: (changed: Partial<Served>, from?: Origin) => Promise<void>
}

/**
 * Continues from the last good generation, and reads what is on disk. Nothing is announced until the fronts open. Throws
 * NothingToServeError where neither gives anything.
 */
export async function firstGeneration(parts: FirstParts): Promise<void> {
  const { files, lineage, state, sources, reloader, settings, served, give, logger } = parts
  const kept = await files.lastGood()
  lineage.resume(kept)
  // The serials of the secondaries: a state dir that was lost does not send the zones back.
  lineage.heardSerials(await secondarySerials(settings.dns.secondaries, settings.rules.domain))
  const config = kept.public && (await state.configOf(kept.public))
  await give(lineage.continued(kept), { difference: {}, config })
  shareServed(served())
  const pinned = await servedAgain(state, lineage, served().public, logger)
  if (pinned !== undefined) await give({ public: pinned.snapshot }, { difference: {}, config: pinned.config })
  const contents = await sources.read()
  const report = await reloader.reload('start', async () => contents, { dryRun: false, force: false })
  if (served().public === undefined) throw new NothingToServeError(nothingToServe(report))
  shareServed(served())
}

/** What was read is in memory that threads share from now on: the build compares with it. */
function shareServed({ public: open, shadow }: Served): void {
  for (const snapshot of [open, shadow]) if (snapshot !== undefined) share(snapshot)
}
