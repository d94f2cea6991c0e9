/** The header of a snapshot: what it says of the rest, what its signature signs, and the state word. Nobody else counts its bytes. */
import { counted } from '../../values/index.ts'
import * as layout from '../layout.ts'
import { SnapshotError } from '../records/decode.ts'

const PURPOSE = Buffer.from('kickback generation 2\0', 'latin1')

/** What a header says. Nothing of it is proved until its signature was checked (`proveHeader`). */
export interface Header {
  /** The header's own bytes, HEADER.size of them: a copy. Who keeps a header, or a digest of one, does not keep the snapshot with it. */
  readonly bytes: Uint8Array
  /** The length of the whole file. */
  readonly size: number
  /** One of KINDS. */
  readonly kind: number
  /** Where the section table starts in the file ... */
  readonly tableStart: number
  /** ... and where it ends. */
  readonly tableEnd: number
  /** SHA-256 of the first bytes of the header and of the section table. */
  readonly digest: Uint8Array
  /** The number of the generation. */
  readonly generation: number
  /** When the newest input was changed, in seconds since 1970; 0 if that is not known. */
  readonly contentTime: number
  /** The number of the last generation that was forced; 0 if none was. */
  readonly forcedAt: number
  /** 64 bytes, zeros if it is unsigned. */
  readonly signature: Uint8Array
}

/**
 * Reads the header that bytes begin with, of a whole snapshot or of the header alone. Throws SnapshotError if they are no
 * header of this layout, or one that no snapshot can have.
 */
export function headerOf(bytes: Uint8Array): Header {
  const { at } = layout.HEADER
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  checkMagic(bytes, view)
  const tableStart = view.getUint32(at.header_size, true)
  const count = view.getUint32(at.section_count, true)
  const own = Uint8Array.from(bytes.subarray(0, layout.HEADER.size))
  const header = {
    bytes: own,
    size: number64(view, at.size),
    kind: view.getUint32(at.kind, true),
    tableStart,
    tableEnd: tableStart + count * layout.SECTION.size,
    digest: own.subarray(at.digest, at.digest + 32),
    generation: number64(view, at.generation),
    contentTime: number64(view, at.content_time),
    forcedAt: number64(view, at.forced_at),
    signature: own.subarray(at.signature, at.signature + 64),
  }
  const isTableInside = tableStart >= layout.HEADER.size && header.tableEnd <= header.size
  if (count > layout.SECTIONS_MAX || !isTableInside || tableStart % layout.ALIGNMENT !== 0) {
    throw new SnapshotError('section', 'the section table lies outside the file')
  }
  return header
}

function checkMagic(bytes: Uint8Array, view: DataView): void {
  const { at } = layout.HEADER
  if (bytes.length < layout.HEADER.size)
    throw new SnapshotError('short', `${counted(bytes.length, 'byte')} cannot be a snapshot`)
  const magic = Buffer.from(bytes.subarray(at.magic, at.magic + layout.MAGIC.length)).toString('latin1')
  if (magic !== layout.MAGIC) throw new SnapshotError('magic', 'this is not a kickback snapshot')
  const major = view.getUint32(at.layout, true)
  if (major !== layout.LAYOUT) throw new SnapshotError('layout', `layout ${major} is not ${layout.LAYOUT}`)
}

