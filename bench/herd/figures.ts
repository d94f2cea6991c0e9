/** What the kernel counts of a process, and figures in words. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Milliseconds since the boot, the same in all processes. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** The CPU time of a process with all its threads, in milliseconds (proc(5), stat). */
export function cpu(pid: number): number {
  const fields =
    read(pid, 'schedstat') === '' ? [] : threads(pid).map((thread) => read(pid, `task/${thread}/schedstat`))
  return fields.reduce((sum, line) => sum + Number(line.split(' ')[0] ?? 0), 0) / 1e6
}

/** How often the threads of a process went to sleep, which is how often they were woken (proc(5), status). */
export function wakeUps(pid: number): number {
  const counts = threads(pid).map((thread) =>
    /^voluntary_ctxt_switches:\s+(\d+)/m.exec(read(pid, `task/${thread}/status`)),
  )
  return counts.reduce((sum, found) => sum + Number(found?.[1] ?? 0), 0)
}

/** The memory of a process in MiB: what it has now, the part of it that is of files, and the most it had since `resetPeak`. */
export function memory(pid: number): { readonly now: number; readonly files: number; readonly peak: number } {
  const status = read(pid, 'status')
  const field = (name: string): number =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024)
  return { now: field('VmRSS'), files: field('RssFile'), peak: field('VmHWM') }
}

/** The most memory that a process had is counted from now on (proc(5), clear_refs). */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function threads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

/** Of some numbers the first, the median, the one that 99 of 100 do not pass, and the last. */
export interface Spread {
  readonly first: number
  readonly median: number
  readonly p99: number
  readonly last: number
}

/** The spread of some numbers. */
export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b)
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  return { first: at(0), median: at(0.5), p99: at(0.99), last: at(1) }
}

/** Seconds in words, of milliseconds. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

/** Bytes in words. */
export function size(bytes: number): string {
  if (bytes < 10_000) return `${Math.round(bytes)} B`
  return bytes < 1e7 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
