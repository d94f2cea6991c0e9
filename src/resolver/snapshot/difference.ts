/** What changed between two snapshots: the facts that a judge goes by. */
import { atOnce, each, foldCase, type Steps } from '../../values/index.ts'
import { decodeMachine } from '../databases/hosts.ts'
import { recordName } from '../databases/names.ts'
import { DATABASE_NAMES, DATABASES, type DatabaseName } from '../databases/table.ts'
import { type ByteString, displayed } from '../records/entries.ts'
import { differingRecords, recordsBetween } from './differing-records.ts'
import type { Snapshot } from './snapshot.ts'

/** How much of a difference is told, of each database. */
export interface DifferenceDetail {
  /** How many names of each kind of change; 10 unless given. */
  readonly names?: number
  /** How many records one by one; none unless given. */
  readonly records?: number
}

/** How many names of each kind of change are told. */
const NAMES = 10

/**
 * What became of a record: `moved` has another address, `renumbered` another id or number or, of a MAC, another name; `changed`
 * anything else.
 */
type RecordFate = 'added' | 'removed' | 'moved' | 'renumbered' | 'changed'

/** A record that changed, for people. */
export interface RecordChange {
  readonly fate: RecordFate
  readonly name: string
  /** What it was and what it is, in one line each; absent where it was not there or is not, and where it is a secret. */
  readonly before?: string
  readonly after?: string
}

/** The records of one database that came, went, or stayed with another content. */
interface DatabaseChanges {
  readonly before: number
  readonly after: number
  /** Whether all that it had is gone; the names of masters, which the cluster has as long as it has a master, do not count. */
  readonly isEmptied: boolean
  readonly added: number
  readonly removed: number
  readonly changed: number
  /** Those of `changed` that are another machine or account now: another address of a host, another id, another name of a MAC. */
  readonly moved: number
  /** Those of `changed` that are a host of another node number, or an account of another id. */
  readonly renumbered: number
  /** The first of each kind by their names for people, in order. */
  readonly names: {
    readonly added: readonly string[]
    readonly removed: readonly string[]
    readonly changed: readonly string[]
  }
  /** The first records that changed, one by one; absent unless they were wanted. */
  readonly records?: readonly RecordChange[]
}

/** The changes of each database that has any. Plain data, and not much, however much changed: threads hand it on. */
export type Difference = { readonly [D in DatabaseName]?: DatabaseChanges }

/** What is different in `after`. A record is the same one if it has the same name (of ethers: the same MAC). */
export function differenceOf(before: Snapshot, after: Snapshot, detail: DifferenceDetail = {}): Difference {
  return atOnce(differenceSteps(before, after, detail))
}

/** The same in steps: where two snapshots of 100,000 nodes have little in common it takes some seconds. */
export function* differenceSteps(before: Snapshot, after: Snapshot, detail: DifferenceDetail = {}): Steps<Difference> {
  const changes: { [D in DatabaseName]?: DatabaseChanges } = {}
  for (const database of DATABASE_NAMES) {
    const one = yield* databaseChanges(database, before, after, detail)
    if (one !== undefined) changes[database] = one
  }
  return changes
}

function* databaseChanges(
  database: DatabaseName,
  before: Snapshot,
  after: Snapshot,
  { names: limit = NAMES, records = 0 }: DifferenceDetail,
): Steps<DatabaseChanges | undefined> {
  if (same(before.recordBytes(database), after.recordBytes(database))) return undefined
  const [old, current] = yield* differing(before, after, database)
  const was = yield* byIdentity(database, old)
  const is = yield* byIdentity(database, current)
  const [added, removed, changed] = [new Told(limit), new Told(limit), new Told(limit)]
  let [moved, renumbered] = [0, 0]
  const told: RecordChange[] = []
  const tell = (fate: RecordFate, name: ByteString, one?: Uint8Array, other?: Uint8Array): void => {
    if (told.length < records) told.push(recordChange(database, fate, name, one, other))
  }
  yield* each(is, ([name, record]) => {
    const one = was.get(name)
    if (one === undefined) {
      added.add(name)
      tell('added', name, undefined, record)
    } else if (!same(one, record)) {
      changed.add(name)
      const fate = fateOf(database, one, record)
      if (isMoved(database, one, record)) moved++
      if (fate === 'renumbered') renumbered++
      tell(fate, name, one, record)
    }
  })
  yield* each(was, ([name, record]) => {
    if (is.has(name)) return
    removed.add(name)
    tell('removed', name, record)
  })
  if (added.count + removed.count + changed.count === 0) return undefined
  return {
    ...{ before: before.count(database), after: after.count(database) },
    isEmptied: !isBare(database, before) && isBare(database, after),
    ...{ added: added.count, removed: removed.count, changed: changed.count, moved, renumbered },
    names: { added: added.names, removed: removed.names, changed: changed.names },
    ...(records > 0 && { records: told }),
  }
}

