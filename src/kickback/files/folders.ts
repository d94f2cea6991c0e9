/** The folders and files of a daemon: what they are called, who may write there, and what is in them already. */
import { constants } from 'node:fs'
import { chmod, chown, type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { layout, Snapshot, SnapshotError, snapshotOf, stateOf, withState } from '../../resolver/index.ts'
import { makeFolder, systemErrorCode, systemMessage } from '../../values/index.ts'

/** What is in a run dir or a state dir beside the snapshots, which the layout names. */
export const FOLDER_NAMES = { PRIVATE: 'private', ADMIN: 'admin', SOCKET: 'socket' } as const

/** The files of a run dir or a state dir; sockets are in run dirs alone. */
export interface FolderFiles {
  readonly snapshot: string
  readonly socket: string
  readonly private: string
  readonly shadow: string
  readonly privateSocket: string
  readonly admin: string
  readonly adminSocket: string
}

/** The paths of what is in a run dir or a state dir. */
export function filesIn(folder: string): FolderFiles {
  const inside = join(folder, FOLDER_NAMES.PRIVATE)
  const admin = join(folder, FOLDER_NAMES.ADMIN)
  return {
    snapshot: join(folder, layout.FILES.PUBLIC),
    socket: join(folder, FOLDER_NAMES.SOCKET),
    private: inside,
    shadow: join(inside, layout.FILES.SHADOW),
    privateSocket: join(inside, FOLDER_NAMES.SOCKET),
    admin,
    adminSocket: join(admin, FOLDER_NAMES.SOCKET),
  }
}

/** A folder that can't be used. */
class FolderError extends Error {
  override readonly name = 'FolderError'
}

/** Who a daemon runs as, and for whom its private folder is. */
interface FolderOptions {
  /** The effective uid. */
  readonly uid: number
  /** The gid of group shadow; undefined if there is none, or where we may not give folders to it. */
  readonly privateGroup?: number
}

/**
 * Makes a run dir or state dir with its private folder where they are missing, and sees that nobody but root and we can
 * write there: else the module would not look at what we publish. Throws FolderError.
 */
export async function prepareFolder(folder: string, { uid, privateGroup }: FolderOptions): Promise<FolderFiles> {
  const files = filesIn(folder)
  await made(folder, 0o755)
  await checkFolder(folder, uid)
  await made(files.private, 0o700)
  await checkFolder(files.private, uid)
  await give(
    files.private,
    privateGroup === undefined ? 0o700 : 0o750,
    privateGroup === undefined ? undefined : [uid, privateGroup],
  )
  return files
}

/** Makes the folder of a run dir that only root and we may look into, where it is missing. Throws FolderError. */
export async function prepareAdmin({ admin }: FolderFiles, uid: number): Promise<void> {
  await made(admin, 0o700)
  await checkFolder(admin, uid)
  await give(admin, 0o700)
}

/** Gives a folder its mode and owner, if it has others: one that is as it has to be may be on a file system that is read-only. Throws FolderError. */
async function give(folder: string, mode: number, owner?: readonly [uid: number, gid: number]): Promise<void> {
  const there = await lstat(folder)
  try {
    if (owner !== undefined && (there.uid !== owner[0] || there.gid !== owner[1])) await chown(folder, ...owner)
    if ((there.mode & 0o7777) !== mode) await chmod(folder, mode)
  } catch (error) {
    const octal = mode.toString(8)
    throw new FolderError(
      `can't give ${folder} the mode ${octal} and its group: ${systemMessage(error)}. ${remedyOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

async function made(folder: string, mode: number): Promise<void> {
  try {
    makeFolder(folder, mode)
  } catch (error) {
    throw new FolderError(
      `can't make the folder ${folder}: ${systemMessage(error)}. ${remedyOf(error)}, or name other folders: --run-dir, --state-dir`,
      { cause: error },
    )
  }
}

/** What helps where a folder cannot be made. */
function remedyOf(error: unknown): string {
  const code = systemErrorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'Make room there'
  if (code === 'EROFS') return 'Mount it for writing'
  return code === 'EACCES' || code === 'EPERM' ? 'Run this as root' : 'See what is at that path'
}

async function checkFolder(folder: string, uid: number): Promise<void> {
  const there = await lstat(folder)
  const { uid: owner, mode } = there
  if (!there.isDirectory()) throw new FolderError(`${folder} is not a folder (a symbolic link is not followed)`)
  if (owner !== 0 && owner !== uid) {
    throw new FolderError(
      `${folder} belongs to uid ${owner}: it must belong to root or to uid ${uid}, the user of this process`,
    )
  }
  if ((mode & 0o022) !== 0) {
    const octal = (mode & 0o7777).toString(8).padStart(4, '0')
    throw new FolderError(`${folder} has mode ${octal}: other users could change it; use chmod go-w`)
  }
}

/** What was found at the path of a snapshot: one that is whole, nothing, or what is wrong with it. */
type Found = { readonly snapshot: Snapshot } | { readonly snapshot: undefined; readonly reason: string | undefined }

/** Opens a file for reading: open(2), or what stands in for it. */
export type OpenFile = (path: string, flags: number) => Promise<FileHandle>

/**
 * Reads the snapshot at a path, and proves it whole by its digest. Its state word is put back to 0, so that its bytes are
 * those of every other copy. A file that is superseded and emptied meanwhile is left for the one that took its name. Never throws;
 * `reason` is undefined if there is no file.
 */
export async function readSnapshot(path: string, openFile: OpenFile = open): Promise<Found> {
  try {
    const bytes = await readPublished(path, openFile)
    const snapshot = Snapshot.open(withState(snapshotOf(bytes), 0))
    return snapshot.verifyDigest()
      ? { snapshot }
      : { snapshot: undefined, reason: `${path} is damaged: its digest is wrong` }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { snapshot: undefined, reason: undefined }
    if (!(error instanceof Error)) throw error
    const what = error instanceof SnapshotError ? 'is damaged' : "can't be read"
    return { snapshot: undefined, reason: `${path} ${what}: ${error.message}` }
  }
}

/** Whether a file begins with the header of this snapshot, whatever its state word is. Then it is of the same generation. False for a file that can't be read. */
export async function hasHeaderOf(path: string, snapshot: Snapshot, openFile: OpenFile = open): Promise<boolean> {
  const { bytes } = snapshot.header
  const found = Buffer.alloc(bytes.length)
  try {
    const file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { bytesRead } = await file.read(found, 0, found.length, 0)
      return bytesRead === found.length && Buffer.compare(withState(found, 0), withState(Buffer.from(bytes), 0)) === 0
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

/** How often a file is read again because it was emptied meanwhile: a daemon publishes once a second at most. */
const READS = 5

/** The bytes at a path. Where they were emptied while they were read, those of the file that has the name now. Throws the system's error. */
export function readPublished(path: string, openFile: OpenFile = open): Promise<Buffer> {
  return fromPublished(path, (file) => file.readFile(), openFile)
}

/**
 * The result of `read` for the published file at a path. If the file was superseded and emptied during the read, the file that has the name then is read
 * again. Rejects with what `read` rejects with, and with the system's error.
 */
export async function fromPublished<T>(
  path: string,
  read: (file: FileHandle) => Promise<T>,
  openFile: OpenFile = open,
): Promise<T> {
  for (let reads = 1; ; reads++) {
    // Without O_NONBLOCK a FIFO would keep us waiting for ever.
    const file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { ino } = await regular(file)
      const [outcome] = await Promise.allSettled([read(file)])
      if (reads < READS && (await isEmptied(file)) && (await stat(path)).ino !== ino) continue
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    } finally {
      await file.close()
    }
  }
}

async function regular(file: FileHandle): Promise<{ readonly ino: number }> {
  const found = await file.stat()
  if (!found.isFile()) throw new Error('it is not a regular file')
  return found
}

/** Whether an open file is marked emptied now, after it was read: the mark is set before the first byte goes. */
async function isEmptied(file: FileHandle): Promise<boolean> {
  const header = Buffer.alloc(layout.HEADER.size)
  const { bytesRead } = await file.read(header, 0, header.length, 0)
  return bytesRead === header.length && (stateOf(header) & layout.STATE_MASK) === layout.STATES.EMPTIED
}
