/** Files as sources are read from: whole, whatever stands at their path. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { systemErrorCode, systemMessage } from '../../values/index.ts'
import { externalMemory } from '../memory/external-memory.ts'
import type { SourceContent, SourceName } from './source.ts'
import { isStarved } from './starvation.ts'

/** The path of each source that is a file. */
export type SourcePaths = Readonly<Record<SourceName, string>>

/**
 * The most bytes that a source may have: four times what passwd and group of 100,000 users take together. What is larger is no such file, and to
 * read it would take memory that this machine needs.
 */
const SOURCE_MAX = 64 * 2 ** 20

/** How much is read at once of a source that does not tell its size, in bytes. */
const PIECE = 2 ** 20
/**
 * How much is read at once of a file, in bytes: the system copies it from its cache in a fraction of a millisecond. A kernel without preemption (PREEMPT_NONE)
 * does not give the processor to the thread that answers meanwhile.
 */
const COPIED = 512 * 1024

/** Reads a file whole. Never rejects: a file that can't be read says so, and so does a FIFO, which could keep us for ever. */
export function readSource(path: string): Promise<SourceContent> {
  // Without O_NONBLOCK the opening of a FIFO would wait for who writes.
  return readPatiently(path, constants.O_RDONLY | constants.O_NONBLOCK)
}

function unread(origin: string, state: 'absent' | 'unreadable', reason: string): SourceContent {
  return { origin, bytes: new Uint8Array(0), time: 0, state, reason }
}

async function readAnything(path: string, flags: number): Promise<SourceContent> {
  const file = await open(path, flags)
  try {
    const found = await file.stat()
    if (found.isFIFO() && flags !== constants.O_RDONLY) return unread(path, 'unreadable', 'it is a FIFO')
    const bytes = found.size > SOURCE_MAX ? undefined : await bytesOf(file, found.size)
    if (bytes === undefined) return unread(path, 'unreadable', TOO_LARGE)
    externalMemory.add(bytes)
    return { origin: path, bytes, time: Math.floor(found.mtimeMs / 1000), state: 'read', reason: '' }
  } finally {
    await file.close()
  }
}

const TOO_LARGE = `it is larger than ${SOURCE_MAX / 2 ** 20} MiB`

/**
 * All bytes up to the end, whatever the size says: a pipe and a device have none. In memory that threads share: giving it to one copies nothing. A file that
 * has its size is read into its place at once, since to copy a large one takes longer than anybody is to wait. Undefined if there are too many.
 */
async function bytesOf(file: FileHandle, size: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  for (let total = 0; total <= SOURCE_MAX; ) {
    const room = total === 0 && size > 0 ? size + 1 : PIECE
    const piece = await filled(file, Buffer.from(new SharedArrayBuffer(room)))
    if (piece.length === 0) return joined(pieces, total)
    pieces.push(piece)
    total += piece.length
  }
  return undefined
}

/** What is read into these bytes, until they are full or there is no more. */
async function filled(file: FileHandle, room: Buffer): Promise<Buffer> {
  let at = 0
  for (let read = 1; read > 0 && at < room.length; at += read) {
    read = (await file.read(room, at, Math.min(COPIED, room.length - at), null)).bytesRead
  }
  return room.subarray(0, at)
}

function joined(pieces: readonly Buffer[], total: number): Buffer {
  const [first] = pieces
  // What had no size was read into far more than it may have needed.
  if (first?.length === total && first.buffer.byteLength <= total + 1) return first
  const whole = Buffer.from(new SharedArrayBuffer(total))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** Reads a file that may be a pipe, as the shell's `<(...)` gives one: waits until it ends. Never rejects. */
export function readPipe(path: string): Promise<SourceContent> {
  return readPatiently(path, constants.O_RDONLY)
}

async function readPatiently(path: string, flags: number): Promise<SourceContent> {
  try {
    return await readAnything(path, flags)
  } catch (error) {
    const file = unread(path, systemErrorCode(error) === 'ENOENT' ? 'absent' : 'unreadable', systemMessage(error))
    return isStarved(error) ? { ...file, isStarved: true } : file
  }
}