/** Records that changed in one way: how many, and the first of them by name. */
class Told {
  readonly names: string[] = []
  count = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  add(name: ByteString): void {
    this.count++
    if (this.names.length < this.#limit) this.names.push(displayed(name))
  }
}

/** Whether a database has no records but those that are there whatever is lost. */
function isBare(database: DatabaseName, snapshot: Snapshot): boolean {
  const { isStanding } = DATABASES[database].loss
  for (const { record } of snapshot.records(database)) if (isStanding?.(record) !== true) return false
  return true
}

/** Whether a record of the same identity is another machine or account now. */
function isMoved<D extends DatabaseName>(database: D, was: Uint8Array, is: Uint8Array): boolean {
  const { decode, loss } = DATABASES[database]
  return loss.moved?.isMoved(decode(was), decode(is)) === true
}

/** What became of a record that stayed under its name. */
function fateOf(database: DatabaseName, was: Uint8Array, is: Uint8Array): RecordFate {
  if (isMoved(database, was, is)) return DATABASES[database].loss.moved?.what === 'address' ? 'moved' : 'renumbered'
  const isRenumbered = database === 'hosts' && decodeMachine(was).number !== decodeMachine(is).number
  return isRenumbered ? 'renumbered' : 'changed'
}

/** The longest text of a record that is told, in characters. */
const TEXT_MAX = 200

function recordChange(
  database: DatabaseName,
  fate: RecordFate,
  name: ByteString,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): RecordChange {
  const texts = { before: before && textOf(database, before), after: after && textOf(database, after) }
  return {
    ...{ fate, name: displayed(name) },
    ...(texts.before !== undefined && { before: texts.before }),
    ...(texts.after !== undefined && { after: texts.after }),
  }
}

/** A record in one line; undefined of one that is a secret. */
function textOf<D extends DatabaseName>(database: D, record: Uint8Array): string | undefined {
  const { decode, brief, getent } = DATABASES[database]
  const entry = decode(record)
  const text = displayed(brief === undefined ? (getent.lines(entry) ?? '') : brief(entry))
  const line = text
    .trim()
    .replace(/(?<!\s)\s*\n\s*/g, ', ')
    .replace(/ {2,}/g, ' ')
  if (line === '') return undefined
  return line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX)}...` : line
}

/** The records of both without what they have in common at the start and at the end: in most reloads nearly all. */
function* differing(
  before: Snapshot,
  after: Snapshot,
  database: DatabaseName,
): Steps<[readonly Uint8Array[], readonly Uint8Array[]]> {
  const { from, oldTo, newTo } = differingRecords(before, after, database)
  const [old, current]: [Uint8Array[], Uint8Array[]] = [[], []]
  yield* each(recordsBetween(before, database, from, oldTo), ({ record }) => old.push(record))
  yield* each(recordsBetween(after, database, from, newTo), ({ record }) => current.push(record))
  return [old, current]
}

/** Whether both are there and equal. */
function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && Buffer.compare(a, b) === 0
}

/** Records by identity. A name may stand on several lines: those after the first are reported with their number. */
function* byIdentity(
  database: DatabaseName,
  records: readonly Uint8Array[],
): Steps<ReadonlyMap<ByteString, Uint8Array>> {
  const known = new Map<ByteString, number>()
  const all = new Map<ByteString, Uint8Array>()
  yield* each(records, (record) => {
    const name = identity(database, record)
    const times = (known.get(name) ?? 0) + 1
    known.set(name, times)
    all.set(times === 1 ? name : `${name} (${times})`, record)
  })
  return all
}

/** What makes a record the same one as before: its name, where the database has nothing better. */
function identity<D extends DatabaseName>(database: D, record: Uint8Array): ByteString {
  const row = DATABASES[database]
  if (row.loss.identity !== undefined) return row.loss.identity(row.decode(record))
  const name = recordName(row, record)
  return row.foldsCase ? foldCase(name) : name
}
