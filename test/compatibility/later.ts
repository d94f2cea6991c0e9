/**
 * Snapshots and messages as a later release may make them: with everything added that may be added within the layout and the version
 * of today. What reads them must read what it knows, and ignore the rest.
 */
import { HOST } from '../../src/resolver/databases/hosts.ts'
import * as layout from '../../src/resolver/layout.ts'
import { aligned, rootDigest, sectionDigest } from '../../src/resolver/snapshot/digest.ts'
import { headerOf } from '../../src/resolver/snapshot/header.ts'
import { type SectionEntry, sectionEntries } from '../../src/resolver/snapshot/section-table.ts'

/** What is added to a record, behind its strings. */
const MORE = Buffer.alloc(16, 0xa5)
/** How many bytes longer the header is. */
const LONGER = 16
/** A kind of machine, of patterns and of ranges that nobody knows today. */
const KIND = 9
/** Flags of a section that mean nothing today. */
const FLAGS = 0xfffffff0

interface Section {
  readonly id: number
  readonly flags: number
  readonly count: number
  readonly bytes: Buffer
}

/** The same content as a later release may write it. Unsigned: stamp it. */
export function laterSnapshot(bytes: Uint8Array): Buffer {
  const header = headerOf(bytes)
  const entries = sectionEntries(header, bytes.subarray(header.tableStart, header.tableEnd))
  const moved = new Map<number, ReadonlyMap<number, number>>()
  const grown = new Map<number, Section>()
  const bytesOf = ({ offset, size }: SectionEntry): Buffer => Buffer.from(bytes.subarray(offset, offset + size))
  for (const entry of entries.filter(({ id }) => holds(id) === 'records')) {
    const { records, places } = longerRecords(entry.id, bytesOf(entry))
    moved.set(entry.id, places)
    grown.set(entry.id, { ...entry, count: records.length, bytes: Buffer.concat(records) })
  }
  for (const entry of entries.filter(({ id }) => holds(id) === 'index')) {
    grown.set(entry.id, { ...entry, bytes: movedIndex(bytesOf(entry), moved.get(entry.id - (entry.id % 4))) })
  }
  const more = Buffer.from('later=1\n')
  for (const entry of entries.filter(({ id }) => holds(id) === 'text')) {
    const text = bytesOf(entry)
    grown.set(entry.id, { ...entry, bytes: entry.id === layout.DOMAIN.id ? text : Buffer.concat([text, more]) })
  }
  const sections = entries.flatMap(({ id }) => grown.get(id) ?? [])
  const flagged = sections.map((one) => ({ ...one, flags: (one.flags | FLAGS) >>> 0 }))
  const file = assembled(header.kind, [...flagged, ...newSections()])
  file.set(bytes.subarray(layout.DIGESTED_END + 32, layout.SIGNED_END), layout.DIGESTED_END + 32)
  return file
}

/** A database of tomorrow with its index, one index more of passwd, and a section of an id far away. */
function newSections(): readonly Section[] {
  const slots = Buffer.alloc(4 * layout.SLOT.size, 0xff)
  return [
    { id: 48, flags: FLAGS, count: 1, bytes: Buffer.alloc(32, 0xa5) },
    { id: 49, flags: 0, count: 1, bytes: slots },
    { id: 19, flags: 0, count: 1, bytes: slots },
    { id: 5000, flags: FLAGS, count: 1, bytes: Buffer.from('later') },
  ]
}

const holds = (id: number): string | undefined => layout.SECTIONS.find((row) => row.id === id)?.holds

