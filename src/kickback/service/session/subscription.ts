/** A client as a follower of generations: which one it says that it holds, and which it was told of. */

import { hex } from '../../../values/index.ts'
import type { Reply } from '../../wire/protocol.ts'
import type { Generations } from '../generations.ts'
import type { Held } from '../holdings.ts'
import { announcement } from '../operations.ts'

/** What a subscription needs of the session's server. */
export interface SubscriptionOptions {
  /** What is announced. */
  readonly generations: Pick<Generations, 'current' | 'published'>
  /** Counts one more subscriber; false if there are too many. */
  readonly mayFollow: () => boolean
  /** Counts it no longer. */
  readonly onUnfollowed: () => void
  /** Told of what it holds, once it follows: what it held before, and what it holds now. */
  readonly onHeld: (before: Held | undefined, after: Held | undefined) => void
}

/** The subscription of one session. */
export class Subscription {
  readonly #options: SubscriptionOptions
  /** The request that asked for it; announcements answer that. */
  #id: number | undefined
  /** How many generations had been published when the last one was announced. */
  #announced = 0
  #held: Held | undefined
  #beats = false

  constructor(options: SubscriptionOptions) {
    this.#options = options
  }

  /** Whether it gets announcements. */
  get follows(): boolean {
    return this.#id !== undefined
  }

  /** Whether it gets signs of life too. */
  get beats(): boolean {
    return this.follows && this.#beats
  }

  /** The generation that it reported; undefined if it has not reported, or does not follow. */
  get held(): Held | undefined {
    return this.follows ? this.#held : undefined
  }

  /** It reports which generation it holds, with its digest or without. */
  holds(generation: number, digest?: Uint8Array): void {
    const before = this.held
    const known = this.#held?.generation === generation ? this.#held.digest : undefined
    this.#held = { generation, digest: digest === undefined ? known : hex(digest) }
    if (this.follows) this.#options.onHeld(before, this.#held)
  }

  /**
   * It wants announcements, under the id of this request, from the next generation on, and signs of life if `beats`. False if there are
   * too many who do.
   */
  begin(id: number, beats = false): boolean {
    if (!this.follows) {
      if (!this.#options.mayFollow()) return false
      this.#options.onHeld(undefined, this.#held)
    }
    this.#id = id
    this.#beats = beats
    this.#announced = this.#options.generations.published
    return true
  }

  /** The announcement of the current generation, where it has to be told of it; from then on it was told. */
  news(): ({ readonly id: number } & Reply<'SUBSCRIBE'>) | undefined {
    const { current, published } = this.#options.generations
    if (this.#id === undefined || current === undefined || published === this.#announced) return undefined
    this.#announced = published
    return { id: this.#id, ...announcement(current) }
  }

  /** A sign of life: what is current, once more or as news. */
  again(): ({ readonly id: number } & Reply<'SUBSCRIBE'>) | undefined {
    const { current, published } = this.#options.generations
    if (this.#id === undefined || current === undefined) return undefined
    this.#announced = published
    return { id: this.#id, ...announcement(current) }
  }

  /** Its session has ended. */
  end(): void {
    if (this.follows) {
      this.#options.onHeld(this.held, undefined)
      this.#options.onUnfollowed()
    }
    this.#id = undefined
  }
}
