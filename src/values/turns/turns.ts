/**
 * Turns of the event loop, shared out among connections: what all of them together may do in one turn is bounded, so that new
 * connections are accepted and timers run, however much is asked. Who has more to do than its slice waits for its next one.
 */
import { type Clock, defer } from '../clock.ts'
import { handlers } from '../handlers.ts'

/** What has work to do: a connection. */
export interface Worker<Kind extends string> {
  /** Among whom it has its turns: the kinds are served one after the other, however many workers each has. */
  readonly kind: Kind
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
 * Who waits of one kind. Workers that come with new work and those that have had a slice stand in two queues and are served by turns: one
 * small question waits for a slice or two, however many others go through whole databases.
 */
class Waiting<Kind extends string> {
  readonly fresh = new Set<Worker<Kind>>()
  readonly served = new Set<Worker<Kind>>()
  #isFreshNext = true

  /** How many there are. */
  get size(): number {
    return this.fresh.size + this.served.size
  }

  /** The next one of either queue by turns. */
  next(): Worker<Kind> | undefined {
    const queues = this.#isFreshNext ? [this.fresh, this.served] : [this.served, this.fresh]
    this.#isFreshNext = !this.#isFreshNext
    for (const queue of queues) {
      for (const worker of queue) {
        queue.delete(worker)
        return worker
      }
    }
    return undefined
  }
}

/**
 * Shares out turns among the kinds of workers, and within a kind among those who wait: a user with a program on every node delays neither
 * the nodes nor the programs of this machine. All doors of a process that have work of the same sort share one of these.
 */
export class Turns<Kind extends string> {
  readonly #clock: Clock
  readonly #waiting: { readonly [K in Kind]: Waiting<Kind> }
  readonly #kinds: readonly Kind[]
  /** Which kind is next. */
  #turnOf = 0
  #isScheduled = false
  #end = 0
  #hasNewcomer = false
  #newcomers = 0

  /** `kinds` are all kinds that workers may have. */
  constructor(clock: Clock, kinds: readonly Kind[]) {
    this.#clock = clock
    this.#kinds = kinds
    this.#waiting = Object.fromEntries(kinds.map((kind) => [kind, new Waiting()])) as { [K in Kind]: Waiting<Kind> }
  }

  /** How many wait for a turn. */
  get waiting(): number {
    return this.#kinds.reduce((sum, kind) => sum + this.#waiting[kind].size, 0)
  }

  /** There is work: it is done at once if this turn of the loop has time left and no other worker waits, else later. */
  ask(worker: Worker<Kind>): void {
    const { fresh, served } = this.#waiting[worker.kind]
    if (fresh.has(worker) || served.has(worker)) return
    this.#schedule()
    if (this.waiting === 0 && this.#clock.now() < this.#end) {
      this.#serve(worker)
    } else {
      fresh.add(worker)
      worker.waits()
    }
  }

  /** A connection was accepted: others may wait behind it. */
  newcomer(): void {
    this.#hasNewcomer = true
  }

  /** The worker has gone. */
  forget(worker: Worker<Kind>): void {
    const { fresh, served } = this.#waiting[worker.kind]
    fresh.delete(worker)
    served.delete(worker)
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

  /** The next one of the kind whose turn it is, or of the kinds after it where none of that waits. */
  #next(): Worker<Kind> | undefined {
    for (let i = 0; i < this.#kinds.length; i++) {
      const kind = this.#kinds[this.#turnOf] as Kind
      this.#turnOf = (this.#turnOf + 1) % this.#kinds.length
      const worker = this.#waiting[kind].next()
      if (worker !== undefined) return worker
    }
    return undefined
  }

  #serve(worker: Worker<Kind>): void {
    const work = (): void => {
      const hasMore = worker.work(Math.min(this.#end, this.#clock.now() + SLICE_MS))
      if (!hasMore) return
      this.#waiting[worker.kind].served.add(worker)
      worker.waits()
    }
    handlers.guard('connection turn', work, () => worker.giveUp())()
  }
}
