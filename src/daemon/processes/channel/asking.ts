/** What a process asks its daemon by the channel: a few questions at a time, each with an end. */
import { type Clock, sleep } from '../../../values/index.ts'
import type { HttpSources } from '../../http/http-front.ts'
import { UntoldError } from '../../http/http-server.ts'
import type { Reading } from '../../metrics/reading.ts'

/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 4000
/** How many questions may wait. Those who cause them gather before. */
const WAITING_MAX = 32
/** How many may wait where each of them may wait for a disk. */
export const MANY_WAITING = 4096

/** A question. */
interface Ask {
  readonly id: number
  readonly what: string
  readonly of: { readonly [name: string]: string }
}

/** The questions of a process. */
export class Asking {
  readonly #clock: Clock
  readonly #send: (ask: Ask) => void
  readonly #max: number
  readonly #waiting = new Map<number, (given: object | undefined) => void>()
  #last = 0

  /** `send` sends one; `max` of them may wait. */
  constructor(clock: Clock, send: (ask: Ask) => void, max = WAITING_MAX) {
    this.#clock = clock
    this.#send = send
    this.#max = max
  }

  /** What HTTP answers from. */
  get sources(): HttpSources {
    return { reading: async () => (await this.ask('reading')) as Reading, ask: (what, of) => this.ask(what, of) }
  }

  /** An answer came; undefined: there is none. */
  given(id: number, given: object | undefined): void {
    this.#waiting.get(id)?.(given)
  }

  /** There will be no more answers. */
  close(): void {
    for (const give of this.#waiting.values()) give(undefined)
  }

  /** Asks. Rejects with UntoldError where it gets no answer. */
  async ask(what: string, of: Ask['of'] = {}): Promise<object> {
    if (this.#waiting.size >= this.#max) throw new UntoldError(`too many questions wait for the daemon: ${what}`)
    const id = ++this.#last
    const done = new AbortController()
    let given: object | undefined
    const answer = new Promise<void>((resolve) => {
      this.#waiting.set(id, (value) => {
        given = value
        resolve()
      })
    })
    this.#send({ id, what, of })
    await Promise.race([answer, sleep(this.#clock, PATIENCE, done.signal)])
    done.abort()
    this.#waiting.delete(id)
    if (given === undefined) throw new UntoldError(`the daemon does not tell: ${what}`)
    return given
  }
}
