/** A file that nodes are sent: opened with the rights of this process, and told by the fields of HTTP. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { systemErrorCode } from '../../values/index.ts'
import { type ByteRange, byteRange } from './byte-range.ts'

/** A file that is open. */
interface ImageFile {
  readonly handle: FileHandle
  readonly size: number
  /** Another one for each content, as far as the file system tells. */
  readonly tag: string
}

/** Why a file cannot be sent, in a sentence. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
}

/** Opens the first file of these paths that there is. Rejects with ImageError. */
export async function openImage(paths: readonly string[]): Promise<ImageFile> {
  for (const [i, path] of paths.entries()) {
    try {
      return await opened(path)
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT' && i < paths.length - 1) continue
      throw systemErrorCode(error) === undefined ? error : new ImageError(reasonOf(path, error), { cause: error })
    }
  }
  throw new ImageError('there is no such file')
}

async function opened(path: string): Promise<ImageFile> {
  // A named pipe that nobody writes is not waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = await handle.stat({ bigint: true })
    const { size, ino, mtimeNs } = found
    if (!found.isFile()) throw new ImageError(`${path} is not a regular file`)
    return { handle, size: Number(size), tag: `"${ino.toString(36)}-${mtimeNs.toString(36)}-${size.toString(36)}"` }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function reasonOf(path: string, error: unknown): string {
  const code = systemErrorCode(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return `${path} does not exist on the master`
  if (code === 'EACCES' || code === 'EPERM') {
    return `${path} cannot be read by the boot process of the master, which has no rights of root: make the file and its folders readable for everyone`
  }
  return `${path} cannot be read: ${code}`
}

/** Writes the head of the answer; what of the file is to follow. A range of another content than the one that is asked for is not sent. */
export function imageHead(
  response: ServerResponse,
  { size, tag }: Omit<ImageFile, 'handle'>,
  headers: IncomingHttpHeaders,
  type: string,
): ByteRange | undefined {
  const ifRange = headers['if-range']
  const range = ifRange === undefined || ifRange === tag ? byteRange(headers.range, size) : undefined
  const common = { 'accept-ranges': 'bytes', 'content-type': type, etag: tag }
  if (range === 'beyond') {
    response.writeHead(416, { ...common, 'content-range': `bytes */${size}`, 'content-length': 0 })
    return undefined
  }
  if (range === undefined) {
    response.writeHead(200, { ...common, 'content-length': size })
    return { start: 0, end: size }
  }
  const { start, end } = range
  const part = { 'content-length': end - start, 'content-range': `bytes ${start}-${end - 1}/${size}` }
  response.writeHead(206, { ...common, ...part })
  return range
}
