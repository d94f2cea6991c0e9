/** Programs of a machine that look names up all the time, while something happens to the machine. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { builtProgram } from '../nss/programs.ts'
import type { Machine } from './machine.ts'

/** What was looked up until now. */
export interface Counts {
  /** Look-ups of one process that runs all the time. */
  readonly asked: number
  /** How many of all did not give exactly what they should. */
  readonly failed: number
  /** Programs that were started, each for two look-ups. */
  readonly started: number
  /** The longest look-up, in microseconds. */
  readonly slowest: number
}

/** Where the program is on the machine. */
const PATH = '/run/caller'

/** A thousand look-ups a second on a machine, of the user ada and the host n0. */
export class Caller {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  #complaints = ''

  private constructor(child: ChildProcess) {
    if (child.stdout === null || child.stderr === null) throw new Error('no pipes')
    this.#child = child
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    // One that has died is told by `counts`.
    child.stdin?.on('error', () => {})
    child.stderr.on('data', (bytes: Buffer) => {
      this.#complaints += bytes
    })
  }

  /** Starts them. */
  static async start(machine: Machine): Promise<Caller> {
    await machine.put(PATH, readFileSync(builtProgram('caller')), 0o755)
    return new Caller(machine.start(PATH, 'ada', '1000', 'n0', '10.20.30.100'))
  }

  /** What was looked up until now. */
  async counts(): Promise<Counts> {
    this.#child.stdin?.write('\n')
    const { value = '' } = await this.#lines.next()
    const [asked, failed, started, slowest] = [...value.matchAll(/\d+/g)].map(Number)
    if (asked === undefined || failed === undefined || started === undefined || slowest === undefined)
      throw new Error(`the program died: ${value}${this.#complaints}`)
    return { asked, failed, started, slowest }
  }

  /** The first failures, a line each. */
  get complaints(): string {
    return this.#complaints.slice(0, 2000)
  }

  /** Ends them. */
  end(): void {
    this.#child.stdin?.end()
  }
}

/** Looks names up on machines while something happens to them: none may fail. */
export async function underLoad(t: Test, machines: readonly Machine[], happens: () => Promise<unknown>): Promise<void> {
  const callers = await Promise.all(machines.map((machine) => Caller.start(machine)))
  const before = await Promise.all(callers.map((caller) => caller.counts()))
  await happens()
  for (const [i, caller] of callers.entries()) {
    const [then, now] = [before[i], await caller.counts()]
    t.equal(now.failed, 0, caller.complaints || 'none failed')
    t.ok(now.asked > (then?.asked ?? 0) && now.started > (then?.started ?? 0), 'it asked all the time')
    const said = `${now.asked} look-ups and ${now.started} programs, the slowest look-up ${now.slowest} us`
    t.comment(`${machines[i]?.name}: ${said}`)
    caller.end()
  }
}
