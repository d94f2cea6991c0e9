/**
 * A file of the machine that people and other programs write too. It is read, changed and replaced under a lock, and only if it is still
 * what was read; it keeps mode, owner, extended attributes and label. A program that takes the same lock loses nothing to us and we
 * nothing to it; what one without the lock has written is not replaced, but read again.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, renameSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode, systemMessage } from '../errors.ts'
import { flock, SYSTEM_PATH } from './flock.ts'
import { writeWholeSync } from './whole-file.ts'

/** Why a file was not changed, and what to do. */
export class FileEditError extends Error {
  override readonly name = 'FileEditError'
}

/** Where the file is, and how the program that copies it is run. */
interface EditedMachine {
  /** Where a file of the machine is for us. */
  at(path: string): string
  /** The path at the end of symbolic links. Throws the system's error. */
  resolved(path: string): string
  /** Runs a program to its end, with an open file that it has too. */
  run(
    program: string,
    words: readonly string[],
    given: { readonly lock: number },
  ): { readonly code: number | null; readonly stderr: string }
}

/** How a file is edited. */
interface FileEditing {
  /** This machine unless set. */
  readonly machine?: EditedMachine
  /** The path of the file; symbolic links are followed. */
  readonly path: string
  /** Makes the new content; the same bytes leave the file alone. It is called again with what another program has written meanwhile. What it throws leaves the file alone. */
  readonly change: (before: Uint8Array) => Promise<Uint8Array>
  /** Is told in a sentence that another program has the lock, before it is waited for. */
  readonly waiting: (sentence: string) => void
  /** How long the lock is waited for, in milliseconds. */
  readonly patience?: number
}

/** What the draft is called beside the file. One writer at a time has the lock: what is there was left by one that was killed. */
const DRAFT = '.kickback-new'
/** The lock stays when nobody has it: who waits for it must not wait for a file that has gone. */
const LOCK = '.lock'
/** Nobody but its owner may lock it. */
const LOCK_MODE = 0o600
const PATIENCE = 60_000
/** How often the file is read again where another program writes it all the time. */
const TRIES = 50

/** This machine. */
const HERE: EditedMachine = {
  at: (path) => path,
  resolved: (path) => realpathSync(path),
  run: (program, words, { lock }) => {
    const env = { PATH: SYSTEM_PATH, LC_ALL: 'C' }
    const stdio = ['ignore' as const, 'ignore' as const, 'pipe' as const, lock]
    const { status: code, stderr, error } = spawnSync(program, words, { env, encoding: 'utf8', stdio })
    return { code, stderr: error === undefined ? stderr : error.message }
  },
}

/**
 * Changes a file. Resolves to whether it was changed. Throws FileEditError with the path and the reason, and what `change` throws; then
 * the file is as it was.
 */
export async function editFile(editing: FileEditing): Promise<boolean> {
  const { machine = HERE, path, change } = editing
  const target = machine.at(resolvedPath(machine, path))
  const lock = openLock(editing, target)
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = readRegular(target, path)
      const after = await change(before)
      if (after === before) return false
      if (isReplaced(editing, { target, lock, before, after })) return true
    }
  } finally {
    closeSync(lock)
  }
  throw new FileEditError(
    `${path} was changed by another program each time before it could be replaced: run this again; nothing was changed`,
  )
}

/** The content of a regular file, whatever a path leads to. Throws FileEditError. */
export function readRegular(target: string, path = target): Uint8Array {
  let fd: number | undefined
  try {
    fd = openSync(target, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!fstatSync(fd).isFile()) throw new FileEditError(`${path} is not a regular file`)
    return readFileSync(fd)
  } catch (error) {
    if (error instanceof FileEditError) throw error
    throw new FileEditError(`can't read ${path}: ${systemMessage(error)}`, { cause: error })
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function resolvedPath(machine: EditedMachine, path: string): string {
  try {
    return machine.resolved(path)
  } catch (error) {
    throw new FileEditError(`can't read ${path}: ${systemMessage(error)}`, { cause: error })
  }
}

/** Takes the lock beside the file; it is given back when the descriptor is closed, however the process ends. */
function openLock({ path, waiting, patience = PATIENCE }: FileEditing, target: string): number {
  const lock = join(dirname(target), `.${basename(target)}${LOCK}`)
  let fd: number | undefined
  try {
    fd = openSync(lock, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, LOCK_MODE)
    if (flock(fd, ['-n'])) return fd
    waiting(`waiting for another program that has locked ${lock}`)
    if (flock(fd, [], patience)) return fd
  } catch (error) {
    if (fd !== undefined) closeSync(fd)
    throw new FileEditError(`can't write ${path}: ${lock}: ${reasonOf(error)}; nothing was changed`, { cause: error })
  }
  closeSync(fd)
  const seconds = Math.round(patience / 1000)
  throw new FileEditError(
    `another program has ${lock} locked for more than ${seconds} seconds: see what it waits for (fuser ${lock}); nothing was changed`,
  )
}

/** Thrown where the file is not any more what was read. */
class ChangedError extends Error {}

/** A file that is to be replaced, and the open file of its lock. */
interface Replacement {
  readonly target: string
  readonly lock: number
  readonly before: Uint8Array
  readonly after: Uint8Array
}

/** Replaces the file; false if another program has written it since it was read. */
function isReplaced({ machine = HERE, path }: FileEditing, { target, lock, before, after }: Replacement): boolean {
  try {
    const { mode, uid, gid } = statSync(target)
    writeWholeSync(target, after, {
      draft: `${target}${DRAFT}`,
      mode: mode & 0o7777,
      owner: [uid, gid],
      begin: (draft) => copied(machine, target, draft, lock),
      place: (draft) => {
        if (!Buffer.from(before).equals(readRegular(target, path))) throw new ChangedError()
        renameSync(draft, target)
      },
    })
    return true
  } catch (error) {
    if (error instanceof ChangedError) return false
    if (error instanceof FileEditError) throw error
    throw new FileEditError(`can't write ${path}: ${reasonOf(error)}; it is as it was`, { cause: error })
  }
}

/**
 * Copies the file with all that it has beside its content. A draft that somebody else puts there is not written to. The copying has the
 * lock too: where this process is killed, nobody else begins before it has ended.
 */
function copied(machine: EditedMachine, target: string, draft: string, lock: number): true {
  const { code, stderr } = machine.run('cp', ['--no-clobber', '--preserve=all', '--', target, draft], { lock })
  if (code === 0) return true
  throw new Error(stderr.trim().replaceAll('\n', '; '))
}

function reasonOf(error: unknown): string {
  const code = systemErrorCode(error)
  if (code === 'EBUSY') return 'it is a mount point, so it cannot be replaced: change the file outside, or unmount it'
  return `${systemMessage(error)}${code === 'EACCES' || code === 'EPERM' ? ': run this as root' : ''}`
}
