/** The comparison of a file with what would be written into it, a piece at a time: a large snapshot is not to be in memory once more for it. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { FilePart } from '../../resolver/index.ts'

/** How much is read and compared at once, in bytes. */
const PIECE = 1 << 20

/** Whether a file has these bytes, with those parts written over them or behind them, and no others. False for one that can't be read. */
export async function hasContent(path: string, bytes: Uint8Array, parts: readonly FilePart[]): Promise<boolean> {
  const length = Math.max(bytes.length, ...parts.map((part) => part.position + part.bytes.length))
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const found = await file.stat()
      return found.isFile() && found.size === length && (await isSame(file, length, bytes, parts))
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

async function isSame(
  file: FileHandle,
  length: number,
  bytes: Uint8Array,
  parts: readonly FilePart[],
): Promise<boolean> {
  const [found, wanted] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)]
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(found, 0, Math.min(PIECE, length - at), at)
    if (bytesRead === 0) return false
    wanted.fill(0).set(bytes.subarray(at, at + bytesRead))
    for (const part of parts) putInto(wanted.subarray(0, bytesRead), part, at)
    if (Buffer.compare(found.subarray(0, bytesRead), wanted.subarray(0, bytesRead)) !== 0) return false
    at += bytesRead
  }
  return true
}

/** Puts what of a part lies in a piece, which begins at `from` of the file, into it. */
function putInto(piece: Buffer, { position, bytes }: FilePart, from: number): void {
  const [start, end] = [Math.max(position, from), Math.min(position + bytes.length, from + piece.length)]
  if (start < end) piece.set(bytes.subarray(start - position, end - position), start - from)
}
