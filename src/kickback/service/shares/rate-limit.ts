/** A bound on how often something costly is done, for each asker and for all of them together. */
import type { Clock } from '../../../values/index.ts'

/** A rate: so many a second in the long run, and so many at once after a rest. */
interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** How many askers are remembered; the one that asked longest ago is forgotten, and starts anew. */
const ASKERS_MAX = 16_384

/** What an asker has left, as it was at a time. */
interface Allowance {
  left: number
  at: number
}

/** Counts what askers take. Who has taken all gets nothing until time has given some back. */
export class RateLimit {
  readonly #clock: Clock
  readonly #each: Rate
  readonly #all: Rate
  readonly #askers = new Map<string, Allowance>()
  readonly #together: Allowance

  /** `each` bounds one asker, `all` all of them together. */
  constructor(clock: Clock, each: Rate, all: Rate) {
    this.#clock = clock
    this.#each = each
    this.#all = all
    this.#together = { left: all.burst, at: clock.now() }
  }

  /** How many askers are remembered. */
  get askers(): number {
    return this.#askers.size
  }

  /** Takes one for this asker; false if it, or all together, have nothing left: then nothing is taken. */
  take(asker: string): boolean {
    const own = this.#allowance(asker)
    if (this.#left(own, this.#each) < 1 || this.#left(this.#together, this.#all) < 1) return false
    own.left--
    this.#together.left--
    return true
  }

  /** The asker's own, as the newest of the list. */
  #allowance(asker: string): Allowance {
    const own = this.#askers.get(asker) ?? { left: this.#each.burst, at: this.#clock.now() }
    this.#askers.delete(asker)
    this.#askers.set(asker, own)
    const [oldest] = this.#askers.keys()
    if (this.#askers.size > ASKERS_MAX && oldest !== undefined) this.#askers.delete(oldest)
    return own
  }

  #left(allowance: Allowance, { perSecond, burst }: Rate): number {
    const now = this.#clock.now()
    allowance.left = Math.min(burst, allowance.left + ((now - allowance.at) / 1000) * perSecond)
    allowance.at = now
    return allowance.left
  }
}
