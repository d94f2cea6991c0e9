/** Folders whose files are memory, as /run is: no write there waits for a disk, and each is a copy by the processor. */
import { statfsSync } from 'node:fs'

/** The file systems whose files are memory (statfs(2): tmpfs, ramfs). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])

/** Whether files of this folder are memory; false where the system does not tell. */
export function isFolderInMemory(folder: string): boolean {
  try {
    return IN_MEMORY.has(statfsSync(folder).type)
  } catch {
    return false
  }
}
