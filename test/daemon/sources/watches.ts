/** The folders that this process watches, as the kernel tells: a watch that nobody closed is still there. */
import { readdirSync, readFileSync, statSync } from 'node:fs'

/** How many watches of inotify(7) this process holds over a folder; without one, over all. See proc_pid_fdinfo(5). */
export function watches(folder?: string): number {
  const wanted = folder === undefined ? undefined : statSync(folder).ino.toString(16)
  const inodes = readdirSync('/proc/self/fdinfo').flatMap((fd) =>
    [...infoOf(fd).matchAll(/^inotify wd:\S+ ino:(\S+)/gm)].map(([, inode]) => inode),
  )
  return inodes.filter((inode) => wanted === undefined || inode === wanted).length
}

/** A descriptor may be closed meanwhile: the one that read the list is. */
function infoOf(fd: string): string {
  try {
    return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')
  } catch {
    return ''
  }
}
