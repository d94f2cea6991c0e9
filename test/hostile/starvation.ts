/** How long processes had work and no processor: what a busy machine adds to an answer is no fault of a daemon. */
import { readFileSync } from 'node:fs'

/** Milliseconds that these processes' main threads have waited for a processor so far (schedstat, proc(5)); 0 where the kernel does not tell. */
export function waited(pids: readonly (number | 'self')[]): number {
  return pids.reduce((sum: number, pid) => sum + waitOf(pid), stolen())
}

function waitOf(pid: number | 'self'): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1] ?? 0) / 1e6
  } catch {
    return 0
  }
}

/** What the machine below a virtual one has taken from its processors, in ms (steal, proc(5)): it is counted in ticks of 10 ms. */
function stolen(): number {
  return Number(/^cpu .*/.exec(readFileSync('/proc/stat', 'utf8'))?.[0].trim().split(/\s+/)[8] ?? 0) * 10
}
