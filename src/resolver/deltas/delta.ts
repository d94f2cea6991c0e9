/** The delta from one snapshot to the next: small where the change is small, whatever the size of both. */
import { DATABASE_NAMES, type DatabaseName } from '../databases/table.ts'
import * as layout from '../layout.ts'
import { differingRecords, recordsBetween } from '../snapshot/differing-records.ts'
import { aligned } from '../snapshot/digest.ts'
import { type SectionEntry, sectionEntries } from '../snapshot/section-table.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { byteRuns } from './byte-runs.ts'
import { type Move, movedRecord } from './instructions.ts'
import { type RecordSection, type Run, recordRuns } from './record-runs.ts'
import { DeltaWriter } from './writer.ts'

/** What makes the content of one snapshot of that of another. */
export interface Delta {
  /** The digest of the one that it starts from. */
  readonly from: Uint8Array
  /** The instructions, for `patched`. */
  readonly bytes: Uint8Array
}

/** A snapshot and the sections of its table. */
interface Side {
  readonly snapshot: Snapshot
  readonly bytes: Uint8Array
  readonly sections: readonly SectionEntry[]
}

/** The databases by the ids of their sections of records. */
const DATABASES_BY_ID: ReadonlyMap<number, DatabaseName> = new Map(
  DATABASE_NAMES.map((name) => [layout.recordsId(name), name]),
)
/** The databases by the ids of their indexes. */
const DATABASES_BY_INDEX: ReadonlyMap<number, DatabaseName> = new Map(
  layout.SECTIONS.flatMap(({ id, holds, database }) =>
    holds === 'index' && database !== undefined ? [[id, database] as const] : [],
  ),
)

/**
 * What makes the content of `after` of the content of `before`, for `patched`. The header is no part of it: so it is the
 * same for all generations with these contents. Throws SnapshotError if one of them is damaged.
 */
export function deltaOf(before: Snapshot, after: Snapshot): Delta {
  return { from: Uint8Array.from(before.digest), bytes: new Comparison(sideOf(before), sideOf(after)).instructions() }
}

function sideOf(snapshot: Snapshot): Side {
  const { bytes, header } = snapshot
  return { snapshot, bytes, sections: sectionEntries(header, bytes.subarray(header.tableStart, header.tableEnd)) }
}

/** Both snapshots, section by section in the order of the later one. */
class Comparison {
  readonly #before: Side
  readonly #after: Side
  readonly #writer: DeltaWriter
  readonly #runs = new Map<DatabaseName, readonly Run[]>()
  /** Whose moves were written last. */
  #moved: DatabaseName | undefined

  constructor(before: Side, after: Side) {
    this.#before = before
    this.#after = after
    this.#writer = new DeltaWriter(after.bytes)
  }

  instructions(): Uint8Array {
    this.#tables()
    for (const section of this.#after.sections) this.#section(section)
    return this.#writer.end()
  }

  #section(section: SectionEntry): void {
    const before = this.#before.sections.find(({ id }) => id === section.id)
    const length = aligned(section.size)
    if (before === undefined) this.#writer.data(section.offset, length)
    else if (before.size === section.size && Buffer.compare(before.digest, section.digest) === 0) {
      this.#writer.copy(before.offset, length)
    } else this.#changed(before, section)
  }

