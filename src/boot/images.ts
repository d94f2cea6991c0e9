/** The files that nodes are sent: whether they are there, and can be sent. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { background, type Clock, sleep, systemErrorCode } from '../values/index.ts'

/** How long a file system may take to tell of one file, in milliseconds. */
const PATIENCE = 5000

/**
 * Those of the images that cannot be sent, each with a sentence that tells why, as this process sees the files. They are looked at one
 * after the other; where a file system does not answer, as one of a dead server, the images after that are not looked at.
 */
export async function imageFaults<Image extends { readonly path: string }>(
  images: Iterable<Image>,
  look: (path: string) => Promise<string | undefined> = fileFault,
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
async function fileFault(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'is not a regular file'
    await access(path, constants.R_OK)
    return undefined
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
    return `cannot be read: ${code ?? 'unknown error'}`
  }
}
