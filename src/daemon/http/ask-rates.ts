/** How many requests are put to the daemon: so many a second in all, and of one address; the others are told when. Look-ups go first there. */
import type { Clock } from '../../values/index.ts'

/**
 * A node asks four times for each boot. Of a thousand that boot at once some are told to wait a few seconds. Strangers, who are sent to their
 * disks, share a small part of all.
 */
const PER_SECOND = { all: 1000, perAddress: 40, strangers: 100, perStranger: 5 }
/** From this part of a second's requests on those who had so many of them wait: who has asked less goes first. */
const CROWDED = { from: 500, had: 4 }
/** For how long an address is a stranger after the daemon said so, in milliseconds, and of how many that is known at most. */
const STRANGER = { lasts: 60_000, most: 10_000 }
/**
 * How many of those who were refused are told to come in the same second: half of all, as others come for the first time then. Nobody is
 * promised a second that is further away than so many.
 */
const QUEUE = { perSecond: 500, seconds: 14 }
const SECOND = 1000

/** Counts requests by the second. */
export class AskRates {
  readonly #clock: Pick<Clock, 'now'>
  readonly #counts = new Map<string, number>()
  /** Since when each is one, the longest first. */
  readonly #strangers = new Map<string, number>()
  /** When each of those who wait is to come, about in this order. */
  readonly #due = new Map<string, number>()
  #second = Number.NEGATIVE_INFINITY
  #all = 0
  #ofStrangers = 0

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Whether a request of this address may be put now; it counts then. */
  take(address: string): boolean {
    const now = this.#clock.now()
    if (now - this.#second >= SECOND) {
      this.#second = now
      this.#all = 0
      this.#ofStrangers = 0
      this.#counts.clear()
    }
    const count = this.#counts.get(address) ?? 0
    const isStranger = this.#isStranger(address)
    if (!(isStranger ? this.#hasRoomForStranger(count) : this.#hasRoom(count))) return false
    this.#due.delete(address)
    this.#all++
    if (isStranger) this.#ofStrangers++
    this.#counts.set(address, count + 1)
    return true
  }

  /**
   * After how many seconds an address whose request was not put is to ask again, so that as many come in a second as have room; the same
   * moment however often it asks before. Undefined for strangers, for who has asked too much, and where too many wait: they have no place.
   */
  secondsUntilRoom(address: string): number | undefined {
    if (this.#isStranger(address) || (this.#counts.get(address) ?? 0) >= CROWDED.had) return undefined
    const now = this.#clock.now()
    for (const [other, due] of this.#due) {
      if (due > now) break
      this.#due.delete(other)
    }
    let due = this.#due.get(address) ?? 0
    if (due <= now) {
      const seconds = 1 + Math.floor(this.#due.size / QUEUE.perSecond)
      if (seconds > QUEUE.seconds) return undefined
      due = now + seconds * SECOND
      this.#due.delete(address)
      this.#due.set(address, due)
    }
    return Math.ceil((due - now) / SECOND)
  }

  /** The daemon does not know this address as that of a node. */
  stranger(address: string): void {
    this.#strangers.delete(address)
    this.#strangers.set(address, this.#clock.now())
    const [longest] = this.#strangers.keys()
    if (this.#strangers.size > STRANGER.most && longest !== undefined) this.#strangers.delete(longest)
  }

  #isStranger(address: string): boolean {
    return this.#clock.now() - (this.#strangers.get(address) ?? Number.NEGATIVE_INFINITY) < STRANGER.lasts
  }

  #hasRoom(count: number): boolean {
    if (this.#all >= PER_SECOND.all || count >= PER_SECOND.perAddress) return false
    return this.#all < CROWDED.from || count < CROWDED.had
  }

  #hasRoomForStranger(count: number): boolean {
    return this.#ofStrangers < PER_SECOND.strangers && count < PER_SECOND.perStranger && this.#hasRoom(count)
  }
}
