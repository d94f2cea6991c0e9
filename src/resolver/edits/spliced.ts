/** A snapshot made from the one before it by what is different: sections that did not change are copied, with their digests. */
import { byteText } from '../databases/keys.ts'
import { DATABASES, type DatabaseName } from '../databases/table.ts'
import * as layout from '../layout.ts'
import type { ByteString } from '../records/entries.ts'
import { aligned, rootDigest, sectionDigest } from '../snapshot/digest.ts'
import { hashOfText } from '../snapshot/hash.ts'
import { type SectionEntry, sectionEntries } from '../snapshot/section-table.ts'
import { sharedBytes } from '../snapshot/shared-bytes.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { editIndex, type SlotKey } from './index-edit.ts'

/** Records in place of those that start from byte `from` of their section on and end at `to`. */
export interface RecordEdit {
  readonly from: number
  readonly to: number
  readonly records: readonly Uint8Array[]
}

/**
 * The records that change, of each database in the order of their places, none over another. No record outside of an edit has a key of those
 * inside.
 */
export type SnapshotEdits = ReadonlyMap<DatabaseName, readonly RecordEdit[]>

/** A snapshot, and what was done for it. */
interface Spliced {
  /** Not stamped yet. In memory that threads share. */
  readonly bytes: Uint8Array
  readonly sectionsCopied: number
  readonly sectionsEdited: number
  readonly recordsMade: number
}

/** A section of the new snapshot. */
interface Target {
  readonly before: SectionEntry
  readonly row: (typeof layout.SECTIONS)[number] | undefined
  readonly edits: readonly RecordEdit[]
  readonly offset: number
  readonly size: number
}

/** Slots are edited as words, which lie in the file with their low bytes first. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/**
 * The bytes that the builder would make: unsigned, as generation 0. Undefined where that takes a whole build: an index needs another number of slots, a
 * key that goes is not where it should be, or a host comes or goes of which the records do not tell all.
 */
export function spliced(before: Snapshot, edits: SnapshotEdits): Spliced | undefined {
  const isPlain = [...edits].every(([database, all]) => all.every((edit) => isPlainEdit(before, database, edit)))
  return IS_LITTLE_ENDIAN && isPlain ? new Splice(before, edits).made() : undefined
}

/** Whether the flags of the section stay, and the records tell the keys that lead to them. */
function isPlainEdit(before: Snapshot, database: DatabaseName, edit: RecordEdit): boolean {
  if (database !== 'hosts') return true
  const { decode } = DATABASES.hosts
  const old = recordsIn(before, database, edit)
  return [...old, ...edit.records].every((record) => {
    const { flags = 0, names } = decode(record)
    return flags === 0 && !names.some((name) => name.includes('.'))
  })
}

function recordsIn(before: Snapshot, database: DatabaseName, { from, to }: RecordEdit): Uint8Array[] {
  const found: Uint8Array[] = []
  if (from === to) return found
  for (const { record, next } of before.records(database, from)) {
    found.push(record)
    if (next >= to) break
  }
  return found
}

class Splice {
  readonly #before: Snapshot
  readonly #edits: SnapshotEdits
  readonly #old: Uint8Array
  readonly #targets: readonly Target[]
  readonly #bytes: Buffer
  #copied = 0

