/** What a daemon holds: its memory after a collection of garbage, and its open descriptors. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Taken of a daemon at rest. Sizes in bytes. */
export interface Vitals {
  readonly descriptors: number
  /** The memory that is its own and resident; files that it has mapped are not in it. */
  readonly resident: number
  readonly heap: number
  readonly outside: number
}

/** Bytes of resident memory that no file backs (RssAnon, proc(5)). */
export function resident(pid: number): number {
  const kib = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}

/** Whether a process is there and no zombie. */
export function lives(pid: number): boolean {
  return existsSync(`/proc/${pid}/status`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}

/** Has a daemon that loaded collector.cjs collect its garbage, three times, and looks at it. */
export async function vitals(pid: number): Promise<Vitals> {
  const report = `/proc/${pid}/root/run/heap.${pid}`
  let seen = { heapUsed: 0, external: 0 }
  for (let time = 0; time < 3; time++) {
    if (!lives(pid)) throw new Error(`the daemon ${pid} has ended`)
    rmSync(report, { force: true })
    process.kill(pid, 'SIGUSR2')
    for (let tries = 0; !existsSync(report) || readFileSync(report).length === 0; tries++) {
      if (tries > 400) throw new Error(`the daemon ${pid} tells nothing of its memory`)
      await pause(50)
    }
    seen = JSON.parse(readFileSync(report, 'utf8'))
    await pause(500)
  }
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    resident: resident(pid),
    heap: seen.heapUsed,
    outside: seen.external,
  }
}
