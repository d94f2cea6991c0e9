/** What a daemon holds: its memory after a collection of garbage, and its open descriptors. */
import { chmodSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { GIVE_BACK_EVERY } from '../../src/daemon/memory/allocator.ts'
import { until } from '../patience.ts'

/** Taken of a daemon at rest. Sizes in bytes. */
export interface Vitals {
  readonly descriptors: number
  /** Resident memory, as ps(1) shows it. */
  readonly resident: number
  readonly heap: number
  readonly outside: number
}

/** Bytes of resident memory (VmRSS, proc(5)). */
export function resident(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}

/** Whether a process is there and no zombie. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}

/** Has a daemon that loaded collector.cjs collect its garbage, and looks at it once it has given memory back. */
export async function vitals(pid: number): Promise<Vitals> {
  await collected(pid)
  await pause(GIVE_BACK_EVERY + 1000)
  const { heapUsed, external } = await collected(pid)
  // A node keeps the generation before for some seconds, and its file until nothing reads from it: it may have gone with this collection.
  await until(() => !holdsSuperseded(pid), `the daemon ${pid} lets go of the files of earlier generations`)
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    resident: resident(pid),
    heap: heapUsed,
    outside: external,
  }
}

/** Whether a process has a snapshot open that has another one in its place by now. */
function holdsSuperseded(pid: number): boolean {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).some((fd) => {
    try {
      return /\/(?:snapshot|shadow)\.\d+ \(deleted\)$/.test(readlinkSync(`${folder}/${fd}`))
    } catch {
      // It was closed meanwhile.
      return false
    }
  })
}

/** Has a daemon that loaded collector.cjs collect its garbage; what it still holds. */
export async function collected(pid: number): Promise<NodeJS.MemoryUsage> {
  if (!lives(pid)) throw new Error(`the daemon ${pid} has ended`)
  const report = `/proc/${pid}/root/run/heap.${pid}`
  writeFileSync(report, '')
  chmodSync(report, 0o666)
  process.kill(pid, 'SIGUSR2')
  await until(() => readFileSync(report).length > 0, `the daemon ${pid} tells of its memory`)
  return JSON.parse(readFileSync(report, 'utf8'))
}