  constructor(before: Snapshot, edits: SnapshotEdits) {
    this.#before = before
    this.#edits = edits
    this.#old = before.bytes
    const { header } = before
    let end = header.tableEnd
    this.#targets = sectionEntries(header, this.#old.subarray(header.tableStart, header.tableEnd)).map((entry) => {
      const row = layout.SECTIONS.find(({ id }) => id === entry.id)
      const own = (row?.database && edits.get(row.database)) ?? []
      const size = row?.holds === 'records' ? entry.size + growthOf(own) : entry.size
      const target = { before: entry, row, edits: own, offset: end, size }
      end = aligned(end + size)
      return target
    })
    this.#bytes = sharedBytes(end)
  }

  made(): Spliced | undefined {
    const bytes = this.#bytes
    const { header } = this.#before
    bytes.set(this.#old.subarray(0, layout.DIGESTED_END))
    bytes.writeBigUInt64LE(BigInt(bytes.length), layout.HEADER.at.size)
    bytes.set(this.#old.subarray(header.tableStart, header.tableEnd), layout.HEADER.size)
    // Records first: the keys of an index are told by them.
    for (const target of this.#targets) if (target.row?.holds !== 'index') this.#content(target)
    for (const target of this.#targets) {
      if (target.row?.holds === 'index' && !this.#index(target)) return undefined
    }
    for (const [i, target] of this.#targets.entries()) this.#entry(target, i)
    bytes.set(rootDigest(bytes), layout.HEADER.at.digest)
    let recordsMade = 0
    for (const own of this.#edits.values()) for (const { records } of own) recordsMade += records.length
    return { bytes, sectionsCopied: this.#copied, sectionsEdited: this.#targets.length - this.#copied, recordsMade }
  }

  #content({ before, edits, offset, size }: Target): void {
    let [from, at] = [before.offset, offset]
    const copyTo = (end: number): void => {
      this.#bytes.set(this.#old.subarray(from, end), at)
      at += end - from
    }
    for (const edit of edits) {
      copyTo(before.offset + edit.from)
      for (const record of edit.records) {
        this.#bytes.set(record, at)
        at += record.length
      }
      from = before.offset + edit.to
    }
    copyTo(before.offset + before.size)
    if (at !== offset + size) throw new Error(`section ${before.id} has another size than its records`)
  }

  /** The slots of an index, those around the changed keys set anew. */
  #index({ before, row, edits, offset, size }: Target): boolean {
    this.#bytes.set(this.#old.subarray(before.offset, before.offset + before.size), offset)
    if (edits.length === 0 || row?.database === undefined || row.key === undefined) return true
    const { database, key } = row
    const shifts = shiftsOf(edits)
    const removed = edits.flatMap((edit) => keysIn(database, key, recordsIn(this.#before, database, edit), edit.from))
    const added = edits.flatMap((edit, i) =>
      keysIn(database, key, edit.records, edit.from + (shifts[i - 1]?.by ?? 0) * layout.ALIGNMENT),
    )
    const slots = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset + offset, size / 4)
    return editIndex(slots, before.count, {
      ...{ removed: firsts(removed), added: firsts(added) },
      firstMoved: (shifts[0]?.from ?? 0) + 1,
      moved: (record) => record + shiftOf(shifts, record),
      hashesOf: (record) => this.#hashesOf(database, key, record),
    })
  }

  #hashesOf(database: DatabaseName, key: KeyOf, record: number): readonly number[] {
    const target = this.#targets.find(({ row }) => row?.database === database && row.holds === 'records')
    const start = (target?.offset ?? 0) + (record - 1) * layout.ALIGNMENT
    const bytes = this.#bytes.subarray(start, start + this.#bytes.readUInt32LE(start))
    return keysOf(database, key, bytes).map(hashOfText)
  }

  /** The section's entry in the table. The digest of what did not change is known. */
  #entry({ before, row, edits, offset, size }: Target, i: number): void {
    const { at } = layout.SECTION
    const start = layout.HEADER.size + i * layout.SECTION.size
    this.#bytes.writeBigUInt64LE(BigInt(offset), start + at.offset)
    if (edits.length === 0) {
      this.#copied++
      return
    }
    const count = row?.holds === 'index' ? this.#keyCount(row, edits) : this.#recordCount(row, edits)
    this.#bytes.writeBigUInt64LE(BigInt(size), start + at.size)
    this.#bytes.writeBigUInt64LE(BigInt(before.count + count), start + at.count)
    this.#bytes.set(sectionDigest(this.#bytes, { offset, size }), start + at.digest)
  }

  /** How many records more there are. */
  #recordCount(row: Target['row'], edits: readonly RecordEdit[]): number {
    const database = row?.database
    if (database === undefined) return 0
    return edits.reduce((sum, edit) => sum + edit.records.length - recordsIn(this.#before, database, edit).length, 0)
  }

  /** How many keys more there are. */
  #keyCount(row: Target['row'], edits: readonly RecordEdit[]): number {
    if (row?.database === undefined || row.key === undefined) return 0
    const { database, key } = row
    const count = (records: readonly Uint8Array[]) => firsts(keysIn(database, key, records, 0)).length
    const old = edits.flatMap((edit) => recordsIn(this.#before, database, edit))
    return count(edits.flatMap(({ records }) => records)) - count(old)
  }
}

type KeyOf = 'name' | 'id' | 'address' | 'mac'

/** A key with its text. */
interface TextKey extends SlotKey {
  readonly text: ByteString
}

/** The keys of records side by side, of which the first starts at `from` in its section. */
function keysIn(database: DatabaseName, key: KeyOf, records: readonly Uint8Array[], from: number): TextKey[] {
  let at = from
  return records.flatMap((record) => {
    const place = at / layout.ALIGNMENT + 1
    at += record.length
    return keysOf(database, key, record).map((text) => ({ text, hash: hashOfText(text), record: place }))
  })
}

function keysOf<D extends DatabaseName>(database: D, key: KeyOf, record: Uint8Array): readonly ByteString[] {
  const { keys, decode } = DATABASES[database]
  const entry = decode(record)
  return key === 'name' ? keys.name(entry) : (keys[key]?.of(entry) ?? []).map(byteText)
}

/** Each key once: that of the first record that has it. */
function firsts(keys: readonly TextKey[]): TextKey[] {
  const first = new Map<ByteString, TextKey>()
  for (const key of keys) if (!first.has(key.text)) first.set(key.text, key)
  return [...first.values()]
}

/** So many bytes more a section has. */
function growthOf(edits: readonly RecordEdit[]): number {
  return edits.reduce((sum, { from, to, records }) => {
    return sum + records.reduce((length, record) => length + record.length, 0) - (to - from)
  }, 0)
}

/** From which unit on records have moved, and by how many units in all. */
interface Shift {
  readonly from: number
  readonly by: number
}

function shiftsOf(edits: readonly RecordEdit[]): readonly Shift[] {
  let by = 0
  return edits.map((edit) => {
    by += growthOf([edit]) / layout.ALIGNMENT
    return { from: edit.to / layout.ALIGNMENT, by }
  })
}

/** By how much a record has moved that a slot names. */
function shiftOf(shifts: readonly Shift[], record: number): number {
  let [low, high] = [0, shifts.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((shifts[middle]?.from ?? 0) > record - 1) high = middle
    else low = middle + 1
  }
  return shifts[low - 1]?.by ?? 0
}
