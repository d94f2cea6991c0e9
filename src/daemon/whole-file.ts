/** A file that is written whole or not at all, and is there after a crash once it is written. */
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../kickback/index.ts'
import { systemErrorCode } from '../values/index.ts'

/** What a name ends with while its content is still being written. */
export const DRAFT = '.new'

/**
 * Writes these bytes, one after the other, to a file of mode 0600 that takes the name once all are on disk. `time` is its time, in
 * seconds since 1970. Throws the system's error; then the file of before is still there, and nothing else. Only where the folder cannot be
 * put on disk at last is the new file there, perhaps not for good.
 */
export async function writeWhole(path: string, parts: readonly Uint8Array[], time?: number): Promise<void> {
  const draft = `${path}${DRAFT}`
  await unlinkIfThere(draft)
  try {
    await fill(await open(draft, 'wx', 0o600), parts, time)
    await rename(draft, path)
  } catch (error) {
    await unlinkIfThere(draft).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

async function fill(file: FileHandle, parts: readonly Uint8Array[], time: number | undefined): Promise<void> {
  try {
    // All of each, or an error: write(2) may take a part.
    for (const part of parts) await file.writeFile(part)
    if (time !== undefined) await file.utimes(time, time)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Removes a file, for good. Throws the system's error, but not where there is none. */
export async function removeWhole(path: string): Promise<void> {
  await unlinkIfThere(path)
  await syncFolder(dirname(path))
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
  }
}
