/** The end of the line in both daemons: what a judge let pass is what is served, and every front is given it. */
import type { Log } from '../values/index.ts'
import type { Front } from './fronts/front.ts'
import { NOTHING_SERVED, type Served } from './served.ts'

/** What is served, and the fronts that it is given to. */
export class Pipeline {
  readonly #fronts: readonly Front[]
  readonly #log: Pick<Log, 'error'>
  #served = NOTHING_SERVED
  #isOpen = false

  /**
   * The fronts are opened in this order, and closed the other way round. The first is given each generation before all others,
   * which are given it at once.
   */
  constructor(fronts: readonly Front[], log: Pick<Log, 'error'>) {
    this.#fronts = fronts
    this.#log = log
  }

  /** What is served now. */
  get served(): Served {
    return this.#served
  }

  /** Opens the fronts with what is served. Rejects if one can't be had; then `close` ends those that are open. */
  async open(): Promise<void> {
    const first = this.#served
    for (const front of this.#fronts) await front.open(this.#served)
    this.#isOpen = true
    if (this.#served !== first) await this.#give()
  }

  /**
   * Makes these snapshots, those that changed, what is served: at once here, then in the fronts. Resolves when all have it. Before `open` nothing is announced. Never rejects: a front that fails ends no other.
   */
  async publish(changed: Partial<Served>): Promise<void> {
    this.#served = { ...this.#served, ...changed }
    if (this.#isOpen) await this.#give()
  }

  /** Ends the fronts. */
  async close(): Promise<void> {
    this.#isOpen = false
    for (const front of this.#fronts.toReversed()) await front.close()
  }

  /** Each front gets what is served when its turn comes: of generations that come meanwhile none is given after a newer one. */
  async #give(): Promise<void> {
    const [first, ...others] = this.#fronts
    if (first !== undefined) await this.#giveTo(first)
    await Promise.all(others.map((front) => this.#giveTo(front)))
  }

  async #giveTo(front: Front): Promise<void> {
    try {
      await front.serve(this.#served)
    } catch (error) {
      const generation = this.#served.public?.generation
      this.#log.error({ err: error, front: front.name, generation }, 'a front does not serve this generation')
    }
  }
}
