/** The reader of a snapshot: every TypeScript look-up goes through these same bytes. */
import { DECODERS, decodeMasters, decodePattern, decodeRange, SnapshotError } from './decode.ts'
import { digestOf } from './digest.ts'
import type { ByteString, Entries, MastersEntry, PatternEntry, RangeEntry } from './entries.ts'
import { hash } from './hash.ts'
import { type Key, keyBytes, keyType } from './keys.ts'
import type { DatabaseName, SectionRow } from './layout.ts'
import * as layout from './layout.ts'
import { holdsKey } from './match.ts'

/** Where a section stands in the file. */
interface Section {
  readonly flags: number
  readonly offset: number
  readonly size: number
  readonly count: number
}

/** A record in enumeration order: where it starts within its section, its bytes, and where the next one starts. */
export interface PositionedRecord {
  readonly position: number
  readonly record: Uint8Array
  readonly next: number
}

/**
 * A snapshot over bytes that nobody changes any more. Opening looks at the header and the section table alone; what is
 * followed later is bounds-checked then, so damaged bytes throw SnapshotError and nothing else.
 */
export class Snapshot {
  readonly bytes: Uint8Array
  /** One of KINDS. */
  readonly kind: number
  /** The number of this generation; it grows. */
  readonly generation: number
  readonly digest: Uint8Array
  readonly signature: Uint8Array
  readonly #view: DataView
  readonly #sections: ReadonlyMap<number, Section>

  private constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const { at } = layout.HEADER
    checkHeader(bytes, view)
    this.bytes = bytes
    this.#view = view
    this.kind = view.getUint32(at.kind, true)
    this.generation = number64(view, at.generation)
    this.digest = bytes.subarray(at.digest, at.digest + 32)
    this.signature = bytes.subarray(at.signature, at.signature + 64)
    this.#sections = readSections(view)
  }

  /** Opens bytes as a snapshot. Throws SnapshotError where header or section table are damaged. O(1) in the records. */
  static open(bytes: Uint8Array): Snapshot {
    return new Snapshot(bytes)
  }

  /** Whether the bytes are those that the digest was made of. Reads the whole file. */
  verifyDigest(): boolean {
    return Buffer.from(this.digest).equals(digestOf(this.bytes))
  }

  /** The domain of the cluster, without a final dot; empty where there is none. */
  get domain(): ByteString {
    return this.#text(layout.DOMAIN)
  }

  /** What the snapshot was built from and by which rules: key=value lines. */
  get inputs(): string {
    return Buffer.from(this.#text(layout.INPUTS), 'latin1').toString('utf8')
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

  /**
   * The record that is stored under this key, or undefined. Names are the stored ones (host names in any case): computed
   * spellings are the work of `hostNamed`.
   */
  lookup(database: DatabaseName, key: Key): Uint8Array | undefined {
    const index = this.#index(database, key)
    if (index === undefined) return undefined
    const bytes = keyBytes(database, key)
    for (const record of this.#candidates(index, hash(bytes))) {
      if (holdsKey(database, record, key, bytes)) return record
    }
    return undefined
  }

  /** The entry that is stored under this key, or undefined. */
  find<D extends DatabaseName>(database: D, key: Key): Entries[D] | undefined {
    const record = this.lookup(database, key)
    return record === undefined ? undefined : DECODERS[database](record)
  }

  /** The records of a database in order, from a position on (0, or a `next` of before). */
  *records(database: DatabaseName, position = 0): Generator<PositionedRecord, void, undefined> {
    const section = this.#records(database)
    if (section !== undefined) yield* this.#walk(section, position)
  }

  /** All records of a database side by side: equal bytes are equal entries in equal order. */
  recordBytes(database: DatabaseName): Uint8Array {
    const section = this.#records(database)
    return section === undefined ? new Uint8Array() : this.bytes.subarray(section.offset, section.offset + section.size)
  }

  /** The entries of a database in order. */
  *entries<D extends DatabaseName>(database: D): Generator<Entries[D], void, undefined> {
    const decode: (record: Uint8Array) => Entries[D] = DECODERS[database]
    for (const { record } of this.records(database)) yield decode(record)
  }

  /** The patterns of computed spellings, in the order to try them. */
  patterns(): PatternEntry[] {
    return this.#all(layout.PATTERNS, decodePattern)
  }

  /** The address ranges of the private network. */
  ranges(): RangeEntry[] {
    return this.#all(layout.RANGES, decodeRange)
  }

  /** The masterorders, in order. */
  masterorder(): MastersEntry[] {
    return this.#all(layout.MASTERORDER, decodeMasters)
  }

  #all<T>(row: SectionRow, decode: (record: Uint8Array) => T): T[] {
    const section = this.#sections.get(row.id)
    return section === undefined ? [] : Array.from(this.#walk(section, 0), ({ record }) => decode(record))
  }

  #records(database: DatabaseName): Section | undefined {
    return this.#sections.get(layout.DATABASES[database] * 4)
  }

  #index(database: DatabaseName, key: Key): Section | undefined {
    const id = INDEX_IDS.get(`${database} ${keyType(key)}`)
    return id === undefined ? undefined : this.#sections.get(id)
  }

  #text(row: SectionRow): ByteString {
    const section = this.#sections.get(row.id)
    if (section === undefined) return ''
    const text = this.bytes.subarray(section.offset, section.offset + section.size)
    return Buffer.from(text.buffer, text.byteOffset, text.length).toString('latin1')
  }

  *#walk(section: Section, from: number): Generator<PositionedRecord, void, undefined> {
    for (let position = from; position < section.size; ) {
      const record = this.#record(section.offset + position, section.offset + section.size)
      const next = position + record.length
      yield { position, record, next }
      position = next
    }
  }

  /** The records whose key may have this hash. Goes through each slot once at most. */
  *#candidates(index: Section, keyHash: number): Generator<Uint8Array, void, undefined> {
    const slots = index.size / layout.SLOT.size
    for (let tried = 0, i = keyHash & (slots - 1); tried < slots; tried++, i = (i + 1) & (slots - 1)) {
      const at = index.offset + i * layout.SLOT.size
      const record = this.#view.getUint32(at + layout.SLOT.at.record, true)
      if (record === 0) return
      if (this.#view.getUint32(at + layout.SLOT.at.hash, true) !== keyHash) continue
      yield this.#record(record * layout.ALIGNMENT, this.bytes.length)
    }
  }

  /** The record that starts at an offset of the file, and ends before `end`. */
  #record(offset: number, end: number): Uint8Array {
    const size = offset + 4 <= end ? this.#view.getUint32(offset, true) : 0
    if (size < layout.ALIGNMENT || size % layout.ALIGNMENT !== 0 || offset + size > end) {
      throw new SnapshotError('record', `no record at ${offset}`)
    }
    return this.bytes.subarray(offset, offset + size)
  }
}

