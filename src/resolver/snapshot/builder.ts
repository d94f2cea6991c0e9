/** Entries to the bytes of a snapshot. The same contents give the same bytes, on every machine. */
import { PUBLIC_DATABASES, type PublicContents, type ShadowContents } from '../databases/contents.ts'
import { DATABASES, type DatabaseName, type Entries } from '../databases/table.ts'
import type { SectionRow } from '../layout.ts'
import * as layout from '../layout.ts'
import { loginsText } from '../logins/rules.ts'
import { RecordRoom, type RecordWriting, writeMasters, writePattern, writeRange } from '../records/encode.ts'
import type { KeyType } from '../records/keys.ts'
import { aligned, rootDigest, sectionDigest } from './digest.ts'
import { signedMessage } from './header.ts'
import { settingsText } from './settings.ts'
import { sharedBytes } from './shared-bytes.ts'
import { IndexKeys } from './slots.ts'

/** A section that is about to be written: the same bytes wherever it will stand. */
interface Section {
  readonly row: SectionRow
  readonly flags: number
  readonly count: number
  readonly size: number
  /** Writes the section; `at` is where it starts, `bytes` the whole file. */
  readonly write: (bytes: Buffer, at: number) => void
}

/** A database's records side by side, and where each starts and the last one ends. */
interface RecordRun {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
}

/**
 * The public snapshot of these contents, unsigned, as generation 0: `stamp` makes it a generation. Throws RangeError if
 * an entry does not fit its record (see the encoders).
 */
export function buildPublic(contents: PublicContents): Uint8Array {
  return assembled(layout.KINDS.PUBLIC, [
    textSection(layout.INPUTS, inputsText(contents.inputs)),
    textSection(layout.DOMAIN, contents.domain),
    textSection(layout.SETTINGS, settingsText(contents.zones, contents.objects)),
    ...loginsSection(contents.logins),
    recordsSection(layout.PATTERNS, inARow(contents.patterns, writePattern), 0),
    recordsSection(layout.RANGES, inARow(contents.ranges, writeRange), 0),
    recordsSection(layout.MASTERORDER, inARow(contents.masterorder, writeMasters), 0),
    ...PUBLIC_DATABASES.flatMap((name) => databaseSections(name, contents[name], contents.complete.has(name))),
  ])
}

/** The shadow snapshot of these contents, as `buildPublic` does it. */
export function buildShadow(contents: ShadowContents): Uint8Array {
  return assembled(layout.KINDS.SHADOW, [
    textSection(layout.INPUTS, inputsText(contents.inputs)),
    ...databaseSections('shadow', contents.shadow, contents.complete),
  ])
}

/** What makes built bytes a generation. All of it is signed. */
export interface Stamp {
  /** The number: greater than any before. */
  readonly generation: number
  /** When the newest input was changed, in whole seconds since 1970; 0 if that is not known. */
  readonly contentTime?: number
  /** The number of the last generation that was forced, this one perhaps; 0 if none was. */
  readonly forcedAt?: number
}

/** Makes built bytes a generation, where they are: sets number and times, and the signature that `sign` gives (64 bytes). */
export function stamp(
  bytes: Uint8Array,
  { generation, contentTime = 0, forcedAt = 0 }: Stamp,
  sign?: (message: Uint8Array) => Uint8Array,
): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const { at } = layout.HEADER
  file.writeBigUInt64LE(BigInt(generation), at.generation)
  file.writeBigUInt64LE(BigInt(contentTime), at.content_time)
  file.writeBigUInt64LE(BigInt(forcedAt), at.forced_at)
  const signature = sign?.(signedMessage(bytes)) ?? new Uint8Array(64)
  if (signature.length !== 64) throw new RangeError(`a signature has 64 bytes, not ${signature.length}`)
  file.set(signature, at.signature)
}

