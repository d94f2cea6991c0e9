/** What changed between two snapshots: the facts that a judge goes by. */
import { foldCase } from '../../values/index.ts'
import { recordName } from '../databases/names.ts'
import { DATABASE_NAMES, DATABASES, type DatabaseName } from '../databases/table.ts'
import { type ByteString, displayed } from '../records/entries.ts'
import type { Snapshot } from './snapshot.ts'

/** The records of one database that came, went, or stayed with another content; each by its name for people, in order. */
interface DatabaseChanges {
  readonly before: number
  readonly after: number
  /** Whether all that it had is gone; the names of masters, which the cluster has as long as it has a master, do not count. */
  readonly isEmptied: boolean
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
  /** Those of `changed` that are another machine or account now: another address of a host, another id, another name of a MAC. */
  readonly moved: readonly string[]
}

/** The changes of each database that has any. Plain data. */
export type Difference = { readonly [D in DatabaseName]?: DatabaseChanges }

/** What is different in `after`. A record is the same one if it has the same name (of ethers: the same MAC). */
export function differenceOf(before: Snapshot, after: Snapshot): Difference {
  const changes: { [D in DatabaseName]?: DatabaseChanges } = {}
  for (const database of DATABASE_NAMES) {
    const one = databaseChanges(database, before, after)
    if (one !== undefined) changes[database] = one
  }
  return changes
}

function databaseChanges(database: DatabaseName, before: Snapshot, after: Snapshot): DatabaseChanges | undefined {
  if (same(before.recordBytes(database), after.recordBytes(database))) return undefined
  const [old, current] = differing(recordsOf(before, database), recordsOf(after, database))
  const was = byIdentity(database, old)
  const is = byIdentity(database, current)
  const added = [...is.keys()].filter((name) => !was.has(name))
  const removed = [...was.keys()].filter((name) => !is.has(name))
  const changed = [...is].filter(([name, record]) => !same(was.get(name) ?? record, record)).map(([name]) => name)
  if (added.length + removed.length + changed.length === 0) return undefined
  const moved = changed.filter((name) => isMoved(database, was.get(name), is.get(name)))
  const counts = { before: before.count(database), after: after.count(database) }
  const isEmptied = !isBare(database, before) && isBare(database, after)
  const [come, gone, other, others] = [added, removed, changed, moved].map((names) => names.map(displayed))
  return { ...counts, isEmptied, added: come ?? [], removed: gone ?? [], changed: other ?? [], moved: others ?? [] }
}

/** Whether a database has no records but those that are there whatever is lost. */
function isBare(database: DatabaseName, snapshot: Snapshot): boolean {
  const { isStanding } = DATABASES[database].loss
  for (const { record } of snapshot.records(database)) if (isStanding?.(record) !== true) return false
  return true
}

/** Whether a record of the same identity is another machine or account now. */
function isMoved<D extends DatabaseName>(database: D, was?: Uint8Array, is?: Uint8Array): boolean {
  const { decode, loss } = DATABASES[database]
  return was !== undefined && is !== undefined && loss.moved?.isMoved(decode(was), decode(is)) === true
}

function recordsOf(snapshot: Snapshot, database: DatabaseName): Uint8Array[] {
  return Array.from(snapshot.records(database), ({ record }) => record)
}

/** Both lists without what they have in common at the start and at the end: in most reloads nearly all. */
function differing(
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
): [readonly Uint8Array[], readonly Uint8Array[]] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && same(before[head], after[head])) head++
  let tail = 0
  while (tail < shorter - head && same(before[before.length - 1 - tail], after[after.length - 1 - tail])) tail++
  return [before.slice(head, before.length - tail), after.slice(head, after.length - tail)]
}

/** Whether both are there and equal. */
function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && Buffer.compare(a, b) === 0
}

/** Records by identity. A name may stand on several lines: those after the first are reported with their number. */
function byIdentity(database: DatabaseName, records: readonly Uint8Array[]): Map<ByteString, Uint8Array> {
  const known = new Map<ByteString, number>()
  return new Map(
    records.map((record) => {
      const name = identity(database, record)
      const times = (known.get(name) ?? 0) + 1
      known.set(name, times)
      return [times === 1 ? name : `${name} (${times})`, record]
    }),
  )
}

/** What makes a record the same one as before: its name, where the database has nothing better. */
function identity<D extends DatabaseName>(database: D, record: Uint8Array): ByteString {
  const row = DATABASES[database]
  if (row.loss.identity !== undefined) return row.loss.identity(row.decode(record))
  const name = recordName(row, record)
  return row.foldsCase ? foldCase(name) : name
}
