/** Faults that happen to a cluster, step by step, many of them at the same time. */
import type { FaultyCluster } from './cluster.ts'
import { KINDS } from './kinds.ts'
import { drawFaults } from './schedule.ts'

/** How many look-ups each node makes between two faults. */
const LOOK_UPS = 30

/** A fault that lasts. */
interface Lasting {
  readonly title: string
  readonly name: string
  readonly until: number
  readonly end: () => void | Promise<void>
}

/** The faults of a cluster. */
export class Faults {
  readonly #cluster: FaultyCluster
  readonly #say: (line: string) => void
  #lasting: readonly Lasting[] = []

  /** `say` is told each fault, and each end. */
  constructor(cluster: FaultyCluster, say: (line: string) => void) {
    this.#cluster = cluster
    this.#say = say
  }

  /** Lets so many faults of a seed happen, one a step. Those that last are over at the end; what is wrong then is for the caller. */
  async happen(seed: number, count: number): Promise<void> {
    for (const [step, { kind, on, steps, value }] of drawFaults(seed, count, KINDS).entries()) {
      await this.#end(({ until }) => until <= step)
      const what = KINDS.find(({ name }) => name === kind)
      const among = what?.among(this.#cluster) ?? []
      const one = among[on % among.length]
      if (what === undefined || one === undefined) throw new Error(`no ${kind}`)
      const title = `${one.name}: ${kind}`
      await this.#end((lasting) => lasting.title === title)
      this.#say(`${step} ${title} for ${steps} (${value})`)
      const end = await what.begin(this.#cluster, one, value)
      if (end !== undefined) this.#lasting = [...this.#lasting, { title, name: one.name, until: step + steps, end }]
      this.#cluster.troubled = new Set(this.#lasting.map(({ name }) => name))
      await this.#cluster.asked(LOOK_UPS)
    }
    await this.#end(() => true)
  }

  async #end(isOver: (one: Lasting) => boolean): Promise<void> {
    const over = this.#lasting.filter(isOver)
    this.#lasting = this.#lasting.filter((one) => !over.includes(one))
    for (const { title, end } of over) {
      this.#say(`over: ${title}`)
      await end()
    }
    this.#cluster.troubled = new Set(this.#lasting.map(({ name }) => name))
  }
}
