/** The digests of a snapshot: one of each section, and one of the table of those, which stands for all of the content. */
import { createHash } from 'node:crypto'
import * as layout from '../layout.ts'

/** Where a section is in the file. */
export interface SectionExtent {
  readonly offset: number
  readonly size: number
}

/** An offset or a length, up to the next multiple of ALIGNMENT. */
export function aligned(offset: number): number {
  return Math.ceil(offset / layout.ALIGNMENT) * layout.ALIGNMENT
}

/** SHA-256 of a section's bytes and of the zeros that fill it up to a multiple of ALIGNMENT. */
export function sectionDigest(bytes: Uint8Array, { offset, size }: SectionExtent): Uint8Array {
  return createHash('sha256')
    .update(bytes.subarray(offset, offset + aligned(size)))
    .digest()
}

/**
 * The digest that the header holds: SHA-256 of the header's first bytes and of the section table, which ends before `end`
 * (by default as the header says). Equal for equal contents, whoever built them, when, and as which generation.
 */
export function rootDigest(bytes: Uint8Array, end: number = tableEnd(bytes)): Uint8Array {
  return createHash('sha256')
    .update(bytes.subarray(0, layout.DIGESTED_END))
    .update(bytes.subarray(layout.HEADER.size, end))
    .digest()
}

/** Where the section table ends, as the header says. */
function tableEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const { header_size, section_count } = layout.HEADER.at
  return view.getUint32(header_size, true) + view.getUint32(section_count, true) * layout.SECTION.size
}
