/** A snapshot with some databases of another one, as they are. */
import type { DatabaseName } from '../databases/table.ts'
import * as layout from '../layout.ts'
import { aligned, rootDigest } from '../snapshot/digest.ts'
import { sectionEntries } from '../snapshot/section-table.ts'
import { sharedBytes } from '../snapshot/shared-bytes.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/**
 * The bytes that the builder would make with these databases of `from` in place of those of `into`: unsigned, as generation 0, in memory that threads
 * share. Sections are copied with their digests. Both have the sections of these databases.
 */
export function grafted(into: Snapshot, from: Snapshot, databases: readonly DatabaseName[]): Uint8Array {
  const taken = new Set(
    layout.SECTIONS.filter(({ database }) => database && databases.includes(database)).map(({ id }) => id),
  )
  const others = new Map(sectionsOf(from).map((section) => [section.id, section]))
  let size = into.header.tableEnd
  const parts = sectionsOf(into).map((own) => {
    const section = taken.has(own.id) ? (others.get(own.id) ?? own) : own
    const offset = size
    size = aligned(size + section.size)
    return { section, offset, bytes: section === own ? into.bytes : from.bytes }
  })
  const file = sharedBytes(size)
  file.set(into.bytes.subarray(0, layout.DIGESTED_END))
  file.writeBigUInt64LE(BigInt(size), layout.HEADER.at.size)
  const { at } = layout.SECTION
  parts.forEach(({ section, offset, bytes }, i) => {
    file.set(bytes.subarray(section.offset, section.offset + section.size), offset)
    const entry = layout.HEADER.size + i * layout.SECTION.size
    file.writeUInt32LE(section.id, entry + at.id)
    file.writeUInt32LE(section.flags, entry + at.flags)
    file.writeBigUInt64LE(BigInt(offset), entry + at.offset)
    file.writeBigUInt64LE(BigInt(section.size), entry + at.size)
    file.writeBigUInt64LE(BigInt(section.count), entry + at.count)
    file.set(section.digest, entry + at.digest)
  })
  file.set(rootDigest(file), layout.HEADER.at.digest)
  return file
}

function sectionsOf({ header, bytes }: Snapshot) {
  return sectionEntries(header, bytes.subarray(header.tableStart, header.tableEnd))
}
