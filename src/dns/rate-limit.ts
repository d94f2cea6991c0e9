/** Bounds how much the networks of askers get: a table of fixed size, so that addresses without end cost nothing. */
import type { Address } from '../values/index.ts'

/** Token buckets. Networks with the same hash share one. */
const BUCKETS = 1 << 14

/** How much one network gets. */
export interface NetworkRate {
  readonly perSecond: number
  /** How much at once after a rest. */
  readonly burst: number
  /** The bits of an address that make a network: forged addresses come from whole networks. Multiples of 8. */
  readonly bits: { readonly 4: number; readonly 6: number }
}

/** What each network has left. */
export class RateLimit {
  readonly #rate: NetworkRate
  readonly #now: () => number
  readonly #left: Float64Array
  readonly #since: Float64Array

  /**
   * `now` tells milliseconds from any start, never going back. `of`: how many servers answer at the address. The system gives each of them
   * its share of the ports that requests come from, so together they give what one alone would give to a network that uses many.
   */
  constructor(rate: NetworkRate, now: () => number, of = 1) {
    this.#rate = of === 1 ? rate : partOf(rate, of)
    const { burst } = this.#rate
    this.#now = now
    this.#left = new Float64Array(BUCKETS).fill(burst)
    this.#since = new Float64Array(BUCKETS).fill(now())
  }

  /** What the network of an address has left. */
  left(address: Address): number {
    return this.#gained(bucketOf(address, this.#rate.bits))
  }

  /** Takes so much, or all that is left. */
  take(address: Address, amount: number): void {
    const bucket = bucketOf(address, this.#rate.bits)
    this.#left[bucket] = Math.max(0, this.#gained(bucket) - amount)
  }

  /** Whether there is one more for the address; takes it where there is. */
  allows(address: Address): boolean {
    if (this.left(address) < 1) return false
    this.take(address, 1)
    return true
  }

  /** What a bucket has left by now. */
  #gained(bucket: number): number {
    const { perSecond, burst } = this.#rate
    const now = this.#now()
    const gained = ((now - (this.#since[bucket] ?? now)) * perSecond) / 1000
    const left = Math.min(burst, (this.#left[bucket] ?? 0) + gained)
    this.#since[bucket] = now
    this.#left[bucket] = left
    return left
  }
}

/** What one of several servers gives; less than one at once would be nothing. */
function partOf(rate: NetworkRate, of: number): NetworkRate {
  return { ...rate, perSecond: rate.perSecond / of, burst: Math.max(1, rate.burst / of) }
}

function bucketOf({ family, bytes }: Address, bits: NetworkRate['bits']): number {
  let hash: number = family
  for (let i = 0; i < bits[family] / 8; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
  return (hash >>> 8) % BUCKETS
}
