/** Folders whose files are in memory, such as /run: a write there does not wait for a disk. */
import { statfsSync } from 'node:fs'

/** The file systems whose files are memory (statfs(2): tmpfs, ramfs). */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])

/** Whether the files of this folder are in memory; false if the system does not tell. */
export function isFolderInMemory(folder: string): boolean {
  try {
    return IN_MEMORY.has(statfsSync(folder).type)
  } catch {
    return false
  }
}
