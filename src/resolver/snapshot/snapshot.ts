/** The reader of a snapshot: every TypeScript look-up goes through these same bytes. */
import { DATABASE_NAMES, DATABASES, type DatabaseName, type Entries, holdsKey, isListed } from '../databases/table.ts'
import type { SectionRow } from '../layout.ts'
import * as layout from '../layout.ts'
import { type LoginRule, loginRulesOf } from '../logins/rules.ts'
import { decodeMasters, decodePattern, decodeRange, SnapshotError } from '../records/decode.ts'
import type { ByteString, MastersEntry, PatternEntry, RangeEntry, ZoneSettings } from '../records/entries.ts'
import { indexedKey, type Key, type KeyType, keyType } from '../records/keys.ts'
import { aligned } from './digest.ts'
import { hash, hashOfText } from './hash.ts'
import { type Header, headerOf, stateOf, withState } from './header.ts'
import { proveSections } from './proof.ts'
import { type SectionEntry, sectionEntries } from './section-table.ts'
import { objectsOf, zoneSettingsOf } from './settings.ts'

/** A record in enumeration order: where it starts within its section, its bytes, and where the next one starts. */
export interface PositionedRecord {
  readonly position: number
  readonly record: Uint8Array
  readonly next: number
}

/**
 * A snapshot over bytes that do not change any more. Opening looks at the header and the section table alone; what is
 * followed later is bounds-checked then, so damaged bytes throw SnapshotError and nothing else.
 */
export class Snapshot {
  readonly header: Header
  /** One of KINDS. */
  readonly kind: number
  /** The number of this generation; it grows. */
  readonly generation: number
  readonly digest: Uint8Array
  readonly signature: Uint8Array
  #bytes: Uint8Array
  #view: DataView
  #sections: ReadonlyMap<number, SectionEntry>
  /** Of an excerpt: the sections that it leaves out. */
  readonly #left: ReadonlySet<number> | undefined

  private constructor(
    header: Header,
    bytes: Uint8Array,
    sections: ReadonlyMap<number, SectionEntry>,
    left?: ReadonlySet<number>,
  ) {
    this.#bytes = bytes
    this.header = header
    const { kind, generation, digest, signature } = header
    this.kind = kind
    this.generation = generation
    this.digest = digest
    this.signature = signature
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#sections = sections
    this.#left = left
  }

  /** Opens bytes as a snapshot. Throws SnapshotError if header or section table are damaged. O(1) in the records. */
  static open(bytes: Uint8Array): Snapshot {
    const header = headerOf(bytes)
    return new Snapshot(header, bytes, readSections(header, bytes))
  }

  /**
   * A snapshot of which only some sections are here: `sections` says where in `bytes`, and `left` which others it has. Whoever looks into one of those gets a
   * SnapshotError: nobody takes what was left out for what is not there.
   */
  static excerpt(
    header: Header,
    bytes: Uint8Array,
    sections: ReadonlyMap<number, SectionEntry>,
    left: ReadonlySet<number>,
  ): Snapshot {
    return new Snapshot(header, bytes, sections, left)
  }

