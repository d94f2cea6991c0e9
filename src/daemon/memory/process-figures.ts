/** What this process uses of its machine. */
import { readFileSync } from 'node:fs'
import { cpuTime } from './cpu-time.ts'

/** The use of a machine, in bytes and seconds. */
export interface ProcessFigures {
  /** Memory that is resident, and the part of it that no file backs: what the machine lacks for others. */
  readonly resident: number
  readonly anonymous: number
  /** The heap of V8, what of it is in use, and what objects hold outside of it. */
  readonly heap: number
  readonly heapUsed: number
  readonly external: number
  /** CPU time since the start. */
  readonly cpu: number
  /** Seconds since the start. */
  readonly uptime: number
}

const KILOBYTE = 1024
const SECOND = 1000

/** The figures of now. */
export function processFigures(): ProcessFigures {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
  const figures = { resident: rss, anonymous: anonymousBytes(), heap: heapTotal, heapUsed, external }
  return { ...figures, cpu: cpuTime() / SECOND, uptime: process.uptime() }
}

/** RssAnon of proc_pid_status(5); 0 on a kernel that does not tell it. */
function anonymousBytes(): number {
  const [, kilobytes = '0'] = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  return Number(kilobytes) * KILOBYTE
}
