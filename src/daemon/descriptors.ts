/** How many file descriptors this process may have open. */
import { readFileSync } from 'node:fs'

/** How many are taken for granted where the system does not say: the usual soft limit. */
const USUAL = 1024

/** How many file descriptors this process may have (the soft limit of RLIMIT_NOFILE, proc_pid_limits(5)). Node raises it to the hard one. */
export function descriptorLimit(file = '/proc/self/limits'): number {
  try {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(file, 'latin1'))?.[1]
    return soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(soft ?? USUAL)
  } catch {
    return USUAL
  }
}