  /** A section that is another one: by its records, by its slots, or by its bytes. */
  #changed(before: SectionEntry, section: SectionEntry): void {
    const records = DATABASES_BY_ID.get(section.id)
    const index = DATABASES_BY_INDEX.get(section.id)
    if (records !== undefined) this.#records(records, before, section)
    else if (index !== undefined && before.size === section.size) this.#slots(index, before, section)
    else if (index !== undefined) this.#writer.data(section.offset, aligned(section.size))
    else this.#between(before.offset, aligned(before.size), section.offset, aligned(section.size))
  }

  /** The records that are in both, and between them what is the same within a record: a netgroup of all nodes is one record. */
  #records(database: DatabaseName, before: SectionEntry, section: SectionEntry): void {
    let [was, is] = [0, 0]
    for (const { from, to, length } of this.#runsOf(database)) {
      this.#between(before.offset + was, from - was, section.offset + is, to - is)
      this.#writer.copy(before.offset + from, length)
      ;[was, is] = [from + length, to + length]
    }
    this.#between(before.offset + was, before.size - was, section.offset + is, aligned(section.size) - is)
  }

  /** So many bytes of the later snapshot, which have taken the place of so many of the earlier one. */
  #between(from: number, length: number, at: number, size: number): void {
    const before = this.#before.bytes.subarray(from, from + Math.max(0, length))
    let end = 0
    for (const run of byteRuns(before, this.#after.bytes.subarray(at, at + size))) {
      this.#writer.data(at + end, run.to - end)
      this.#writer.copyOrData(from + run.from, at + run.to, run.length)
      end = run.to + run.length
    }
    this.#writer.data(at + end, size - end)
  }

  #runsOf(database: DatabaseName): readonly Run[] {
    const known = this.#runs.get(database)
    if (known !== undefined) return known
    const [before, after] = [this.#before.snapshot, this.#after.snapshot]
    const { from, oldTo, newTo } = differingRecords(before, after, database)
    const runs = recordRuns(recordsOf(before, database, from, oldTo), recordsOf(after, database, from, newTo))
    this.#runs.set(database, runs)
    return runs
  }

  /** Most slots of an index are those of before with their records moved. */
  #slots(database: DatabaseName, before: SectionEntry, section: SectionEntry): void {
    const moves = movesOf(this.#runsOf(database))
    if (this.#moved !== database) this.#writer.moves(moves)
    this.#moved = database
    const [was, is] = [wordsOf(this.#before.bytes, before), wordsOf(this.#after.bytes, section)]
    const { size } = layout.SLOT
    const [words, hash, record] = [size, layout.SLOT.at.hash, layout.SLOT.at.record].map((bytes) => bytes / 4) as [
      number,
      number,
      number,
    ]
    const isSame = (at: number): boolean =>
      was[at + hash] === is[at + hash] && movedRecord(moves, was[at + record] ?? 0) === is[at + record]
    for (let from = 0, to = 0; from < is.length; from = to) {
      const same = isSame(from)
      for (to = from + words; to < is.length && isSame(to) === same; ) to += words
      const length = 4 * (to - from)
      if (same) this.#writer.slots(before.offset + 4 * from, length)
      else this.#writer.data(section.offset + 4 * from, length)
    }
  }

  /** The section tables: most of their words are the same at the same place. */
  #tables(): void {
    const [before, after] = [tableOf(this.#before), tableOf(this.#after)]
    const word = layout.ALIGNMENT
    for (let i = 0; i < after.length; i += word) {
      const isSame = Buffer.compare(before.subarray(i, i + word), after.subarray(i, i + word)) === 0
      if (isSame) this.#writer.copy(layout.HEADER.size + i, word)
      else this.#writer.data(layout.HEADER.size + i, word)
    }
  }
}

/** What is between the header and the first section. */
function tableOf({ bytes, snapshot }: Side): Uint8Array {
  return bytes.subarray(layout.HEADER.size, snapshot.header.tableEnd)
}

/** The moves of records that are in both, in the order of the earlier section. One that is there twice moves to one place. */
function movesOf(runs: readonly Run[]): readonly Move[] {
  const unit = layout.ALIGNMENT
  const moves: Move[] = []
  let end = 0
  for (const { from, to, length } of [...runs].sort((a, b) => a.from - b.from)) {
    if (from < end) continue
    moves.push({ from: from / unit, length: length / unit, by: (to - from) / unit })
    end = from + length
  }
  return moves
}

/** The records from one place to another, and what is the same before and behind them, as one record each. */
function recordsOf(snapshot: Snapshot, database: DatabaseName, from: number, to: number): RecordSection {
  const bytes = snapshot.recordBytes(database)
  const own = Array.from(recordsBetween(snapshot, database, from, to), ({ position, record }) => ({
    at: position,
    length: record.length,
  }))
  const ends = [{ at: 0, length: from }, ...own, { at: to, length: bytes.length - to }]
  return { bytes, records: ends.filter(({ length }) => length > 0) }
}

/** The words of a section: a copy, since they need not lie on a multiple of their size, and have their low bytes first. */
function wordsOf(bytes: Uint8Array, { offset, size }: SectionEntry): Uint32Array {
  const words = new Uint32Array(size / 4)
  const own = new Uint8Array(words.buffer)
  own.set(bytes.subarray(offset, offset + size))
  if (!IS_LITTLE_ENDIAN) Buffer.from(words.buffer).swap32()
  return words
}

/** Whether numbers in memory have their low bytes first, as in the file. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
