/** What is worked out of a generation before it is answered from, in short steps, while the one before is. */
import { type Defer, handlers } from '../values/index.ts'
import type { Responder } from './answer/responder.ts'

/** Prepares generations, one after the other. Of those that come meanwhile only the last is prepared: the others are passed over. */
export class Preparation {
  readonly #defer: Defer
  readonly #ready: (responder: Responder) => void
  #waiting: Responder | undefined
  #isWorking = false
  #isClosed = false

  /** `ready` is called with each one that is prepared: at once if one step is enough. */
  constructor(defer: Defer, ready: (responder: Responder) => void) {
    this.#defer = defer
    this.#ready = ready
  }

  /** Prepares a generation. */
  add(responder: Responder): void {
    this.#waiting = responder
    if (!this.#isWorking) this.#next()
  }

  /** Prepares no more. */
  close(): void {
    this.#isClosed = true
  }

  #next(): void {
    const responder = this.#waiting
    this.#waiting = undefined
    this.#isWorking = responder !== undefined
    if (responder !== undefined) this.#work(responder)
  }

  #work(responder: Responder): void {
    if (this.#isClosed) return
    if (responder.zones.prepare()) {
      const done = (): void => this.#done(responder)
      this.#defer(handlers.guard('DNS preparation', () => this.#work(responder), done))
    } else {
      this.#done(responder)
    }
  }

  #done(responder: Responder): void {
    this.#ready(responder)
    this.#next()
  }
}
