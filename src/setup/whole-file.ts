/** A file that is replaced whole: who reads it sees the old content or the new one, at every moment, over a crash too. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../kickback/index.ts'
import { systemErrorCode, systemMessage } from '../values/index.ts'
import type { Machine } from './machine.ts'

/** The mode of a file that was not there. */
const NEW_MODE = 0o644
/** What the new file is called before it has its name. One writer at a time (lock.ts): what is there was left by one that was killed. */
const DRAFT = '.kickback-new'
/** All bits that chmod(2) sets. */
const MODE_BITS = 0o7777

/**
 * Gives a file of the machine this content by rename(2). One that is there keeps mode, owner, extended attributes and label (cp(1)
 * copies them all), but for the bits of the mode that `most` leaves out; a symbolic link keeps pointing at it. Folders are made. Throws
 * Error with the path and the reason.
 */
export function replaceFile(machine: Machine, path: string, content: Uint8Array, most = MODE_BITS): void {
  const target = machine.at(machine.resolved(path))
  const draft = `${target}${DRAFT}`
  try {
    makeFolder(dirname(target), 0o755)
    begin(machine, target, draft)
    if (most !== MODE_BITS) chmodSync(draft, statSync(draft).mode & most)
    fill(draft, content)
    renameSync(draft, target)
    syncFolder(dirname(target))
  } catch (error) {
    rmSync(draft, { force: true })
    throw new Error(`can't write ${path}: ${reason(error)}`, { cause: error })
  }
}

/** Gives a file of the machine this content, or removes it (undefined). Throws Error. */
export function putFile(machine: Machine, path: string, content: Uint8Array | undefined): void {
  if (content === undefined) removeFile(machine, path)
  else replaceFile(machine, path, content)
}

/** Removes a file of the machine, if it is there; of a symbolic link what it points at, as replaceFile made it. */
export function removeFile(machine: Machine, path: string): void {
  const target = machine.at(machine.resolved(path))
  try {
    rmSync(target, { force: true })
    syncFolder(dirname(target))
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return
    throw new Error(`can't remove ${path}: ${systemMessage(error)}`, { cause: error })
  }
}

/** The new file, with all that the old one has beside its content. */
function begin(machine: Machine, target: string, draft: string): void {
  const old = statSync(target, { throwIfNoEntry: false })
  rmSync(draft, { force: true })
  if (old !== undefined) {
    const { code } = machine.run('cp', ['--preserve=all', '--', target, draft])
    if (code === 0 && existsSync(draft)) return
  }
  // What a cp that failed left there, or a process that was killed, has not the right mode.
  rmSync(draft, { force: true })
  closeSync(openSync(draft, 'wx', NEW_MODE))
  chmodSync(draft, old === undefined ? NEW_MODE : old.mode & MODE_BITS)
  if (old !== undefined && process.geteuid?.() === 0) chownSync(draft, old.uid, old.gid)
}

function fill(draft: string, content: Uint8Array): void {
  const fd = openSync(draft, 'r+')
  try {
    ftruncateSync(fd)
    writeFileSync(fd, content)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** A new name is kept over a crash once its folder is on disk. Some file systems can't do that, and need not. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } catch (error) {
    if (systemErrorCode(error) !== 'EINVAL') throw error
  } finally {
    closeSync(fd)
  }
}

function reason(error: unknown): string {
  const code = systemErrorCode(error)
  if (code === 'EBUSY') return 'it is a mount point, so it cannot be replaced: change the file outside, or unmount it'
  const hint = code === 'EACCES' || code === 'EPERM' ? ': run this as root' : ''
  return `${systemMessage(error)}${hint}`
}
