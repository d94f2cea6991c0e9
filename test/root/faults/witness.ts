/** A program on a machine that looks names up all the time, and what it is told of the truth. */
import { createInterface } from 'node:readline'
import { builtProgram } from '../../nss/programs.ts'
import type { Machine } from '../machine.ts'

/** What was looked up until now. */
export interface Counts {
  readonly asked: number
  readonly wrong: number
  /** Programs that were started, each for one look-up. */
  readonly started: number
  /** Questions whose newest answer was not given yet. */
  readonly behind: number
}

/** The most complaints that are kept of one. */
const COMPLAINTS_MAX = 20

/** One of them. Its program says what is right and wrong: test/nss/programs/witness.c. */
export class Witness {
  readonly #child: ReturnType<Machine['start']>
  readonly #lines: AsyncIterator<string>
  /** Wrong answers, a line each. */
  readonly complaints: string[] = []

  constructor(machine: Machine) {
    this.#child = machine.start(builtProgram('witness'))
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]()
    // One that was killed is told by `counts`.
    this.#child.stdin.on('error', () => {})
    createInterface(this.#child.stderr).on('line', (line) => {
      if (this.complaints.length < COMPLAINTS_MAX) this.complaints.push(`${machine.name}: ${line}`)
    })
  }

  /** Tells it lines of its language. */
  tell(lines: readonly string[]): void {
    this.#child.stdin.write(lines.map((line) => `${line}\n`).join(''))
  }

  /** What was looked up until now; all that it was told before is known to it then. Rejects where it has ended. */
  async counts(): Promise<Counts> {
    this.#child.stdin.write('\n')
    const { value = '' } = await this.#lines.next()
    const [asked, wrong, started, behind] = [...value.matchAll(/\d+/g)].map(Number)
    if (asked === undefined || wrong === undefined || started === undefined || behind === undefined)
      throw new Error(`a witness died: ${value} ${this.complaints.join('; ')}`)
    return { asked, wrong, started, behind }
  }

  /** Ends it without a word, as a power cut does. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
