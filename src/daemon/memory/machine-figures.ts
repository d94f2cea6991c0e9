/** How this machine is: its load, its memory and its boot, as the kernel tells (proc(5)). */
import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg, release, uptime } from 'node:os'
import type { MachineReport } from '../../kickback/index.ts'
import { bootClock } from '../../values/index.ts'

/** From where it is read. */
interface MachineSources {
  /** meminfo of proc(5). */
  readonly memory: () => string
  readonly uptime: () => number
  readonly load: () => number
  readonly cpus: number
  readonly kernel: string
  /** Which boot it is. */
  readonly boot: string
}

const kernel = (): MachineSources => ({
  memory: () => readFileSync('/proc/meminfo', 'latin1'),
  uptime,
  load: () => loadavg()[0] ?? 0,
  cpus: availableParallelism(),
  kernel: release(),
  boot: bootClock.boot,
})

/** A reader of how this machine is, which takes a fraction of a millisecond; it gives undefined where the kernel does not tell. */
export function machineReader(sources: MachineSources = kernel()): () => MachineReport | undefined {
  const { cpus, kernel, boot } = sources
  return () => {
    const text = sources.memory()
    const [memory, available] = [kibibytes(text, 'MemTotal'), kibibytes(text, 'MemAvailable')]
    if (memory === undefined || available === undefined) return undefined
    const load = Math.round(sources.load() * 100)
    return { uptime: Math.floor(sources.uptime()), load, cpus, memory, available, kernel, boot }
  }
}

/** A value of meminfo in KiB. */
function kibibytes(text: string, name: string): number | undefined {
  const value = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1]
  return value === undefined ? undefined : Number(value)
}