/** The section of each index, by database and type of key. */
const INDEX_IDS: ReadonlyMap<string, number> = new Map(
  layout.SECTIONS.filter((row) => row.key !== undefined).map((row) => [`${row.database} ${row.key}`, row.id]),
)

/** A u64 that is a safe number: generations, sizes, offsets. */
function number64(view: DataView, offset: number): number {
  const value = view.getBigUint64(offset, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new SnapshotError('size', `${value} is too large a number`)
  return Number(value)
}

function checkHeader(bytes: Uint8Array, view: DataView): void {
  const { at } = layout.HEADER
  if (bytes.length < layout.HEADER.size) throw new SnapshotError('short', `${bytes.length} bytes are no snapshot`)
  const magic = Buffer.from(bytes.subarray(at.magic, at.magic + 8)).toString('latin1')
  if (magic !== layout.MAGIC) throw new SnapshotError('magic', 'this is no kickback snapshot')
  const major = view.getUint32(at.layout, true)
  if (major !== layout.LAYOUT) throw new SnapshotError('layout', `layout ${major} is not ${layout.LAYOUT}`)
  const size = number64(view, at.size)
  if (size !== bytes.length) throw new SnapshotError('size', `${size} bytes were written, ${bytes.length} are there`)
}

/** The section table, bounds-checked; unknown sections are kept and never looked at. */
function readSections(view: DataView): Map<number, Section> {
  const start = view.getUint32(layout.HEADER.at.header_size, true)
  const count = view.getUint32(layout.HEADER.at.section_count, true)
  if (
    count > layout.SECTIONS_MAX ||
    start < layout.HEADER.size ||
    start + count * layout.SECTION.size > view.byteLength
  ) {
    throw new SnapshotError('section', 'the section table lies outside the file')
  }
  const sections = new Map<number, Section>()
  for (let i = 0; i < count; i++) {
    const at = start + i * layout.SECTION.size
    const id = view.getUint32(at + layout.SECTION.at.id, true)
    if (!sections.has(id)) sections.set(id, readSection(view, at, id))
  }
  return sections
}

function readSection(view: DataView, entry: number, id: number): Section {
  const { at } = layout.SECTION
  const offset = number64(view, entry + at.offset)
  const size = number64(view, entry + at.size)
  const section = {
    flags: view.getUint32(entry + at.flags, true),
    offset,
    size,
    count: number64(view, entry + at.count),
  }
  if (offset % layout.ALIGNMENT !== 0 || offset + size > view.byteLength) {
    throw new SnapshotError('section', `section ${id} lies outside the file`)
  }
  const slots = size / layout.SLOT.size
  const isIndex = layout.SECTIONS.some((row) => row.id === id && row.holds === 'index')
  if (isIndex && (slots === 0 || !Number.isInteger(Math.log2(slots)))) {
    throw new SnapshotError('index', `section ${id} has no power of two of slots`)
  }
  return section
}
