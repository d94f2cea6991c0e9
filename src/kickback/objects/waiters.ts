/** Requests that wait for news. However many there are, they are answered so many a second: they do not come back all at once. */
import { type Clock, handlers } from '../../values/index.ts'

/** How many may wait. */
const WAITERS_MAX = 16_384
/** How many are answered at once when there is news, and how long after them the next, in milliseconds: a thousand a second. */
const RELEASE = { each: 20, every: 20 } as const
/** The least part of its time that one waits: those that came at the same time do not leave at the same time. */
const LEAST_PART = 0.9

/** What waits. */
interface Waiter {
  /** The digest that it has, in hex. */
  readonly after: string
  readonly answer: () => void
  cancelEnd: () => void
}

/** Those that wait for another digest than the one that they have. */
export class Waiters {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #max: number
  readonly #waiting = new Set<Waiter>()
  /** Those for whom there is news, in the order in which they are told. */
  readonly #told = new Set<Waiter>()
  #cancelRelease: (() => void) | undefined

  /** `random` gives 0 <= random() < 1. */
  constructor(clock: Clock, random: () => number, max = WAITERS_MAX) {
    this.#clock = clock
    this.#random = random
    this.#max = max
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /**
   * Has `answer` called once there is another digest than `after`, or when about `seconds` have passed. The function that comes back calls it
   * off; undefined where as many wait as may.
   */
  add(after: string, seconds: number, answer: () => void): (() => void) | undefined {
    if (this.#waiting.size >= this.#max) return undefined
    const waiter: Waiter = { after, answer, cancelEnd: () => {} }
    const wait = seconds * 1000 * (LEAST_PART + (1 - LEAST_PART) * this.#random())
    const end = (): void => this.#answer(waiter)
    waiter.cancelEnd = this.#clock.after(
      wait,
      handlers.guard('objects wait', end, () => this.#forget(waiter)),
    )
    this.#waiting.add(waiter)
    return () => this.#forget(waiter)
  }

  /** There is content with this digest now. */
  news(digest: string): void {
    for (const waiter of this.#waiting) {
      if (waiter.after === digest) this.#told.delete(waiter)
      else this.#told.add(waiter)
    }
    if (this.#cancelRelease === undefined) this.#release()
  }

  /** Nobody waits any more; none is answered. */
  close(): void {
    for (const waiter of [...this.#waiting]) this.#forget(waiter)
    this.#cancelRelease?.()
    this.#cancelRelease = undefined
  }

  #release(): void {
    this.#cancelRelease = undefined
    if (this.#told.size === 0) return
    const release = (): void => this.#release()
    this.#cancelRelease = this.#clock.after(RELEASE.every, handlers.guard('objects news', release))
    let left = RELEASE.each
    for (const waiter of this.#told) {
      if (left-- === 0) return
      this.#answer(waiter)
    }
  }

  #answer(waiter: Waiter): void {
    this.#forget(waiter)
    waiter.answer()
  }

  #forget(waiter: Waiter): void {
    waiter.cancelEnd()
    this.#waiting.delete(waiter)
    this.#told.delete(waiter)
  }
}
