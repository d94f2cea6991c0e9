/** A file of a machine that is replaced whole, and keeps what it has beside its content. */
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, removeWholeSync, systemErrorCode, systemMessage, writeWholeSync } from '../values/index.ts'
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
  try {
    makeFolder(dirname(target), 0o755)
    const old = statSync(target, { throwIfNoEntry: false })
    writeWholeSync(target, content, {
      draft: `${target}${DRAFT}`,
      mode: (old === undefined ? NEW_MODE : old.mode & MODE_BITS) & most,
      owner: old !== undefined && process.geteuid?.() === 0 ? [old.uid, old.gid] : undefined,
      begin: (draft) => old !== undefined && isCopied(machine, target, draft),
    })
  } catch (error) {
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
    removeWholeSync(target)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return
    throw new Error(`can't remove ${path}: ${systemMessage(error)}`, { cause: error })
  }
}

/** Copies a file with all that it has: beside its content extended attributes and a label. */
function isCopied(machine: Machine, target: string, draft: string): boolean {
  return machine.run('cp', ['--preserve=all', '--', target, draft]).code === 0 && existsSync(draft)
}

function reason(error: unknown): string {
  const code = systemErrorCode(error)
  if (code === 'EBUSY') return 'it is a mount point, so it cannot be replaced: change the file outside, or unmount it'
  const hint = code === 'EACCES' || code === 'EPERM' ? ': run this as root' : ''
  return `${systemMessage(error)}${hint}`
}
