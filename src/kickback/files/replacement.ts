/** The replacement of one snapshot file by a new one: whole, or not at all. */
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type FilePart, grantByte, layout, type OwnIds, ownParts, stateByte } from '../../resolver/index.ts'
import { removeWhole, replaceWhole, syncFolder, systemErrorCode } from '../../values/index.ts'
import { isFolderInMemory } from './memory-folder.ts'

/** A draft that is whole, and that was not given its name yet. */
export interface WholeDraft {
  readonly path: string
  readonly inode: number
}

/** A file that could not be written, or not for good; `state` says what is at its path. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
  readonly path: string

  constructor(path: string, cause: unknown, state = 'the last good one is kept') {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'no space is left on the disk' : message
    super(`can't write ${path}: ${reason}; ${state}`, { cause })
    this.path = path
  }
}

/** How a snapshot file is written. */
export interface WriteOptions {
  readonly mode: number
  readonly group: number | undefined
  /** What this machine adds to the state word, as STATE_SHADOW_GRANTED. */
  readonly stateFlags: number
  /** Which ids this machine takes; undefined leaves that to the module. */
  readonly ids?: OwnIds | undefined
  /** A number that no other writer on this machine has: part of the temporary file's name. */
  readonly pid: number
}

/** A file that was superseded and that processes may still have mapped. Its bytes are theirs until it is emptied. */
export interface Superseded {
  readonly file: FileHandle
  readonly size: number
  readonly inode: number
}

/** A file that was written. */
export interface Replaced {
  /** The one that had its path before, open; undefined where there was no snapshot. */
  readonly old: Superseded | undefined
  /** The inode number of the new one. */
  readonly inode: number
}

/** How many bytes are written from memory to a disk at once, if the system does not copy them. */
const PIECE = 4 * 1024 * 1024
/**
 * How many bytes are written at once, if the system copies them into its cache or into a file in memory. This takes a quarter of a millisecond. A kernel without preemption
 * (PREEMPT_NONE) does not give the processor to the thread that answers meanwhile.
 */
const COPIED = 512 * 1024
/** What begins and ends on a multiple of this many bytes, in a file and in memory, can be written to a disk without a copy on any system. */
const BLOCK = 4096

/**
 * Puts bytes at a path: the old file is opened for writing, then a temporary file beside it, all bytes, fsync, rename, fsync
 * of the folder, and only then the old file is marked superseded. Gives the old file back, open. Bytes that begin on a page in memory go to the disk
 * from there, without a copy in the cache of the system, where that can be. Throws WriteError if that did not work, and leaves no file open and no
 * temporary one behind.
 */
export async function replaceFile(path: string, bytes: Uint8Array, options: WriteOptions): Promise<Replaced> {
  const draft = `${draftStem(path)}${options.pid}`
  let old: Superseded | undefined
  let inode = 0
  try {
    old = await openOld(path)
    const { mode, group } = options
    const owner = group === undefined ? undefined : ([-1, group] as const)
    const write = async (file: FileHandle): Promise<void> => {
      inode = (await file.stat()).ino
      await writePieces(file, draft, bytes, options)
    }
    await replaceWhole(path, write, { mode, owner, draft })
  } catch (error) {
    await old?.file.close()
    throw new WriteError(path, error)
  }
  await settle(path, old)
  return { old, inode }
}

/**
 * Puts a draft at a path that holds these bytes already, but for their header, as `replaceFile` puts bytes there. Throws WriteError.
 */