  /** All of it. Whoever keeps them keeps that memory, wherever the snapshot has moved since. Throws SnapshotError for an excerpt. */
  get bytes(): Uint8Array {
    if (this.#left !== undefined) throw new SnapshotError('section', 'only some sections of this snapshot are here')
    return this.#bytes
  }

  /** The same bytes as an excerpt of another generation, whose header this is, and which leaves these sections out. */
  excerptUnder(header: Header, left: ReadonlySet<number>): Snapshot {
    return new Snapshot(header, this.#bytes, this.#sections, left)
  }

  /** How many sections are here. */
  get sectionCount(): number {
    return this.#sections.size
  }

  /** The bytes of a section that another has the same, what fills them up included; undefined if there is none. */
  sameSection(other: SectionEntry): Uint8Array | undefined {
    const section = this.#sections.get(other.id)
    if (section === undefined || !isSameSection(section, other)) return undefined
    return this.#bytes.subarray(section.offset, section.offset + aligned(section.size))
  }

  /** Whether another snapshot has the same in these sections, by their digests. */
  isSameIn(other: Snapshot, ids: ReadonlySet<number>): boolean {
    for (const id of ids) if (!isSameSection(this.#section(id), other.#section(id))) return false
    return true
  }

  /** Reads from the same bytes at another place in memory from now on: those of before are let go. The caller knows that they are the same. Throws SnapshotError as `open` does. */
  moveTo(bytes: Uint8Array): void {
    this.#sections = readSections(this.header, bytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Whether the bytes are those that the digest was made of: makes each section's digest anew. Reads the whole file. */
  verifyDigest(): boolean {
    try {
      proveSections(this.header, this.bytes)
      return true
    } catch (error) {
      if (error instanceof SnapshotError) return false
      throw error
    }
  }

  /** The state word as it is now: where the file is in its life, and what its machine was granted. */
  get state(): number {
    return stateOf(this.bytes)
  }

  /** The domain of the cluster, without a final dot; empty if there is none. */
  get domain(): ByteString {
    return this.#text(layout.DOMAIN)
  }

  /** What the snapshot was built from and by which rules: key=value lines. */
  get inputs(): string {
    return Buffer.from(this.#text(layout.INPUTS), 'latin1').toString('utf8')
  }

  /** What decides the zones besides the records. Throws SnapshotError if it is damaged. */
  get zoneSettings(): ZoneSettings {
    return zoneSettingsOf(this.#text(layout.SETTINGS))
  }

  /** The URL at which bodies of generations are to be had first, as it was written; undefined if at the masters alone. */
  get objects(): ByteString | undefined {
    return objectsOf(this.#text(layout.SETTINGS))
  }

  /** Who may log in on which nodes; empty if everybody may everywhere. Throws SnapshotError if it is damaged. */
  get logins(): readonly LoginRule[] {
    return loginRulesOf(this.#text(layout.LOGINS))
  }

  /** Whether a miss in this database is a fact. */
  isComplete(database: DatabaseName): boolean {
    return ((this.#records(database)?.flags ?? 0) & layout.SECTION_COMPLETE) !== 0
  }

  /** Whether some host name has a dot of its own. */
  get hasDottedHosts(): boolean {
    return ((this.#records('hosts')?.flags ?? 0) & layout.SECTION_DOTTED) !== 0
  }

  /** How many records the database has. */
  count(database: DatabaseName): number {
    return this.#records(database)?.count ?? 0
  }

  /** How many keys of a type lead to records of the database: as many as it has records where each has one of its own. */
  keyCount(database: DatabaseName, type: KeyType): number {
    return this.#section(INDEX_IDS[database][type] ?? 0)?.count ?? 0
  }

  /**
   * The record that is stored under this key, or undefined. Names are the stored ones (host names in any case): computed
   * spellings are the work of `hostNamed`.
   */
  lookup(database: DatabaseName, key: Key): Uint8Array | undefined {
    const type = keyType(key)
    const index = this.#section(INDEX_IDS[database][type] ?? 0)
    const records = this.#records(database)
    if (index === undefined || records === undefined) return undefined
    const indexed = indexedKey(key, DATABASES[database].foldsCase)
    const keyHash = typeof indexed === 'string' ? hashOfText(indexed) : hash(indexed)
    const slots = index.size / layout.SLOT.size
    // Each slot is gone through once at most. No generator: this is done for each question.
    for (let tried = 0, i = keyHash & (slots - 1); tried < slots; tried++, i = (i + 1) & (slots - 1)) {
      const at = index.offset + i * layout.SLOT.size
      const place = this.#view.getUint32(at + layout.SLOT.at.record, true)
      if (place === 0) return undefined
      if (this.#view.getUint32(at + layout.SLOT.at.hash, true) !== keyHash) continue
      const record = this.#record(records.offset + (place - 1) * layout.ALIGNMENT, records.offset + records.size)
      if (holdsKey(database, record, type, indexed)) return record
    }
    return undefined
  }

  /** The entry that is stored under this key, or undefined. */
  find<D extends DatabaseName>(database: D, key: Key): Entries[D] | undefined {
    const record = this.lookup(database, key)
    return record === undefined ? undefined : DATABASES[database].decode(record)
  }

  /** The records of a database in order, from a position on (0, or a `next` of before). */
  *records(database: DatabaseName, position = 0): Generator<PositionedRecord, void, undefined> {
    const section = this.#records(database)
    if (section !== undefined) yield* this.#walk(section, position)
  }

  /** Where a record that `lookup` gave starts among the records of its database: a position as `records` takes it. */
  positionOf(database: DatabaseName, record: Uint8Array): number {
    return record.byteOffset - this.recordBytes(database).byteOffset
  }

  /**
   * Where the last record starts that begins so many bytes into its database or before; the end of the records if that is there. `from` is a position as `records`
   * takes it, before that. Looks at the lengths of the records between alone.
   */
  startAt(database: DatabaseName, upTo: number, from = 0): number {
    const section = this.#records(database)
    if (section === undefined) return from
    const [start, end] = [section.offset, section.offset + section.size]
    let at = start + from
    while (at < end) {
      const next = at + this.#sizeOf(at, end)
      if (next > start + upTo) break
      at = next
    }
    return at - start
  }

  /** All records of a database side by side: equal bytes are equal entries in equal order. */
  recordBytes(database: DatabaseName): Uint8Array {
    const section = this.#records(database)
    return section === undefined
      ? new Uint8Array()
      : this.#bytes.subarray(section.offset, section.offset + section.size)
  }

  /** The entries of a database in order, as a listing shows them. */
  *entries<D extends DatabaseName>(database: D): Generator<Entries[D], void, undefined> {
    const { decode } = DATABASES[database]
    for (const { record } of this.records(database)) if (isListed(database, record)) yield decode(record)
  }

  /** The patterns of computed spellings, in the order in which to try them; not those of kinds that this release does not know. */
  patterns(): PatternEntry[] {
    return this.#all(layout.PATTERNS, decodePattern)
  }

  /** The address ranges of the private network; not those of kinds that this release does not know. */
  ranges(): RangeEntry[] {
    return this.#all(layout.RANGES, decodeRange)
  }

  /** The masterorders, in order. */
  masterorder(): MastersEntry[] {
    return this.#all(layout.MASTERORDER, decodeMasters)
  }

  #all<T>(row: SectionRow, decode: (record: Uint8Array) => T | undefined): T[] {
    const section = this.#section(row.id)
    if (section === undefined) return []
    return Array.from(this.#walk(section, 0), ({ record }) => decode(record)).filter((entry) => entry !== undefined)
  }

  #records(database: DatabaseName): SectionEntry | undefined {
    return this.#section(layout.recordsId(database))
  }

  #section(id: number): SectionEntry | undefined {
    const section = this.#sections.get(id)
    if (section === undefined && this.#left?.has(id) === true)
      throw new SnapshotError('section', `section ${id} was left out of this excerpt`)
    return section
  }

  #text(row: SectionRow): ByteString {
    const section = this.#section(row.id)
    if (section === undefined) return ''
    const text = this.#bytes.subarray(section.offset, section.offset + section.size)
    return Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1')
  }

  *#walk(section: SectionEntry, from: number): Generator<PositionedRecord, void, undefined> {
    for (let position = from; position < section.size; ) {
      const record = this.#record(section.offset + position, section.offset + section.size)
      const next = position + record.length
      yield { position, record, next }
      position = next
    }
  }

  /** The record that starts at an offset of the file, and ends before `end`. */
  #record(offset: number, end: number): Uint8Array {
    return this.#bytes.subarray(offset, offset + this.#sizeOf(offset, end))
  }

  /** The length of that record. */
  #sizeOf(offset: number, end: number): number {
    const size = offset + 4 <= end ? this.#view.getUint32(offset, true) : 0
    if (size >= layout.ALIGNMENT && size % layout.ALIGNMENT === 0 && offset + size <= end) return size
    throw new SnapshotError('record', `no record at ${offset}`)
  }
}

/** The section of each index. */
const INDEX_IDS = Object.fromEntries(
  DATABASE_NAMES.map((name) => {
    const rows = layout.SECTIONS.filter(({ database, key }) => database === name && key !== undefined)
    return [name, Object.fromEntries(rows.map(({ key, id }) => [key, id]))]
  }),
) as { readonly [D in DatabaseName]: { readonly [T in KeyType]?: number } }

/** Whether two sections hold the same, and say the same of it. */
function isSameSection(one: SectionEntry | undefined, other: SectionEntry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return (
    one.flags === other.flags &&
    one.size === other.size &&
    one.count === other.count &&
    Buffer.compare(one.digest, other.digest) === 0
  )
}

/** The sections by id; those of unknown ids are kept and never looked at, and of two with one id the first counts. */
function readSections(header: Header, bytes: Uint8Array): Map<number, SectionEntry> {
  if (header.size !== bytes.length) {
    throw new SnapshotError('size', `${header.size} bytes were written, ${bytes.length} are there`)
  }
  const sections = new Map<number, SectionEntry>()
  for (const entry of sectionEntries(header, bytes.subarray(header.tableStart, header.tableEnd))) {
    if (!sections.has(entry.id)) sections.set(entry.id, entry)
  }
  return sections
}

/**
 * The same content under another header of it: another number, times and signature. Throws SnapshotError if the header is that of
 * other content.
 */
export function underHeader(snapshot: Snapshot, header: Header): Snapshot {
  if (Buffer.compare(header.digest, snapshot.digest) !== 0) {
    throw new SnapshotError('digest', 'the header is that of other content')
  }
  const bytes = Buffer.from(snapshot.bytes)
  bytes.set(header.bytes)
  return Snapshot.open(withState(bytes, 0))
}
