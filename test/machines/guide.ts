/** A page that is read and typed, command by command, on the machines that its prompts name. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Block, blocksOf, isPromised, type Turn, turnsOf } from '../documents/blocks.ts'
import { root } from '../end-to-end/served.ts'
import type { Machine } from './machine.ts'

/** Where a `beowulf` block of a guide is written, on the master. */
const CONFIG = '/etc/beowulf/config'

/** What a reader does with the machines of a guide: they are named as the prompts name them. */
export class Reader {
  readonly #machines: ReadonlyMap<string, Machine>
  /** What was printed last by a command that makes a join token: the reader pastes it where a token is asked for. */
  #token = ''

  constructor(machines: readonly Machine[]) {
    this.#machines = new Map(machines.map((machine) => [machine.name, machine]))
  }

  /** Does all that a page says, in its order. */
  async read(t: Test, page: string): Promise<void> {
    for (const block of blocksOf(readFileSync(join(root, page), 'utf8'))) await this.#follow(t, block)
  }

  async #follow(t: Test, block: Block): Promise<void> {
    if (block.language === 'beowulf') await this.#machine('master').put(CONFIG, `${block.lines.join('\n')}\n`)
    if (block.language !== 'machines') return
    for (const turn of turnsOf(block)) {
      const seen = await this.#type(turn)
      const title = `line ${block.line}: ${turn.machine}# ${turn.command}`
      if (isPromised(turn.output, seen)) t.pass(title)
      else t.equal(seen, `${turn.output.join('\n')}\n`, title)
    }
  }

  /** Types a command, and gives all that it prints. */
  async #type({ machine, command }: Turn): Promise<string> {
    const stdin = command.includes('--token-file -') ? `${this.#token}\n` : ''
    const script = `cd /root && exec 2>&1\n${command}\n`
    const { stdout } = await this.#machine(machine).execute(['bash', '-c', script], { stdin })
    if (command.startsWith('kickback keys token')) this.#token = stdout.split('\n')[0] ?? ''
    return asTerminal(stdout)
  }

  #machine(name: string): Machine {
    const machine = this.#machines.get(name)
    if (machine === undefined) throw new Error(`no machine ${name}`)
    return machine
  }
}

/** What a terminal shows in the end: what stands before a carriage return is written over. */
function asTerminal(output: string): string {
  return output.replaceAll(/\r+\n/g, '\n').replaceAll(/[^\n\r]*\r/g, '')
}
