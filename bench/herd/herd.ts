/** The simulated nodes in a few processes. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { now } from './figures.ts'
import type { Account, Order } from './herd-process.ts'

/** How a herd begins. */
interface HerdOptions {
  readonly processes: number
  readonly nodes: number
  readonly masters: readonly (readonly string[])[]
  /** Whether empty nodes ask the HTTP cache first; not unless set. */
  readonly cache?: boolean
  readonly keyFile: string
  /** The snapshot that all hold at first; undefined: they are empty. */
  readonly copy: string | undefined
  /** How many begin in a second; all at once unless set. */
  readonly perSecond?: number
}

/** Every how manieth node proves what it takes. */
const SAMPLE_EVERY = 200

/** All simulated nodes. */
export class SimulatedNodes {
  readonly count: number
  readonly #processes: readonly ChildProcess[]

  private constructor(count: number, processes: readonly ChildProcess[]) {
    this.count = count
    this.#processes = processes
  }

  /** Has all begin to connect. */
  static async begin(options: HerdOptions): Promise<SimulatedNodes> {
    const { processes, nodes, masters, keyFile, copy, cache = false, perSecond = Number.POSITIVE_INFINITY } = options
    const all = Array.from({ length: processes }, () =>
      fork(join(import.meta.dirname, 'herd-process.ts'), { serialization: 'advanced' }),
    )
    const each = Math.ceil(nodes / processes)
    const herd = new SimulatedNodes(nodes, all)
    const pace = Math.min(each, Math.ceil(perSecond / processes / 10))
    const common = { kind: 'begin', masters, keyFile, copy, cache, sampleEvery: SAMPLE_EVERY, pace } as const
    await Promise.all(
      all.map((child, index) =>
        ordered(child, { ...common, first: index * each, count: Math.max(0, Math.min(each, nodes - index * each)) }),
      ),
    )
    return herd
  }

  /** Counts the bytes that come from now on. */
  async mark(): Promise<void> {
    await this.#all({ kind: 'mark' })
  }

  /** Waits until all hold the content of this digest and follow; then tells when each did. Throws what went wrong meanwhile. */
  async untilAllHold(digest: () => string | undefined, patience: number): Promise<Account> {
    const end = now() + patience
    for (;;) {
      const wanted = digest() ?? ''
      const { there, failures } = await this.#all({ kind: 'count', digest: wanted })
      if (failures[0] !== undefined) throw new Error(failures.join('; '))
      if (there >= this.count) return this.#all({ kind: 'times', digest: wanted })
      if (now() > end)
        throw new Error(`${there} of ${this.count} nodes hold ${wanted.slice(0, 12)} after ${patience / 1000} s`)
      await pause(100)
    }
  }

  /** Ends all. */
  async end(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (child) => {
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }),
    )
  }

  async #all(order: Order): Promise<Account> {
    const all = await Promise.all(this.#processes.map((child) => ordered(child, order)))
    return {
      there: all.reduce((sum, { there }) => sum + there, 0),
      since: all.flatMap(({ since }) => since),
      told: all.flatMap(({ told }) => told),
      follows: all.flatMap(({ follows }) => follows),
      received: all.flatMap(({ received }) => received),
      cached: all.flatMap(({ cached }) => cached),
      passed: all.reduce((sum, { passed }) => sum + passed, 0),
      failures: all.flatMap(({ failures }) => failures),
    }
  }
}

async function ordered(child: ChildProcess, order: Order): Promise<Account> {
  const answered = once(child, 'message')
  child.send(order)
  const [account] = (await answered) as [Account]
  return account
}
