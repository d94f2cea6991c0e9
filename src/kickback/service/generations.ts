/** The generations of one snapshot that can be asked for: the current one, and the one before it. */
import type { Snapshot } from '../../resolver/index.ts'

/**
 * The last two generations. A reload is one swap of a reference; who was in the middle of the previous one (an enumeration, a
 * transfer) can finish there.
 */
export class Generations {
  #current: Snapshot | undefined
  #previous: Snapshot | undefined

  /** The generation that questions are answered from; undefined before the first. */
  get current(): Snapshot | undefined {
    return this.#current
  }

  /** Makes a snapshot the current one. */
  serve(snapshot: Snapshot): void {
    this.#previous = this.#current
    this.#current = snapshot
  }

  /** The snapshot with this number, or undefined if it is gone or was never there. */
  numbered(generation: number): Snapshot | undefined {
    return [this.#current, this.#previous].find((snapshot) => snapshot?.generation === generation)
  }
}
