/** What a process and those that it started use of the machine, as proc(5) tells it. */
import { readdirSync, readFileSync } from 'node:fs'

const TICKS = 100
const MEBIBYTE = 1024

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** The process and all below it. */
export function treeOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => textOf(`/proc/${name}/stat`).split(') ')[1]?.split(' ')[1] === String(pid))
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))]
}

/** Their processor time in seconds, of all threads. */
export function cpuOf(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = textOf(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
    return [11, 12].reduce((sum, i) => sum + Number(fields[i] ?? 0), 0)
  })
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS
}

/** Their memory in MiB: each page shared out among those that have it (PSS). */
export function memoryOf(pids: readonly number[]): number {
  return sumOf(pids, 'smaps_rollup', /^Pss:\s+(\d+) kB$/m)
}

/** How many descriptors they have open. */
export function descriptorsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + namesIn(`/proc/${pid}/fd`).length, 0)
}

/** The most that each of them was resident with until now, in MiB. */
export function highWaterOf(pids: readonly number[]): number {
  return sumOf(pids, 'status', /^VmHWM:\s+(\d+) kB$/m)
}

function sumOf(pids: readonly number[], file: string, pattern: RegExp): number {
  const all = pids.map((pid) => Number(pattern.exec(textOf(`/proc/${pid}/${file}`))?.[1] ?? 0))
  return all.reduce((sum, one) => sum + one, 0) / MEBIBYTE
}
