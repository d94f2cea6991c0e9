/** Reads and proves some sections of a published file, in short steps: for a process that needs no others. */
import {
  type Header,
  headerOfFile,
  type LackingSection,
  openExcerpt,
  type Snapshot,
  SnapshotError,
} from '../../resolver/index.ts'
import { othersTurn } from '../../values/index.ts'

/** The part of an open file that is needed. */
interface ReadableFile {
  stat(): Promise<{ readonly size: number }>
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
}

/** Which sections are read, and what is known of them already. */
interface ExcerptOptions {
  readonly ids: ReadonlySet<number>
  /** The excerpt of an earlier generation: a section that has the same digest there is not read again. */
  readonly before: Snapshot | undefined
  /** Throws if the header is not to be believed. Then nothing else is read. */
  readonly believe: (header: Header) => void
}

/** How many bytes the first read takes: enough for the header and the section table. */
const START = 4096
/** How many bytes are read and digested at a time: a part of a millisecond. */
const PIECE = 128 * 1024

/**
 * The sections of the snapshot in an open file, proved. Rejects with SnapshotError where they are damaged, with what `believe` throws, and with the
 * system's error.
 */
export async function readExcerpt(file: ReadableFile, options: ExcerptOptions): Promise<Snapshot> {
  let start = await readAt(file, Buffer.allocUnsafe(START), 0)
  const header = headerOfFile(start, (await file.stat()).size)
  options.believe(header)
  if (header.tableEnd > start.length) start = await readAt(file, Buffer.allocUnsafe(header.tableEnd), 0)
  const { lacking, snapshot } = openExcerpt(header, start, options.ids, options.before)
  for (const section of lacking) await fill(file, section)
  return snapshot
}

async function fill(file: ReadableFile, { offset, room, held, prove }: LackingSection): Promise<void> {
  for (let at = 0; at < room.length; at += PIECE) {
    const piece = room.subarray(at, at + PIECE)
    if (held !== undefined) {
      piece.set(held.subarray(at, at + PIECE))
      await othersTurn()
      continue
    }
    if ((await readAt(file, piece, offset + at)).length < piece.length)
      throw new SnapshotError('short', 'the file ends before its last section')
    prove(piece)
  }
  // An empty one is proved by the digest of nothing.
  if (room.length === 0 && held === undefined) prove(room)
}

/** As many bytes as there is room for, from a position on; fewer at the end of the file. */
async function readAt(file: ReadableFile, room: Uint8Array, position: number): Promise<Uint8Array> {
  let length = 0
  while (length < room.length) {
    const { bytesRead } = await file.read(room, length, room.length - length, position + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return room.subarray(0, length)
}
