/**
 * Turns of the event loop, shared out among connections: what all of them together may do in one turn is bounded, so that new
 * connections are accepted and timers run, however much is asked. Who has more to do than its slice waits for its next one.
 */
import { type Clock, defer, handlers } from '../../../values/index.ts'

/** What has work to do: a connection. */
export interface Worker {
  /** Works until this time on the clock, or a little less or longer; whether there is more to do. */
  work(until: number): boolean
  /** Called if it has to wait for its turn, which comes. */
  waits(): void
  /** Gives up: something unexpected happened in its work. */
  giveUp(): void
}

/** How long one turn of the event loop may work for all connections together, in milliseconds. */
export const TURN_MS = 2
/** How long one connection may work before another has its turn, in milliseconds. */
export const SLICE_MS = 0.5
/** How many turns in a row are left to newcomers: the event loop accepts one connection a turn. */
export const NEWCOMERS_MAX = 32

/**
 * Shares out turns. Workers that come with new work and those that have had a slice stand in two queues and are served by
 * turns: one small question waits for a slice or two, however many others go through whole databases.
 */
export class Turns {
  readonly #clock: Clock
  readonly #fresh = new Set<Worker>()
  readonly #served = new Set<Worker>()
  #isFreshNext = true
  #isScheduled = false
  #end = 0
  #hasNewcomer = false
  #newcomers = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many wait for a turn. */
  get waiting(): number {
    return this.#fresh.size + this.#served.size
  }

  /** There is work: it is done at once if this turn of the loop has time left and no other worker waits, else later. */
  ask(worker: Worker): void {
    if (this.#fresh.has(worker) || this.#served.has(worker)) return
    this.#schedule()
    if (this.waiting === 0 && this.#clock.now() < this.#end) {
      this.#serve(worker)
    } else {
      this.#fresh.add(worker)
      worker.waits()
    }
  }

  /** A connection was accepted: others may wait behind it. */
  newcomer(): void {
    this.#hasNewcomer = true
  }

  /** The worker has gone. */
  forget(worker: Worker): void {
    this.#fresh.delete(worker)
    this.#served.delete(worker)
  }

  /** Sees that a turn is counted as over when it is. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    if (this.waiting === 0) this.#end = this.#clock.now() + TURN_MS
    const again = (): void => {
      this.#isScheduled = false
      if (this.waiting > 0) this.#schedule()
    }
    defer(handlers.guard('turn of the loop', () => this.#turn(), again))
  }

  #turn(): void {
    this.#isScheduled = false
    if (this.waiting === 0) return
    this.#schedule()
    const isLeft = this.#hasNewcomer && this.#newcomers < NEWCOMERS_MAX
    this.#hasNewcomer = false
    this.#newcomers = isLeft ? this.#newcomers + 1 : 0
    if (isLeft) return
    this.#end = this.#clock.now() + TURN_MS
    do {
      const worker = this.#next()
      if (worker === undefined) return
      this.#serve(worker)
    } while (this.#clock.now() < this.#end)
  }

  /** The next one of either queue by turns. */
  #next(): Worker | undefined {
    const queues = this.#isFreshNext ? [this.#fresh, this.#served] : [this.#served, this.#fresh]
    this.#isFreshNext = !this.#isFreshNext
    for (const queue of queues) {
      for (const worker of queue) {
        queue.delete(worker)
        return worker
      }
    }
    return undefined
  }

  #serve(worker: Worker): void {
    const work = (): void => {
      const hasMore = worker.work(Math.min(this.#end, this.#clock.now() + SLICE_MS))
      if (!hasMore) return
      this.#served.add(worker)
      worker.waits()
    }
    handlers.guard('session turn', work, () => worker.giveUp())()
  }
}
