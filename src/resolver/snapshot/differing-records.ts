/** Where the records of a database differ in two snapshots, told by their bytes and their lengths: no record is decoded. */
import { commonHead, commonTail } from '../../values/index.ts'
import type { DatabaseName } from '../databases/table.ts'
import type { Snapshot } from './snapshot.ts'

/** Records in place of others: all before them and behind them are the same in both. Positions as `Snapshot.records` takes them. */
interface DifferingRecords {
  /** Where they begin, in both. */
  readonly from: number
  /** Where they end in the earlier snapshot, and in the later one. */
  readonly oldTo: number
  readonly newTo: number
}

/**
 * The records between those at the start and at the end that are the same in both; the same is what has the same bytes and is a record in both.
 * It costs a comparison of the bytes, and a look at the lengths of the records. Throws SnapshotError where one of them is damaged.
 */
export function differingRecords(before: Snapshot, after: Snapshot, database: DatabaseName): DifferingRecords {
  const [was, is] = [before.recordBytes(database), after.recordBytes(database)]
  const head = commonHead(was, is)
  if (head === was.length && head === is.length) return { from: head, oldTo: head, newTo: head }
  // Up to there the lengths of the records are the same too.
  const from = before.startAt(database, head)
  const tail = commonTail(was.subarray(from), is.subarray(from))
  const by = is.length - was.length
  let [oldTo, newTo] = [from, from]
  for (let wanted = is.length - tail; ; wanted = oldTo + by) {
    newTo = startBehind(after, database, wanted, newTo)
    oldTo = startBehind(before, database, newTo - by, oldTo)
    // From here on both have the same bytes and begin with a record.
    if (oldTo === newTo - by) return { from, oldTo, newTo }
  }
}

/** Where the first record starts that begins at a place or behind it; `from` is where one starts before that. */
function startBehind(snapshot: Snapshot, database: DatabaseName, place: number, from: number): number {
  const start = snapshot.startAt(database, place, from)
  if (start >= place) return start
  for (const { next } of snapshot.records(database, start)) return next
  return start
}

/** The records of a snapshot from one position to another, in order. */
export function* recordsBetween(
  snapshot: Snapshot,
  database: DatabaseName,
  from: number,
  to: number,
): Generator<{ readonly position: number; readonly record: Uint8Array }, void, undefined> {
  if (from >= to) return
  for (const one of snapshot.records(database, from)) {
    yield one
    if (one.next >= to) return
  }
}
