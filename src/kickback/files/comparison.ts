/** The comparison of a file with what would be written into it, piece by piece, so that a large file is not read into memory as a whole. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { FilePart } from '../../resolver/index.ts'

/** How much is read and compared at once, in bytes. */
const PIECE = 1 << 20

/** Whether a file has exactly these bytes, with the parts written over them or behind them. False for a file that can't be read. */
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

/** Copies the overlap of a part into a piece that begins at position `from` of the file. */
function putInto(piece: Buffer, { position, bytes }: FilePart, from: number): void {
  const [start, end] = [Math.max(position, from), Math.min(position + bytes.length, from + piece.length)]
  if (start < end) piece.set(bytes.subarray(start - position, end - position), start - from)
}
