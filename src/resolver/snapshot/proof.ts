/** The proof of a snapshot's content, piece by piece as it arrives: the header proves the table, the table each section. */
import { createHash } from 'node:crypto'
import type { Steps } from '../../values/index.ts'
import * as layout from '../layout.ts'
import { SnapshotError } from '../records/decode.ts'
import { aligned, rootDigest, type SectionExtent } from './digest.ts'
import type { Header } from './header.ts'
import { checkNoGaps, type SectionEntry, sectionEntries } from './section-table.ts'

/**
 * Checks the section table that belongs to a header: `bytes` are the file's bytes from its start to the end of the table, or
 * more. Gives the sections, which fill the rest of the file in this order. Throws SnapshotError if the table is not the one
 * that the header's digest was made of.
 */
export function proveTable(header: Header, bytes: Uint8Array): readonly SectionEntry[] {
  if (bytes.length < header.tableEnd) throw new SnapshotError('short', 'the section table is not there yet')
  if (!isEqual(rootDigest(bytes, header.tableEnd), header.digest)) {
    throw new SnapshotError('digest', 'the section table is not the one of this header')
  }
  const entries = sectionEntries(header, bytes.subarray(header.tableStart, header.tableEnd))
  checkNoGaps(header, entries)
  return entries
}

/** A section of a snapshot of which no more than the header and the table has come, and the proof of it. */
interface ProvedSection {
  /** Where it is in the file, in bytes, what fills it up included. */
  readonly offset: number
  readonly length: number
  /** Whether these bytes are the section. */
  readonly isOf: (bytes: Uint8Array) => boolean
}

/** The section with this id; `bytes` and errors are as of `proveTable`. Undefined if there is none. */
export function provedSection(header: Header, bytes: Uint8Array, id: number): ProvedSection | undefined {
  const entry = proveTable(header, bytes).find((each) => each.id === id)
  if (entry === undefined) return undefined
  const isOf = (section: Uint8Array): boolean => isEqual(createHash('sha256').update(section).digest(), entry.digest)
  return { offset: entry.offset, length: aligned(entry.size), isOf }
}

/**
 * Proves the bytes of one snapshot in the order of the file, in pieces of any size. A caller that wants to know who made it
 * checks the header first (`proveHeader`): then not one byte beyond the table and the section at hand is taken from a liar.
 * Keeps the header and the table, and none of the sections.
 */
export class SectionsProof {
  readonly #header: Header
  readonly #start: Buffer
  #taken = 0
  #entries: readonly SectionEntry[] = []
  #section = -1
  #left = 0
  #hash = createHash('sha256')

  /** A proof of the snapshot that begins with this header. */
  constructor(header: Header) {
    this.#header = header
    this.#start = Buffer.alloc(header.tableEnd)
  }

  /** Whether all bytes were taken, and were right. */
  get isWhole(): boolean {
    return this.#taken === this.#header.size
  }

  /** Takes the bytes that follow those of before. Throws SnapshotError as soon as a part of the file is whole and is another. */
  take(bytes: Uint8Array): void {
    if (this.#taken + bytes.length > this.#header.size)
      throw new SnapshotError('size', 'more bytes came than the header says')
    for (let rest = bytes; rest.length > 0; ) {
      const used = this.#taken < this.#start.length ? this.#takeStart(rest) : this.#takeSection(rest)
      this.#taken += used
      rest = rest.subarray(used)
    }
  }

  #takeStart(bytes: Uint8Array): number {
    const used = Math.min(bytes.length, this.#start.length - this.#taken)
    this.#start.set(bytes.subarray(0, used), this.#taken)
    if (this.#taken + used < this.#start.length) return used
    if (!isEqual(this.#start.subarray(0, layout.OWN_START), this.#header.bytes.subarray(0, layout.OWN_START))) {
      throw new SnapshotError('digest', 'the header is not the one that came before')
    }
    this.#entries = proveTable(this.#header, this.#start)
    this.#nextSection()
    return used
  }

  #takeSection(bytes: Uint8Array): number {
    const used = Math.min(bytes.length, this.#left)
    this.#hash.update(bytes.subarray(0, used))
    this.#left -= used
    if (this.#left > 0) return used
    const { id, digest } = this.#entries[this.#section] ?? { id: 0, digest: new Uint8Array() }
    if (!isEqual(this.#hash.digest(), digest)) throw new SnapshotError('digest', `section ${id} is damaged`)
    this.#nextSection()
    return used
  }

  /** Continues to the next section that has bytes. An empty one is proved by the digest of nothing. */
  #nextSection(): void {
    for (this.#section++; this.#section < this.#entries.length; this.#section++) {
      const entry = this.#entries[this.#section]
      this.#hash = createHash('sha256')
      this.#left = aligned(entry?.size ?? 0)
      if (this.#left > 0) return
      if (!isEqual(this.#hash.digest(), entry?.digest ?? new Uint8Array())) {
        throw new SnapshotError('digest', `section ${entry?.id} is damaged`)
      }
    }
  }
}

/** Proves all bytes of a snapshot at once. Throws SnapshotError if they are not those that the header stands for. */
export function proveSections(header: Header, bytes: Uint8Array): void {
  const proof = new SectionsProof(header)
  proof.take(bytes)
  if (!proof.isWhole) throw new SnapshotError('short', `${header.size} bytes were written, ${bytes.length} are there`)
}

/** How many bytes are digested in a step. */
const STEP_BYTES = 1024 * 1024

/** A snapshot whose content was proved. */
interface Proved {
  readonly header: Header
  readonly bytes: Uint8Array
}

/**
 * Proves all bytes of a snapshot that was made from a proved one, in steps: a section that is the same there is proved by being the same,
 * which costs a comparison. Throws SnapshotError if they are not those that the header stands for.
 */
export function* proveAgainst(header: Header, bytes: Uint8Array, proved: Proved): Steps<void> {
  if (bytes.length !== header.size) {
    throw new SnapshotError('size', `${header.size} bytes were written, ${bytes.length} are there`)
  }
  const known = sectionEntries(proved.header, proved.bytes.subarray(proved.header.tableStart, proved.header.tableEnd))
  for (const entry of proveTable(header, bytes)) {
    yield
    const same = known.find(({ id, digest }) => id === entry.id && isEqual(digest, entry.digest))
    const section = extentOf(bytes, entry)
    if (same !== undefined && isEqual(extentOf(proved.bytes, same), section)) continue
    if (!isEqual(yield* digestOf(section), entry.digest)) {
      throw new SnapshotError('digest', `section ${entry.id} is damaged`)
    }
  }
}

/** SHA-256, in steps. */
function* digestOf(bytes: Uint8Array): Steps<Uint8Array> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    hash.update(bytes.subarray(at, at + STEP_BYTES))
    yield
  }
  return hash.digest()
}

function extentOf(bytes: Uint8Array, { offset, size }: SectionExtent): Uint8Array {
  return bytes.subarray(offset, offset + aligned(size))
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
