/**
 * An excerpt: some sections of a snapshot, for a process that needs no others. It is proved by the header, the section table, and the digest of each section that is read.
 * Sections that an earlier generation has with the same digest are taken from there.
 */
import { createHash } from 'node:crypto'
import { SnapshotError } from '../records/decode.ts'
import { aligned } from '../snapshot/digest.ts'
import type { Header } from '../snapshot/header.ts'
import { proveTable } from '../snapshot/proof.ts'
import type { SectionEntry } from '../snapshot/section-table.ts'
import { Snapshot } from '../snapshot/snapshot.ts'

/** A section that an excerpt still lacks. */
export interface LackingSection {
  /** Where it begins in the file. */
  readonly offset: number
  /** The place for its bytes, with the padding behind them. */
  readonly room: Uint8Array
  /** Its bytes as an earlier generation has them, proved; undefined if they are to be read from the file. */
  readonly held: Uint8Array | undefined
  /** Proves what was read into the room, piece by piece in its order. Throws SnapshotError with the last one where all of them are not the section. */
  readonly prove: (piece: Uint8Array) => void
}

/** An excerpt that is being made. */
interface OpenExcerpt {
  /** The sections that are still to be read or copied; none if an earlier generation has all of them. */
  readonly lacking: readonly LackingSection[]
  /** The excerpt, once nothing is lacking. */
  readonly snapshot: Snapshot
}

/**
 * Begins an excerpt of the sections with these ids. `start` are the file's bytes up to the end of the table, or more; `before` is an excerpt of
 * these sections of an earlier generation. Throws SnapshotError where the table is not the one of the header.
 */
export function openExcerpt(
  header: Header,
  start: Uint8Array,
  ids: ReadonlySet<number>,
  before: Snapshot | undefined,
): OpenExcerpt {
  const found = new Map<number, SectionEntry>()
  // Of two with one id the first counts.
  for (const entry of proveTable(header, start)) if (!found.has(entry.id)) found.set(entry.id, entry)
  const wanted = [...found.values()].filter(({ id }) => ids.has(id))
  const left = new Set([...found.keys()].filter((id) => !ids.has(id)))
  const isSame = wanted.every((entry) => before?.sameSection(entry) !== undefined)
  if (before !== undefined && isSame && before.sectionCount === wanted.length)
    return { lacking: [], snapshot: before.excerptUnder(header, left) }
  const bytes = Buffer.allocUnsafeSlow(wanted.reduce((size, entry) => size + aligned(entry.size), 0))
  const sections = new Map<number, SectionEntry>()
  const lacking: LackingSection[] = []
  let at = 0
  for (const entry of wanted) {
    const room = bytes.subarray(at, at + aligned(entry.size))
    // A copy of the digest: the table is a part of all that was read.
    sections.set(entry.id, { ...entry, offset: at, digest: Uint8Array.from(entry.digest) })
    lacking.push({ offset: entry.offset, room, held: before?.sameSection(entry), prove: proofOf(entry, room.length) })
    at += room.length
  }
  return { lacking, snapshot: Snapshot.excerpt(header, bytes, sections, left) }
}

function proofOf({ id, digest }: SectionEntry, size: number): LackingSection['prove'] {
  const hash = createHash('sha256')
  let left = size
  return (piece) => {
    hash.update(piece)
    left -= piece.length
    if (left <= 0 && Buffer.compare(hash.digest(), digest) !== 0)
      throw new SnapshotError('digest', `section ${id} is damaged`)
  }
}
