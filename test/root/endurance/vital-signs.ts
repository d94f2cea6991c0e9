/** Memory and descriptors of the daemons of a site over a time. */
import { readdirSync } from 'node:fs'
import { collected, resident } from '../../hostile/vitals.ts'
import { isFlat, type Line, lineThrough, type Reading } from './flatness.ts'

/** What is read of a process: its name, and how it is read. Memory is in KiB. */
const SIGNS = [
  { sign: 'resident memory', of: (pid: number) => resident(pid) / 1024 },
  { sign: 'heap', of: (_pid: number, held: NodeJS.MemoryUsage) => held.heapUsed / 1024 },
  { sign: 'memory outside the heap', of: (_pid: number, held: NodeJS.MemoryUsage) => held.external / 1024 },
  { sign: 'descriptors', of: (pid: number) => readdirSync(`/proc/${pid}/fd`).length },
] as const

/** The readings of some processes. */
export class VitalSigns {
  readonly #processes: ReadonlyMap<string, number>
  readonly #readings = new Map<string, Reading[]>()
  #held: ReadonlyMap<string, NodeJS.MemoryUsage> = new Map()

  constructor(processes: ReadonlyMap<string, number>) {
    this.#processes = processes
  }

  /**
   * Has all of them collect their garbage. Between two collections of its own a daemon grows and shrinks by half its size: a line through
   * that tells where in this an hour began and ended, and nothing of what is held.
   */
  async collect(): Promise<void> {
    const all = [...this.#processes].map(async ([name, pid]) => [name, await collected(pid)] as const)
    this.#held = new Map(await Promise.all(all))
  }

  /** Reads all of them, some seconds after they have collected their garbage: free memory is given back by then. `seconds`: the time of the run. */
  read(seconds: number): void {
    for (const [name, pid] of this.#processes)
      for (const { sign, of } of SIGNS) {
        const held = this.#held.get(name)
        if (held === undefined) continue
        const key = `${name}: ${sign}`
        const all = this.#readings.get(key) ?? []
        this.#readings.set(key, all)
        all.push({ seconds, value: of(pid, held) })
      }
  }

  /** The lines through the readings from a time on. */
  lines(from: number): ReadonlyMap<string, Line> {
    return new Map(
      [...this.#readings].map(
        ([key, all]) => [key, lineThrough(all.filter(({ seconds }) => seconds >= from))] as const,
      ),
    )
  }

  /** The readings themselves, a line for each figure. */
  get table(): readonly string[] {
    return [...this.#readings].map(([key, all]) => `${key}: ${all.map(({ value }) => Math.round(value)).join(' ')}`)
  }
}

/** A line in words, by the hour. */
export function lineText(key: string, line: Line): string {
  const hourly = (value: number): string => (value * 3600).toFixed(1)
  return `${key}: ${line.mean.toFixed(1)} on average, ${hourly(line.slope)} more an hour, give or take ${hourly(line.error)}`
}

/** Those that are not flat. */
export function steep(lines: ReadonlyMap<string, Line>): readonly string[] {
  return [...lines].filter(([, line]) => !isFlat(line)).map(([key, line]) => lineText(key, line))
}
