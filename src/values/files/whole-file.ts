/**
 * A file that is written whole or not at all: who reads it sees the content of before or the new one, at every moment, over a crash too.
 * It is written as a draft in the same folder, and takes its name when all of it is on disk. No symbolic link is followed.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { syncFolder, syncFolderSync } from './folder.ts'

/** What the name of a draft ends with, unless it has a name of its own. */
export const DRAFT = '.new'

/** How a file is written. */
export interface WholeFileOptions {
  /** Its mode, whatever the umask; 0600 unless set. */
  readonly mode?: number | undefined
  /** Whose it is, by uid and gid; -1 leaves one of them to the system. Ours unless set. */
  readonly owner?: readonly [uid: number, gid: number] | undefined
  /** When it was changed, in seconds since 1970; now unless set. */
  readonly time?: number | undefined
  /** The path of the draft, on the same file system, for a file that several processes may write. What is there of before goes. */
  readonly draft?: string | undefined
}

/** What a file is to hold: bytes, one after the other, or whatever is done with the open draft. */
type Content = readonly Uint8Array[] | ((draft: FileHandle) => Promise<void>)

/** Only the owner may look at a draft before it has its own mode. */
const PRIVATE = 0o600

/**
 * Gives a file this content, for good. Rejects with the system's error, which has a path; then the file of before is still there, and
 * nothing else. Only where the folder cannot be put on disk at last is the new file there, perhaps not for good.
 */
export async function writeWhole(path: string, content: Content, options: WholeFileOptions = {}): Promise<void> {
  await replaceWhole(path, content, options)
  await syncFolder(dirname(path))
}

/** The same for who puts the folder on disk later: until then a crash may bring the file of before back. */
export async function replaceWhole(path: string, content: Content, options: WholeFileOptions = {}): Promise<void> {
  await drafted(path, content, options, (draft) => rename(draft, path))
}

/**
 * Makes a file with this content, for good, unless there is one already: of several who do so at once one makes it. Resolves to
 * whether this one did. Rejects as `writeWhole` does.
 */
export async function createWhole(
  path: string,
  content: () => Content,
  options: WholeFileOptions = {},
): Promise<boolean> {
  if (await isThere(path)) return false
  let isMade = false
  await drafted(path, content(), options, async (draft) => {
    isMade = await linkUnlessThere(draft, path)
  })
  await syncFolder(dirname(path))
  return isMade
}

/** Removes a file, for good. Rejects with the system's error, but not where there is none. */
export async function removeWhole(path: string): Promise<void> {
  await unlinkIfThere(path)
  await syncFolder(dirname(path))
}

/** What `writeWhole` does with bytes, at once: for a program that has nothing else to do. */
interface SyncOptions extends Omit<WholeFileOptions, 'time'> {
  /** Makes the draft with all that the new file is to have beside its content, owner and mode; false if it could not. */
  readonly begin?: (draft: string) => boolean
  /** Gives the whole draft its name; rename(2) unless set. What it throws leaves the file of before. */
  readonly place?: (draft: string) => void
}

/** As `writeWhole`, at once. */
export function writeWholeSync(path: string, content: Uint8Array, options: SyncOptions = {}): void {
  const {
    draft = `${path}${DRAFT}`,
    begin,
    owner,
    mode = PRIVATE,
    place = (whole) => renameSync(whole, path),
  } = options
  try {
    rmSync(draft, { force: true })
    const isBegun = begin?.(draft) ?? false
    // What a copy that failed left there has not the right mode.
    if (!isBegun) rmSync(draft, { force: true })
    const flags = isBegun ? constants.O_TRUNC : constants.O_CREAT | constants.O_EXCL
    fillSync(openSync(draft, constants.O_WRONLY | constants.O_NOFOLLOW | flags, PRIVATE), content, owner, mode)
    place(draft)
  } catch (error) {
    throw withPath(error, draft)
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolderSync(dirname(path))
}

function fillSync(fd: number, content: Uint8Array, owner: WholeFileOptions['owner'], mode: number): void {
  try {
    if (owner !== undefined) fchownSync(fd, ...owner)
    fchmodSync(fd, mode)
    // All of it, or an error: write(2) may take a part.
    writeFileSync(fd, content)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** As `removeWhole`, at once. */
export function removeWholeSync(path: string): void {
  rmSync(path, { force: true })
  syncFolderSync(dirname(path))
}

/** Writes a draft, and has it named; it is gone afterwards, whatever happened. */
async function drafted(
  path: string,
  content: Content,
  options: WholeFileOptions,
  name: (draft: string) => Promise<void>,
): Promise<void> {
  const { draft = `${path}${DRAFT}` } = options
  try {
    await unlinkIfThere(draft)
    await fill(await open(draft, 'wx', PRIVATE), content, options)
    await name(draft)
  } catch (error) {
    throw withPath(error, draft)
  } finally {
    await unlinkIfThere(draft).catch(() => {})
  }
}

async function fill(draft: FileHandle, content: Content, options: WholeFileOptions): Promise<void> {
  const { owner, mode = PRIVATE, time } = options
  try {
    if (owner !== undefined) await draft.chown(...owner)
    await draft.chmod(mode)
    // All of each, or an error: write(2) may take a part.
    if (typeof content === 'function') await content(draft)
    else for (const part of content) await draft.writeFile(part)
    if (time !== undefined) await draft.utimes(time, time)
    await draft.sync()
  } finally {
    await draft.close()
  }
}

async function linkUnlessThere(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error
    return false
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** The error with the path that it is about, as Node writes it, also where it comes from an open file. */
function withPath(error: unknown, path: string): unknown {
  if (error instanceof Error && !('path' in error)) error.message += ` '${path}'`
  return error
}
