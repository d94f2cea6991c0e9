/** The records that a snapshot has and an earlier one has not: whoever has looked at all of the earlier one looks at these alone. */
import type { DatabaseName } from '../databases/table.ts'
import { differingRecords, recordsBetween } from './differing-records.ts'
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
  const { from, newTo } = differingRecords(before, after, database)
  for (const { record } of recordsBetween(after, database, from, newTo)) yield record
}
