/**
 * Questions that got no answer a short time ago: they are not asked again for a while (RFC 9520), so that neither a
 * client that tries again and again, nor servers that ask each other in a circle, cause endless work.
 */

/** Remembers failed questions, so many and for so long. */
export class Failures {
  readonly #most: number
  readonly #keep: number
  readonly #now: () => number
  /** By question, oldest first. */
  readonly #failed = new Map<string, { readonly until: number; readonly rcode: number }>()

  /** `most` questions, each for `keep` milliseconds; `now` tells milliseconds from any start, never going back. */
  constructor(most: number, keep: number, now: () => number) {
    this.#most = most
    this.#keep = keep
    this.#now = now
  }

  /** How many are remembered. */
  get size(): number {
    return this.#failed.size
  }

  /** Remembers with which code a question failed. */
  remember(key: string, rcode: number): void {
    this.#failed.delete(key)
    const [oldest] = this.#failed.keys()
    if (oldest !== undefined && this.#failed.size >= this.#most) this.#failed.delete(oldest)
    this.#failed.set(key, { until: this.#now() + this.#keep, rcode })
  }

  /** The code with which a question failed lately; undefined if it did not. */
  rcodeOf(key: string): number | undefined {
    const failure = this.#failed.get(key)
    if (failure === undefined || failure.until > this.#now()) return failure?.rcode
    this.#failed.delete(key)
    return undefined
  }
}
