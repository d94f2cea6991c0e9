/** The end of the line in both daemons: what a judge let pass is what is served, every front is given it, and a store keeps it. */
import type { Delta, Difference, Snapshot } from '../resolver/index.ts'
import type { Log } from '../values/index.ts'
import type { Front } from './fronts/front.ts'
import { NOTHING_SERVED, type Served } from './served.ts'
import type { SourceContent } from './sources/source.ts'

/** What a public generation came from, for the store. */
export interface Origin {
  /** What is different from what was served before it. */
  readonly difference: Difference
  /** What makes it of what was served before it, where that was worked out. */
  readonly delta?: Delta | undefined
  /** The configuration that it was made from; absent if that is the one of before, undefined if it is not known. */
  readonly config?: SourceContent | undefined
}

/** Where public generations are kept. Resolves when one is kept, or cannot be: never rejects. */
type Keep = (snapshot: Snapshot, from: Origin) => Promise<void>

/** What is served, and the fronts that it is given to. */
export class Pipeline {
  readonly #fronts: readonly Front[]
  readonly #log: Pick<Log, 'error'>
  readonly #keep: Keep
  #served = NOTHING_SERVED
  /** What is served came from this. */
  #from: Origin = { difference: {} }
  #kept: Snapshot | undefined
  #isOpen = false

  /**
   * The fronts are opened in this order, and closed the other way round. The first is given each generation before all others,
   * which are given it at once. What all have is kept, where there is a store.
   */
  constructor(fronts: readonly Front[], log: Pick<Log, 'error'>, keep: Keep = async () => {}) {
    this.#fronts = fronts
    this.#log = log
    this.#keep = keep
  }

  /** What is served now. */
  get served(): Served {
    return this.#served
  }

  /** The configuration that what is served was made from; undefined if that is not known. */
  get config(): SourceContent | undefined {
    return this.#from.config
  }

  /** Opens the fronts with what is served. Rejects if one can't be had; then `close` ends those that are open. */
  async open(): Promise<void> {
    const first = this.#served
    for (const front of this.#fronts) await front.open(this.#served)
    this.#isOpen = true
    if (this.#served !== first) await this.#give()
    await this.#store()
  }

  /**
   * Makes these snapshots, those that changed, what is served: at once here, then in the fronts, then in the store. Resolves when all
   * have it. Before `open` nothing is announced. Never rejects: a front that fails ends no other.
   */
  async publish(changed: Partial<Served>, from: Origin = { difference: {} }): Promise<void> {
    this.#served = { ...this.#served, ...changed, ...(changed.public !== undefined && { delta: from.delta }) }
    if (changed.public !== undefined) this.#from = { config: this.#from.config, ...from }
    if (!this.#isOpen) return
    await this.#give()
    await this.#store()
  }

  /** Ends the fronts. */
  async close(): Promise<void> {
    this.#isOpen = false
    for (const front of this.#fronts.toReversed()) await front.close()
  }

  /** Keeps what is served, each generation once. */
  async #store(): Promise<void> {
    const snapshot = this.#served.public
    if (snapshot === undefined || snapshot === this.#kept) return
    this.#kept = snapshot
    await this.#keep(snapshot, this.#from)
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
