/** The records that a snapshot has and an earlier one has not: whoever has looked at all of the earlier one looks at these alone. */
import { commonHead, commonTail } from '../../values/index.ts'
import type { DatabaseName } from '../databases/table.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * The records of a database between those at the start and at the end that are the same in both; the same is what has the same bytes and is a
 * record in both. For one that came or went that is itself, for one that changed as well, and for several of them all between. It costs a comparison of the
 * bytes, and a look at the lengths of the records. Throws SnapshotError where one of them is damaged.
 */
export function* newRecords(
  before: Snapshot,
  after: Snapshot,
  database: DatabaseName,
): Generator<Uint8Array, void, undefined> {
  const [was, is] = [before.recordBytes(database), after.recordBytes(database)]
  const head = commonHead(was, is)
  if (head === was.length && head === is.length) return
  // Up to there the lengths of the records are the same too.
  const start = before.startAt(database, head)
  const tail = commonTail(was.subarray(start), is.subarray(start))
  const by = is.length - was.length
  let old = start
  for (const { position, record } of after.records(database, start)) {
    if (position >= is.length - tail) {
      old = before.startAt(database, position - by, old)
      // From here on both have the same bytes and begin with a record.
      if (old === position - by) return
    }
    yield record
  }
}