export async function placeDraft(
  path: string,
  { path: draft, inode }: WholeDraft,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<Replaced> {
  let old: Superseded | undefined
  try {
    old = await openOld(path)
    const file = await open(draft, constants.O_RDWR | constants.O_NOFOLLOW)
    try {
      await finish(file, inode, bytes, options)
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await old?.file.close()
    throw new WriteError(path, error)
  }
  await settle(path, old)
  return { old, inode }
}

/** Gives a draft its header, what this machine adds, its owner and its mode, for good. */
async function finish(file: FileHandle, inode: number, bytes: Uint8Array, options: WriteOptions): Promise<void> {
  const { mode, group } = options
  if ((await file.stat()).ino !== inode) throw new Error('the draft was replaced')
  await writeAll(file, bytes.subarray(0, layout.HEADER.size), 0)
  for (const part of ownPartsOf(bytes, options)) await writeAll(file, part.bytes, part.position)
  if (group !== undefined) await file.chown(-1, group)
  await file.chmod(mode)
  await file.sync()
}

/**
 * Takes a file from its path, for good, and marks it superseded for those who have it mapped. Gives it back, open; undefined where there
 * was no snapshot. Throws the system's error.
 */
export async function removeFile(path: string): Promise<Superseded | undefined> {
  const old = await openOld(path)
  try {
    await removeWhole(path)
    if (old !== undefined) await setState(old.file, layout.STATES.SUPERSEDED)
    return old
  } catch (error) {
    await old?.file.close()
    throw error
  }
}

/**
 * Makes the new name survive a crash, and marks the old file for its readers. That is done even if the disk fails: the
 * new file has its name. Throws WriteError, with the old file closed: it is to be written again.
 */
async function settle(path: string, old: Superseded | undefined): Promise<void> {
  const steps = [() => syncFolder(dirname(path)), async () => old && setState(old.file, layout.STATES.SUPERSEDED)]
  const failures: unknown[] = []
  for (const step of steps) await step().catch((error: unknown) => failures.push(error))
  if (failures.length === 0) return
  await old?.file.close()
  throw new WriteError(path, failures[0], 'the new one is there, but a crash may undo it')
}

/** What the drafts of a path begin with; the writer's number follows, and where it makes several a point and the number of this one. */
export function draftStem(path: string): string {
  return join(dirname(path), `.${basename(path)}.`)
}

/** Removes what writers of this path left behind that were killed in the middle. The folder must be the caller's alone. */
export async function removeLeftovers(path: string): Promise<void> {
  const stem = basename(draftStem(path))
  const names = await readdir(dirname(path)).catch(() => [])
  const left = names.filter((name) => name.startsWith(stem) && /^\d+(\.\d+)?$/.test(name.slice(stem.length)))
  await Promise.all(left.map((name) => unlink(join(dirname(path), name)).catch(() => {})))
}

/** The file that is at the path now, open for writing; undefined if there is none, or if it is not a snapshot. */
async function openOld(path: string): Promise<Superseded | undefined> {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => undefined)
  if (file === undefined) return undefined
  const magic = Buffer.alloc(layout.MAGIC.length)
  const { bytesRead } = await file.read(magic, 0, magic.length, 0).catch(() => ({ bytesRead: 0 }))
  const { size, ino: inode } = await file.stat()
  const isSnapshot = bytesRead === magic.length && magic.toString('latin1') === layout.MAGIC
  if (isSnapshot && size >= layout.HEADER.size) return { file, size, inode }
  await file.close()
  return undefined
}

/** Writes a snapshot with what this machine adds, in pieces. */
async function writePieces(file: FileHandle, draft: string, bytes: Uint8Array, options: WriteOptions): Promise<void> {
  const done = await writeDirectly(draft, bytes)
  for (let at = done; at < bytes.length; at += COPIED) await writeAll(file, bytes.subarray(at, at + COPIED), at)
  for (const part of ownPartsOf(bytes, options)) await writeAll(file, part.bytes, part.position)
}

/**
 * Writes as many bytes as go to the disk from where they are in memory: how many. A copy of a large snapshot in the cache of the system would cost a node most of
 * the CPU time of an update, and memory. File systems that can't do it, as tmpfs(5) in older kernels, and bytes that lie askew give 0.
 */
async function writeDirectly(path: string, bytes: Uint8Array): Promise<number> {
  const length = bytes.length - (bytes.length % BLOCK)
  // A file system in memory may take such a write too, but it copies even so.
  if (length < PIECE || isFolderInMemory(dirname(path))) return 0
  const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_DIRECT).catch(nothingIfUnable)
  if (file === undefined) return 0
  try {
    for (let at = 0; at < length; at += PIECE)
      await writeAll(file, bytes.subarray(at, Math.min(at + PIECE, length)), at)
    return length
  } catch (error) {
    // It is all written again.
    nothingIfUnable(error)
    return 0
  } finally {
    await file.close()
  }
}

/** Throws what is no sign of a file system, or of memory, that can't do this. */
function nothingIfUnable(error: unknown): undefined {
  const code = systemErrorCode(error) ?? ''
  if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error
}

/** What this machine adds to a snapshot's bytes in a file that is current. */
export function ownPartsOf(
  bytes: Uint8Array,
  { stateFlags, ids }: Pick<WriteOptions, 'stateFlags' | 'ids'>,
): readonly FilePart[] {
  return ownParts(bytes.length, layout.STATES.CURRENT | stateFlags, ids)
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** Sets where a snapshot file is in its life: one byte, the lowest of the state word, which every reader sees whole. */
export async function setState(file: FileHandle, state: number): Promise<void> {
  const { bytes, position } = stateByte(state)
  await file.write(bytes, 0, bytes.length, position)
}

/** Sets what this machine was granted in the file at a path, where it stands: whoever has it mapped sees that at once. Throws the system's error. */
export async function setGrant(path: string, flags: number): Promise<void> {
  const there = await openOld(path)
  if (there === undefined) return
  const { bytes, position } = grantByte(flags)
  try {
    await there.file.write(bytes, 0, bytes.length, position)
  } finally {
    await there.file.close()
  }
}
