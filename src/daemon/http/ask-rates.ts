/** How many requests are put to the daemon: so many a second in all, and of one address. Look-ups go first there. */
import type { Clock } from '../../values/index.ts'

/**
 * A node asks four times for each boot. A thousand that boot at once are told to wait a few seconds. Strangers, who are sent to their disks,
 * share a small part of all.
 */
const PER_SECOND = { all: 1000, perAddress: 40, strangers: 100, perStranger: 5 }
/** From this part of a second's requests on those who had so many of them wait: who has asked less goes first. */
const CROWDED = { from: 500, had: 4 }
/** For how long an address is a stranger after the daemon said so, in milliseconds, and of how many that is known at most. */
const STRANGER = { lasts: 60_000, most: 10_000 }
const SECOND = 1000

/** Counts requests by the second. */
export class AskRates {
  readonly #clock: Pick<Clock, 'now'>
  readonly #counts = new Map<string, number>()
  /** Since when each is one, the longest first. */
  readonly #strangers = new Map<string, number>()
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
    const isStranger = now - (this.#strangers.get(address) ?? Number.NEGATIVE_INFINITY) < STRANGER.lasts
    if (!(isStranger ? this.#hasRoomForStranger(count) : this.#hasRoom(count))) return false
    this.#all++
    if (isStranger) this.#ofStrangers++
    this.#counts.set(address, count + 1)
    return true
  }

  /** The daemon does not know this address as that of a node. */
  stranger(address: string): void {
    this.#strangers.delete(address)
    this.#strangers.set(address, this.#clock.now())
    const [longest] = this.#strangers.keys()
    if (this.#strangers.size > STRANGER.most && longest !== undefined) this.#strangers.delete(longest)
  }

  #hasRoom(count: number): boolean {
    if (this.#all >= PER_SECOND.all || count >= PER_SECOND.perAddress) return false
    return this.#all < CROWDED.from || count < CROWDED.had
  }

  #hasRoomForStranger(count: number): boolean {
    return this.#ofStrangers < PER_SECOND.strangers && count < PER_SECOND.perStranger && this.#hasRoom(count)
  }
}
