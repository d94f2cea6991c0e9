/** The nodes that wait for other shadow entries than those that they hold: one wait for each connection. */
import { type Clock, defer, handlers, inBatches, sleep } from '../../../values/index.ts'
import { SHADOW_WAIT } from '../../wire/protocol.ts'

/** A wait that is open. */
interface Open {
  /** Whether there is something else by now. */
  readonly isNews: () => boolean
  readonly end: AbortController
}

/** How many are ended in one turn of the event loop: each costs a signature. */
const BATCH = 64

/** The open waits of a service. */
export class ShadowWaits {
  readonly #clock: Clock
  readonly #open = new Map<object, Open>()
  /** Answers that may be signed, and wait for their turn of the event loop. */
  #due: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size
  }

  /** Resolves once there is news for a client, or after SHADOW_WAIT seconds. One that waits already does not wait twice. */
  async wait(client: object, isNews: () => boolean): Promise<void> {
    if (this.#open.has(client)) return
    const open: Open = { isNews, end: new AbortController() }
    this.#open.set(client, open)
    await sleep(this.#clock, SHADOW_WAIT * 1000, open.end.signal)
    this.finish(client)
  }

  /** Resolves in a turn of the event loop in which few others are signed for: what was noted on disk was noted for very many at once. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#due.push(resolve) === 1) this.#turnLater()
    })
  }

  #turnLater(): void {
    const work = (): void => {
      const batch = this.#due.slice(0, BATCH)
      this.#due = this.#due.slice(BATCH)
      if (this.#due.length > 0) this.#turnLater()
      for (const resolve of batch) resolve()
    }
    defer(handlers.guard('next batch', work, work))
  }

  /** Ends the waits of those for whom there is news. */
  look(): void {
    inBatches([...this.#open.values()], BATCH, ({ isNews, end }) => {
      if (isNews()) end.abort()
    })
  }

  /** Ends the wait of a client. */
  finish(client: object): void {
    this.#open.get(client)?.end.abort()
    this.#open.delete(client)
  }
}
