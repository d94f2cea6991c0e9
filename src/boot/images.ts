/** The files that nodes are sent: whether they are there, and can be sent. */
import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { background, type Clock, sleep, systemErrorCode } from '../values/index.ts'

/** How long a file system may take to tell of one file, in milliseconds. */
const PATIENCE = 5000

/** The rights to search a folder and to read a file, of one class of a mode (inode(7)). */
const [SEARCH, READ] = [1, 4]

/** The user that sends the images: one without groups but this. */
export interface FileReader {
  readonly uid: number
  readonly gid: number
}

/**
 * Those of the images that cannot be sent, each with a sentence that tells why, as `reader` may read them, else as this process may. They are looked at one
 * after the other; where a file system does not answer, as one of a dead server, the images after that are not looked at.
 */
export async function imageFaults<Image extends { readonly path: string }>(
  images: Iterable<Image>,
  reader?: FileReader,
  look: (path: string) => Promise<string | undefined> = (path) => fileFault(path, reader),
  clock: Clock = background,
): Promise<readonly { readonly image: Image; readonly message: string }[]> {
  const faults: { image: Image; message: string }[] = []
  for (const image of images) {
    if (!image.path.startsWith('/')) continue
    const given = new AbortController()
    const late = sleep(clock, PATIENCE, given.signal).then(() => null)
    const fault = await Promise.race([look(image.path), late])
    given.abort()
    const say = (what: string): unknown => faults.push({ image, message: `${JSON.stringify(image.path)} ${what}` })
    if (fault === null) {
      say('is on a file system that does not answer; the images after it were not looked at')
      break
    }
    if (fault !== undefined) say(fault)
  }
  return faults
}

/** Why a file cannot be sent; undefined if it can. */
async function fileFault(path: string, reader: FileReader | undefined): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'is not a regular file'
    if (reader === undefined) await access(path, constants.R_OK)
    const closed = reader && (await closedTo(reader, path))
    return closed && `cannot be read by the user that sends it, uid ${reader.uid}: ${closed}`
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
    return `cannot be read: ${code ?? 'unknown error'}`
  }
}

/** What keeps a user from reading a file, by the modes of the file and of the folders above it, and of those of where a link leads; undefined if nothing does. */
async function closedTo(reader: FileReader, path: string): Promise<string | undefined> {
  if (reader.uid === 0) return undefined
  if (!isOpenTo(reader, await stat(path), READ)) return 'its mode does not let it read'
  for (const one of new Set([path, await realpath(path)])) {
    for (let folder = dirname(one); ; folder = dirname(folder)) {
      if (!isOpenTo(reader, await stat(folder), SEARCH)) return `it may not search ${folder}`
      if (folder === dirname(folder)) break
    }
  }
  return undefined
}

/** Whether a mode gives a user this right: the one of the owner, of the group, or of others (path_resolution(7)). */
function isOpenTo({ uid, gid }: FileReader, file: { uid: number; gid: number; mode: number }, right: number): boolean {
  const shift = file.uid === uid ? 6 : file.gid === gid ? 3 : 0
  return ((file.mode >> shift) & right) !== 0
}