/** A u64 that is a safe number: generations, times, sizes, offsets. Throws SnapshotError. */
export function number64(view: DataView, offset: number): number {
  const value = view.getBigUint64(offset, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new SnapshotError('size', `${value} is too large a number`)
  return Number(value)
}

/**
 * The message that the cluster's key signs, made from the header that bytes begin with: a purpose, then all of the header that
 * stands before the signature.
 */
export function signedMessage(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([PURPOSE, bytes.subarray(0, layout.SIGNED_END)])
}

/** The state word of the snapshot that bytes begin, of a whole one or of its header. Throws SnapshotError if they are too few. */
export function stateOf(bytes: Uint8Array): number {
  if (bytes.length < layout.HEADER.size)
    throw new SnapshotError('short', `${counted(bytes.length, 'byte')} cannot be a snapshot`)
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(layout.HEADER.at.state, true)
}

/**
 * Sets the state word in place, and whatever else a header has that is each machine's own to zeros, so that copies from
 * anywhere are equal bytes. Gives the same bytes. Throws SnapshotError if they are not a whole header.
 */
export function withState<Bytes extends Uint8Array>(bytes: Bytes, state: number): Bytes {
  if (bytes.length < layout.HEADER.size)
    throw new SnapshotError('short', `${counted(bytes.length, 'byte')} cannot be a snapshot`)
  bytes.fill(0, layout.OWN_START, layout.HEADER.size)
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(layout.HEADER.at.state, state, true)
  return bytes
}

/** Bytes, and where in a snapshot's file they are to be written. */
export interface FilePart {
  readonly position: number
  readonly bytes: Uint8Array
}

/** Which ids a machine takes, as its file tells the module: see IdFloor. */
export interface OwnIds {
  readonly uidMin: number
  readonly gidMin: number
  /** Ids below them that are taken as exceptions, ascending. */
  readonly exceptions: { readonly uids: readonly number[]; readonly gids: readonly number[] }
}

/**
 * What a machine adds to the snapshot in its own file: the state word and its floors in the header, and the exceptions behind
 * the snapshot's `size` bytes. Nothing of it is digested or signed.
 */
export function ownParts(size: number, state: number, ids?: OwnIds): readonly FilePart[] {
  const { at } = layout.HEADER
  const words = Buffer.alloc(layout.HEADER.size - layout.OWN_START)
  const setWord = (offset: number, value: number): void => {
    words.writeUInt32LE(value, offset - layout.OWN_START)
  }
  setWord(at.state, state)
  if (ids === undefined) return [{ position: layout.OWN_START, bytes: words }]
  const { uids, gids } = ids.exceptions
  setWord(at.uid_floor, ids.uidMin)
  setWord(at.gid_floor, ids.gidMin)
  setWord(at.uid_exceptions, uids.length)
  setWord(at.gid_exceptions, gids.length)
  const exceptions = Buffer.alloc(4 * (uids.length + gids.length))
  for (const [i, id] of [...uids, ...gids].entries()) exceptions.writeUInt32LE(id, 4 * i)
  return [
    { position: layout.OWN_START, bytes: words },
    { position: size, bytes: exceptions },
  ]
}

/**
 * The snapshot of a file: its bytes without the exceptions that may stand behind them, and without the rest that a later release may
 * put behind those. Throws SnapshotError if the file is longer than its header says by anything else.
 */
export function snapshotOf<Bytes extends Uint8Array>(file: Bytes): Bytes {
  return file.subarray(0, headerOfFile(file, file.length).size) as Bytes
}

/** The header of a file of this length that begins with these bytes. Throws SnapshotError as snapshotOf. */
export function headerOfFile(start: Uint8Array, length: number): Header {
  const header = headerOf(start)
  const { size } = header
  const view = new DataView(start.buffer, start.byteOffset, start.length)
  const { uid_exceptions, gid_exceptions, rest } = layout.HEADER.at
  const exceptions = view.getUint32(uid_exceptions, true) + view.getUint32(gid_exceptions, true)
  if (length !== size && length !== size + 4 * exceptions + view.getUint32(rest, true)) {
    throw new SnapshotError('size', `${size} bytes were written, ${length} are there`)
  }
  return header
}

/** One of STATES as it is written into a published file: one byte, which every reader sees whole; the flags above it stay. */
export function stateByte(state: number): FilePart {
  return { position: layout.HEADER.at.state, bytes: Uint8Array.of(state) }
}

/** What a machine was granted (STATE_SHADOW_GRANTED) as it is written into a published file: one byte, which every reader sees whole; the state beside it stays. */
export function grantByte(flags: number): FilePart {
  return { position: layout.HEADER.at.state + 1, bytes: Uint8Array.of((flags >> 8) & 0xff) }
}
