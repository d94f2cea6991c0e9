/** The last good generation that a daemon finds at its start. */
import type { Snapshot } from '../../resolver/index.ts'
import { type Log, messageOf } from '../../values/index.ts'
import { hasHeaderOf, readSnapshot } from './folders.ts'

/**
 * The newest of the snapshots at these paths that `taken` takes: it gives what is to be served, or undefined for one that is of
 * another kind, and throws if one is not to be believed. What is damaged or not believed is logged and ignored. A file with the header of what was found is not read.
 */
export async function newestSnapshot(
  paths: readonly string[],
  taken: (snapshot: Snapshot) => Promise<Snapshot | undefined>,
  log: Pick<Log, 'warn'>,
): Promise<Snapshot | undefined> {
  let newest: Snapshot | undefined
  for (const path of paths) {
    // Both places of a daemon have the same generation as a rule, which takes tens of MiB.
    if (newest !== undefined && (await hasHeaderOf(path, newest))) continue
    const found = await readSnapshot(path)
    if (found.snapshot === undefined) {
      if (found.reason !== undefined) log.warn({ reason: found.reason }, 'cannot use a kept snapshot')
      continue
    }
    try {
      const snapshot = await taken(found.snapshot)
      if (snapshot !== undefined && snapshot.generation > (newest?.generation ?? -1)) newest = snapshot
    } catch (error) {
      log.warn({ path, reason: messageOf(error) }, 'cannot use the last good snapshot')
    }
  }
  return newest
}
