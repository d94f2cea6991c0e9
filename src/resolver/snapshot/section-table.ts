/** The section table of a snapshot, read with every bound checked. */
import * as layout from '../layout.ts'
import { SnapshotError } from '../records/decode.ts'
import { aligned, type SectionExtent } from './digest.ts'
import { type Header, number64 } from './header.ts'

/** One section of the table; it lies inside the file. */
export interface SectionEntry extends SectionExtent {
  readonly id: number
  readonly flags: number
  readonly count: number
  /** SHA-256 of the section's bytes and of what fills them up to a multiple of 8. */
  readonly digest: Uint8Array
}

/** The ids of the sections that are indexes. */
const INDEXES: ReadonlySet<number> = new Set(
  layout.SECTIONS.filter(({ holds }) => holds === 'index').map(({ id }) => id),
)

/**
 * The entries of a table in its order. `table` are the file's bytes from `tableStart` to `tableEnd` of the header. Throws
 * SnapshotError if one lies outside the file, or an index does not have a power of two of slots.
 */
export function sectionEntries(header: Header, table: Uint8Array): SectionEntry[] {
  const view = new DataView(table.buffer, table.byteOffset, table.length)
  const entries: SectionEntry[] = []
  for (let start = 0; start < table.length; start += layout.SECTION.size) {
    const entry = entryAt(view, start, table)
    checkBounds(entry, header.size)
    entries.push(entry)
  }
  return entries
}

function entryAt(view: DataView, start: number, table: Uint8Array): SectionEntry {
  const { at } = layout.SECTION
  return {
    id: view.getUint32(start + at.id, true),
    flags: view.getUint32(start + at.flags, true),
    offset: number64(view, start + at.offset),
    size: number64(view, start + at.size),
    count: number64(view, start + at.count),
    digest: table.subarray(start + at.digest, start + at.digest + 32),
  }
}

function checkBounds({ id, offset, size }: SectionEntry, fileSize: number): void {
  if (offset % layout.ALIGNMENT !== 0 || offset + size > fileSize) {
    throw new SnapshotError('section', `section ${id} lies outside the file`)
  }
  const slots = size / layout.SLOT.size
  if (INDEXES.has(id) && (slots < 1 || !Number.isInteger(Math.log2(slots)))) {
    throw new SnapshotError('index', `section ${id} does not have a power of two of slots`)
  }
}

/**
 * Checks that the sections follow one another in the order of the table and fill the file, so that no byte of it is outside
 * all digests. Throws SnapshotError.
 */
export function checkNoGaps(header: Header, entries: readonly SectionEntry[]): void {
  let end = header.tableEnd
  for (const { id, offset, size } of entries) {
    if (offset !== end) throw new SnapshotError('section', `section ${id} does not start where the one before it ends`)
    end = offset + aligned(size)
  }
  if (end !== header.size) throw new SnapshotError('size', `the sections end at ${end}, the file at ${header.size}`)
}