/** The inputs as lines, sorted by key so that their order is no difference. */
function inputsText(inputs: ReadonlyMap<string, string>): string {
  const lines = [...inputs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}\n`)
  return Buffer.from(lines.join(''), 'utf8').toString('latin1')
}

function textSection(row: SectionRow, text: string): Section {
  return { row, flags: 0, count: 1, size: text.length, write: (bytes, at) => void bytes.write(text, at, 'latin1') }
}

/** None without a rule: a snapshot of a cluster that has no rules is as it always was. */
function loginsSection(rules: PublicContents['logins'] = []): Section[] {
  return rules.length === 0 ? [] : [textSection(layout.LOGINS, loginsText(rules))]
}

/** The records of a database and its indexes, as sections. */
function databaseSections<D extends DatabaseName>(
  database: D,
  entries: readonly Entries[D][],
  complete: boolean,
): Section[] {
  const records = inARow(entries, DATABASES[database].write)
  return layout.SECTIONS.filter((row) => row.database === database).map((row) =>
    row.key === undefined
      ? recordsSection(row, records, (complete ? layout.SECTION_COMPLETE : 0) | dottedFlag(entries))
      : indexSection(row, indexOf(database, row.key, entries), records),
  )
}

/** SECTION_DOTTED where the entries are hosts and one has a name with a dot. */
function dottedFlag(entries: readonly Entries[DatabaseName][]): number {
  const dotted = entries.some((entry) => 'names' in entry && entry.names.some((name) => name.includes('.')))
  return dotted ? layout.SECTION_DOTTED : 0
}

/** The keys of all entries in one index. */
function indexOf<D extends DatabaseName>(database: D, key: KeyType, entries: readonly Entries[D][]): IndexKeys {
  const { keys } = DATABASES[database]
  const keysIn = key === 'name' ? keys.name : keys[key]?.of
  if (keysIn === undefined) throw new Error(`${database} has no index by ${key}`)
  const index = new IndexKeys(entries.length)
  for (let record = 0; record < entries.length; record++)
    for (const own of keysIn(entries[record] as Entries[D])) index.add(own, record)
  return index
}

/** Puts records one after the other: where each starts within its section. */
function inARow<Entry>(entries: readonly Entry[], write: RecordWriting<Entry>): RecordRun {
  const room = new RecordRoom()
  const offsets = new Uint32Array(entries.length + 1)
  for (let i = 0; i < entries.length; i++) {
    write(entries[i] as Entry, room)
    offsets[i + 1] = room.length
  }
  return { bytes: room.bytes, offsets }
}

function recordsSection(row: SectionRow, { bytes: records, offsets }: RecordRun, flags: number): Section {
  const write = (bytes: Buffer, at: number): void => bytes.set(records, at)
  return { row, flags, count: offsets.length - 1, size: records.length, write }
}

/** An index at a load of one half or less. Of records with one key the first is found. */
function indexSection(row: SectionRow, indexed: IndexKeys, target: RecordRun): Section {
  const content = (record: number): number => (target.offsets[record] ?? 0) / layout.ALIGNMENT + 1
  const write = (bytes: Buffer, at: number): void => indexed.write(bytes, at, content)
  return { row, flags: 0, count: indexed.count, size: indexed.size, write }
}

/** Puts the sections in order, indexes before the records that they lead to, and writes the file. */
function assembled(kind: number, sections: readonly Section[]): Uint8Array {
  const ordered = [...sections].sort((a, b) => rank(a) - rank(b) || a.row.id - b.row.id)
  const offsets: number[] = []
  let size = layout.HEADER.size + ordered.length * layout.SECTION.size
  for (const section of ordered) {
    offsets.push(size)
    size = aligned(size + section.size)
  }
  const bytes = sharedBytes(size)
  writeHeader(bytes, kind, ordered.length)
  ordered.forEach((section, i) => {
    const offset = offsets[i] ?? 0
    section.write(bytes, offset)
    writeSectionEntry(bytes, i, section, offset)
  })
  bytes.set(rootDigest(bytes), layout.HEADER.at.digest)
  return bytes
}

/** Small sections and indexes stand first: they are what a process that looks up one name touches. */
function rank(section: Section): number {
  if (section.row.database === undefined) return 0
  return section.row.holds === 'index' ? 1 : 2
}

function writeHeader(bytes: Buffer, kind: number, sectionCount: number): void {
  const { at } = layout.HEADER
  bytes.write(layout.MAGIC, at.magic, 'latin1')
  bytes.writeUInt32LE(layout.LAYOUT, at.layout)
  bytes.writeUInt32LE(layout.HEADER.size, at.header_size)
  bytes.writeBigUInt64LE(BigInt(bytes.length), at.size)
  bytes.writeUInt32LE(kind, at.kind)
  bytes.writeUInt32LE(sectionCount, at.section_count)
}

/** Writes a section's entry in the table, whose digest is that of the section's bytes: they must be there. */
function writeSectionEntry(bytes: Buffer, i: number, section: Section, offset: number): void {
  const { at } = layout.SECTION
  const start = layout.HEADER.size + i * layout.SECTION.size
  bytes.writeUInt32LE(section.row.id, start + at.id)
  bytes.writeUInt32LE(section.flags, start + at.flags)
  bytes.writeBigUInt64LE(BigInt(offset), start + at.offset)
  bytes.writeBigUInt64LE(BigInt(section.size), start + at.size)
  bytes.writeBigUInt64LE(BigInt(section.count), start + at.count)
  bytes.set(sectionDigest(bytes, { offset, size: section.size }), start + at.digest)
}
