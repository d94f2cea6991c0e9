/** Folders: made where they are missing, and put on disk so that the names in them outlive a crash. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemErrorCode } from '../errors.ts'

/**
 * Makes a folder, and those above it, where they are missing. Only a folder that is made gets the mode, whatever the
 * umask. Throws the system's error. Node's own recursive mkdir never ends where mkdir(2) gives ENOENT under a parent that
 * exists, as /proc does.
 */
export function makeFolder(folder: string, mode: number): void {
  if (isMade(folder, mode)) return
  makeFolder(dirname(folder), 0o755)
  if (!isMade(folder, mode)) mkdirSync(folder)
}

/** Whether the folder is there now. False: the one above it is missing. */
function isMade(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode })
    chmodSync(folder, mode)
    return true
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === 'EEXIST') return true
    if (code === 'ENOENT' && dirname(folder) !== folder) return false
    throw error
  }
}

/** Puts the names in a folder on disk: a new one is kept over a crash from then on. Throws the system's error. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    throwUnlessUnable(error)
  } finally {
    await handle.close()
  }
}

/** The same at once. */
export function syncFolderSync(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } catch (error) {
    throwUnlessUnable(error)
  } finally {
    closeSync(fd)
  }
}

/** Some file systems can't do it, and need not. */
function throwUnlessUnable(error: unknown): void {
  if (systemErrorCode(error) !== 'EINVAL') throw error
}
