/** Pinned content at a start: what is pinned is what is served, also where a crash came between the pin and the publication. */
import { Snapshot } from '../../resolver/index.ts'
import { hex, type Log, messageOf } from '../../values/index.ts'
import type { Lineage } from '../generations/lineage.ts'
import type { SourceContent } from '../sources/source.ts'
import type { StateDir } from '../state-dir.ts'

/** The pinned content under a new number, where something else is served; undefined if nothing is to be done. What is lost is released. */
export async function servedAgain(
  state: StateDir,
  lineage: Pick<Lineage, 'stamp'>,
  served: Snapshot | undefined,
  logger: Log,
): Promise<{ readonly snapshot: Snapshot; readonly config: SourceContent | undefined } | undefined> {
  const pinned = state.pin.content
  if (pinned === undefined || (served !== undefined && hex(served.digest) === pinned.digest)) return undefined
  try {
    const { snapshot, config } = await state.earlier(state.pinnedNumber(pinned))
    const pair = { public: new Uint8Array(snapshot.bytes), shadow: undefined }
    const inputTimes = [snapshot.header.contentTime]
    lineage.stamp(pair, { inputTimes, isForced: false, cause: `back to generation ${pinned.generation}` })
    return { snapshot: Snapshot.open(pair.public), config }
  } catch (error) {
    const fields = { generation: pinned.generation, reason: messageOf(error) }
    logger.error(fields, 'the pinned generation is lost: it is released, and what the sources say is served')
    await state.pin.release()
    return undefined
  }
}
