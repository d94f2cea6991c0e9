/**
 * The lock of a machine's set-up: one command at a time changes its settings, units and nsswitch.conf. It is flock(2) on a file beside
 * nsswitch.conf, so that an image and a machine that lives in a chroot have locks of their own, and a process that is killed holds none.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { flock, messageOf, systemErrorCode, systemMessage } from '../values/index.ts'
import type { Machine } from './machine.ts'

/** A lock that could not be had; the message says who has it, and what to do. Nothing was changed. */
export class LockError extends Error {
  override readonly name = 'LockError'
}

/** Gives a lock back. */
type Release = () => void

/** What waits for a lock, and how. */
interface LockOptions {
  readonly machine: Machine
  /** The file of sources that is edited; the lock is in its folder. */
  readonly file: string
  /** Is told in a sentence for whom it waits, before it does. */
  readonly waiting: (sentence: string) => void
  /** How long it waits, in milliseconds. */
  readonly patience?: number
}

/** The name of the file, which is there while somebody has the lock. */
const NAME = '.kickback.lock'
/** Nobody but its owner opens it: whoever may open a file may lock it, and hold up a removal of packages. */
const MODE = 0o600
/** A unit that another command starts may take 90 s to be ready, and some to stop before. */
const PATIENCE = 300_000
/** How often a lock may be taken of a file that somebody has removed meanwhile. */
const TRIES = 1000
/** Where nothing can be written there is nothing to lock: what is to be written says so itself. */
const UNWRITABLE: ReadonlySet<string | undefined> = new Set(['EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR'])

/** Takes the lock; while another process has it, waits. Throws LockError. */
export function lockSetup({ machine, file, waiting, patience = PATIENCE }: LockOptions): Release {
  const path = machine.at(join(machine.resolved(dirname(file)), NAME))
  for (let tries = 0; tries < TRIES; tries++) {
    const fd = opened(path)
    if (fd === undefined) return () => {}
    try {
      take(fd, path, waiting, patience)
    } catch (error) {
      closeSync(fd)
      throw error
    }
    if (isStill(fd, path)) return held(fd, path)
    closeSync(fd)
  }
  throw new LockError(`${path} comes and goes: see which processes use it, and run this again; nothing was changed`)
}

/** The file, made if it is not there; undefined in a folder where nothing can be made. */
function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, MODE)
  } catch (error) {
    if (UNWRITABLE.has(systemErrorCode(error))) return undefined
    throw new LockError(`can't open ${path}: ${systemMessage(error)}; nothing was changed`, { cause: error })
  }
}

function take(fd: number, path: string, waiting: (sentence: string) => void, patience: number): void {
  if (locks(fd, ['-n'])) return
  const holder = holderOf(path)
  waiting(`waiting for ${holder}, which is changing this machine`)
  if (locks(fd, [], patience)) return
  throw new LockError(
    `${holder} still changes this machine after ${Math.round(patience / 1000)} seconds: see what it waits for, and run this again; nothing was changed`,
  )
}

function locks(fd: number, options: readonly string[], timeout?: number): boolean {
  try {
    return flock(fd, options, timeout)
  } catch (error) {
    throw new LockError(`can't lock the set-up of this machine: ${messageOf(error)}; nothing was changed`, {
      cause: error,
    })
  }
}

/** Who has the lock, in words. */
function holderOf(path: string): string {
  try {
    const pid = /^\d+/.exec(readFileSync(path, 'latin1'))?.[0]
    if (pid !== undefined) return `process ${pid}`
  } catch {
    // It was given back meanwhile.
  }
  return 'another process'
}

/** Whether the file that is locked is the one with that name: whoever had the lock before has removed the file. */
function isStill(fd: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false })
  const { ino, dev } = fstatSync(fd)
  return there !== undefined && there.ino === ino && there.dev === dev
}

function held(fd: number, path: string): Release {
  sign(fd)
  return () => {
    rmSync(path, { force: true })
    closeSync(fd)
  }
}

/** Writes who has the lock, for the words of others. On a full disk they do without: a removal is what makes room. */
function sign(fd: number): void {
  try {
    ftruncateSync(fd)
    writeSync(fd, `${process.pid}\n`, 0)
  } catch {
    // The lock is held without it.
  }
}
