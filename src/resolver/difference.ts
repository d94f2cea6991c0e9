/** What changed between two snapshots, and whether so much was lost that somebody should look before it is published. */
import { formatMac } from '../config/index.ts'
import { DECODERS } from './decode.ts'
import { type ByteString, displayed, type Entries } from './entries.ts'
import { folded } from './keys.ts'
import { DATABASES, type DatabaseName } from './layout.ts'
import type { Snapshot } from './snapshot.ts'

/** The records of one database that came, went, or stayed with another content; each by its name for people, in order. */
export interface DatabaseChanges {
  readonly before: number
  readonly after: number
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

/** The changes of each database that has any. Plain data. */
export type Difference = { readonly [D in DatabaseName]?: DatabaseChanges }

/** A database that lost more than a reload may take without being forced. */
export interface BrakeFinding {
  readonly database: DatabaseName
  readonly lost: number
  readonly before: number
}

/** At least so many records must be lost before a share of them counts. */
const BRAKE_RECORDS = 10
/** The share of a database's records that may be lost, as a divisor. */
const BRAKE_SHARE = 10

/** What is different in `after`. A record is the same one if it has the same name (of ethers: the same MAC). */
export function differenceOf(before: Snapshot, after: Snapshot): Difference {
  const changes: { [D in DatabaseName]?: DatabaseChanges } = {}
  for (const database of Object.keys(DATABASES) as DatabaseName[]) {
    const one = databaseChanges(database, before, after)
    if (one !== undefined) changes[database] = one
  }
  return changes
}

/** Whether nothing changed: a reload then publishes nothing. Equal digests say the same. */
export function isUnchanged(difference: Difference): boolean {
  return Object.keys(difference).length === 0
}

/**
 * The databases that were emptied, or lost more than a tenth and at least ten of their records. The groups of users follow
 * from group, and don't count.
 */
export function brakeFindings(difference: Difference): BrakeFinding[] {
  const names = (Object.keys(difference) as DatabaseName[]).filter((name) => name !== 'initgroups')
  return names.flatMap((database) => {
    const { before = 0, after = 0, removed = [] } = difference[database] ?? {}
    const lost = removed.length
    const emptied = before > 0 && after === 0
    return emptied || (lost >= BRAKE_RECORDS && lost * BRAKE_SHARE > before) ? [{ database, lost, before }] : []
  })
}

function databaseChanges(database: DatabaseName, before: Snapshot, after: Snapshot): DatabaseChanges | undefined {
  const [old, current] = differing(recordsOf(before, database), recordsOf(after, database))
  if (old.length === 0 && current.length === 0) return undefined
  const was = byIdentity(database, old)
  const is = byIdentity(database, current)
  const added = [...is.keys()].filter((name) => !was.has(name))
  const removed = [...was.keys()].filter((name) => !is.has(name))
  const changed = [...is].filter(([name, record]) => was.get(name)?.equals(record) === false).map(([name]) => name)
  if (added.length + removed.length + changed.length === 0) return undefined
  const counts = { before: before.count(database), after: after.count(database) }
  return { ...counts, added: added.map(displayed), removed: removed.map(displayed), changed: changed.map(displayed) }
}

function recordsOf(snapshot: Snapshot, database: DatabaseName): Buffer[] {
  return Array.from(snapshot.records(database), ({ record }) =>
    Buffer.from(record.buffer, record.byteOffset, record.length),
  )
}

/** Both lists without what they have in common at the start and at the end: in most reloads nearly all. */
function differing(before: readonly Buffer[], after: readonly Buffer[]): [readonly Buffer[], readonly Buffer[]] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && same(before[head], after[head])) head++
  let tail = 0
  while (tail < shorter - head && same(before[before.length - 1 - tail], after[after.length - 1 - tail])) tail++
  return [before.slice(head, before.length - tail), after.slice(head, after.length - tail)]
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a !== undefined && b !== undefined && a.equals(b)
}

function byIdentity<D extends DatabaseName>(database: D, records: readonly Buffer[]): Map<ByteString, Buffer> {
  const identity: (entry: Entries[D]) => ByteString = IDENTITY[database]
  const decode: (record: Uint8Array) => Entries[D] = DECODERS[database]
  return new Map(records.map((record) => [identity(decode(record)), record]))
}

type Named = { readonly name: ByteString }
const nameOf = (entry: Named): ByteString => entry.name

/** What makes a record of each database the same one. */
const IDENTITY: { readonly [D in DatabaseName]: (entry: Entries[D]) => ByteString } = {
  passwd: nameOf,
  group: nameOf,
  initgroups: nameOf,
  hosts: (host) => folded(host.names[0] ?? ''),
  ethers: (ether) => formatMac(ether.mac),
  netgroup: nameOf,
  shadow: nameOf,
}
