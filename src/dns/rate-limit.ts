/** Bounds how many replies a network of strangers gets: a table of fixed size, so that addresses without end cost nothing. */
import type { Address } from '../values/index.ts'

/** Token buckets. Networks with the same hash share one: too few replies to strangers do no harm. */
const BUCKETS = 4096
/** The bits of an address that make a network: forged addresses come from whole networks. */
const NETWORK_BITS = { 4: 24, 6: 56 } as const

/** Allows `perSecond` replies a second to each network, and as many at once. */
export class RateLimit {
  readonly #perSecond: number
  readonly #now: () => number
  readonly #left: Float64Array
  readonly #since: Float64Array

  /** `now` tells milliseconds from any start, never going back. */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond
    this.#now = now
    this.#left = new Float64Array(BUCKETS).fill(perSecond)
    this.#since = new Float64Array(BUCKETS).fill(now())
  }

  /** Whether one more reply may go to the address; counts it where it may. */
  allows(address: Address): boolean {
    const bucket = bucketOf(address)
    const now = this.#now()
    const gained = ((now - (this.#since[bucket] ?? now)) * this.#perSecond) / 1000
    const left = Math.min(this.#perSecond, (this.#left[bucket] ?? 0) + gained)
    this.#since[bucket] = now
    this.#left[bucket] = left >= 1 ? left - 1 : left
    return left >= 1
  }
}

function bucketOf({ family, bytes }: Address): number {
  let hash: number = family
  for (let i = 0; i < NETWORK_BITS[family] / 8; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
  return (hash >>> 8) % BUCKETS
}