/** Each record with more behind it, and where each starts now by where it started. */
function longerRecords(id: number, section: Buffer): { records: Buffer[]; places: ReadonlyMap<number, number> } {
  const records: Buffer[] = []
  const places = new Map<number, number>()
  for (let from = 0, to = 0; from < section.length; ) {
    const size = section.readUInt32LE(from)
    const record = Buffer.concat([section.subarray(from, from + size), MORE])
    record.writeUInt32LE(record.length)
    if (id === layout.recordsId('hosts') && record[HOST.at.kind] === layout.HOST_KINDS.HOST) {
      record[HOST.at.kind] = KIND
    }
    places.set(from, to)
    records.push(record)
    from += size
    to += record.length
  }
  // Patterns and ranges are gone through in order: one of a kind that is not known is the first.
  const kindAt =
    id === layout.PATTERNS.id ? layout.PATTERN.at.kind : id === layout.RANGES.id ? layout.RANGE.at.kind : -1
  const strange = Buffer.from(records[0] ?? [])
  if (kindAt >= 0 && strange.length > 0) {
    strange[kindAt] = KIND
    records.unshift(strange)
  }
  return { records, places }
}

function movedIndex(index: Buffer, places: ReadonlyMap<number, number> = new Map()): Buffer {
  for (let at = layout.SLOT.at.record; at < index.length; at += layout.SLOT.size) {
    const record = index.readUInt32LE(at)
    if (record > 0) index.writeUInt32LE((places.get((record - 1) * layout.ALIGNMENT) ?? 0) / layout.ALIGNMENT + 1, at)
  }
  return index
}

function assembled(kind: number, sections: readonly Section[]): Buffer {
  const headerSize = layout.HEADER.size + LONGER
  const tableEnd = headerSize + sections.length * layout.SECTION.size
  const size = sections.reduce((end, { bytes }) => end + aligned(bytes.length), tableEnd)
  const file = Buffer.alloc(size)
  const { at } = layout.HEADER
  file.write(layout.MAGIC, at.magic, 'latin1')
  for (const [field, value] of [
    [at.layout, layout.LAYOUT],
    [at.header_size, headerSize],
    [at.kind, kind],
    [at.section_count, sections.length],
    [at.flags, 0xffffffff],
    [at.reserved, 0xffffffff],
  ] as const)
    file.writeUInt32LE(value, field)
  file.writeBigUInt64LE(BigInt(size), at.size)
  file.fill(0xa5, layout.HEADER.size, headerSize)
  let offset = tableEnd
  for (const [i, { id, flags, count, bytes }] of sections.entries()) {
    const entry = headerSize + i * layout.SECTION.size
    file.set(bytes, offset)
    file.writeUInt32LE(id, entry + layout.SECTION.at.id)
    file.writeUInt32LE(flags, entry + layout.SECTION.at.flags)
    file.writeBigUInt64LE(BigInt(offset), entry + layout.SECTION.at.offset)
    file.writeBigUInt64LE(BigInt(bytes.length), entry + layout.SECTION.at.size)
    file.writeBigUInt64LE(BigInt(count), entry + layout.SECTION.at.count)
    file.set(sectionDigest(file, { offset, size: bytes.length }), entry + layout.SECTION.at.digest)
    offset += aligned(bytes.length)
  }
  file.set(rootDigest(file), at.digest)
  return file
}

/** A published file of it: what a machine writes into the header itself, and something behind the snapshot. */
export function laterFile(snapshot: Uint8Array): Buffer {
  const file = Buffer.concat([snapshot, Buffer.alloc(12, 0xa5)])
  file.writeUInt32LE(0xffffff00, layout.HEADER.at.state)
  file.writeUInt32LE(12, layout.HEADER.at.rest)
  file.fill(0xa5, layout.HEADER.at.padding, layout.HEADER.size)
  return file
}

/** A message with fields that nobody knows today, before and behind the others. */
export function laterMessage(message: object): object {
  const inner = {
    list: [1, -1, 2.5, 'text', true, null, Buffer.of(1, 2)],
    map: { deep: [{ deeper: 'x'.repeat(300) }] },
  }
  return { later: inner, later_bytes: Buffer.alloc(300, 7), ...message, later_number: 2 ** 40, later_nil: null }
}
