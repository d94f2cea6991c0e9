/** The boot endpoint where the settings say so, at each place once this machine has the address. */
import { placeName } from '../../kickback/index.ts'
import { background, type Clock, type HostPort, type Log, messageOf, systemErrorCode } from '../../values/index.ts'
import { AddressWait } from '../fronts/address-wait.ts'
import { BootAnswers, type BootCounters } from './boot-answers.ts'
import { HttpServer } from './http-server.ts'
import type { AskDaemon } from './pages.ts'

/** What the endpoint is made of. */
export interface BootFrontParts {
  readonly listen: readonly HostPort[]
  readonly ask: AskDaemon
  readonly log: Log
  readonly clock?: Clock
  /** Called when it is open, as far as it can be: what only root may do is done, and root answers nobody. */
  readonly opened?: () => void
}

/** How many connections there may be: a node has one or two, and one that was switched off leaves some behind. */
const CONNECTIONS = { all: 2048, perAddress: 16 }

/** The boot endpoint. */
export class BootFront {
  readonly #parts: BootFrontParts
  readonly #answers: BootAnswers
  readonly #servers = new Map<HostPort, HttpServer>()
  readonly #wait: AddressWait
  #isWaiting = false
  #isClosed = false

  constructor(parts: BootFrontParts) {
    this.#parts = parts
    this.#answers = new BootAnswers({ ask: parts.ask, clock: parts.clock ?? background, log: parts.log })
    this.#wait = new AddressWait(parts.clock)
  }

  /** Where it answers. */
  get places(): readonly HostPort[] {
    return [...this.#servers].map(([{ host }, { port }]) => ({ host, port }))
  }

  /** What it has done. */
  get counters(): BootCounters {
    return this.#answers.counters
  }

  /** Opens all places; what this machine does not have yet is opened later. Rejects if an address can't be had, though it is here. */
  async open(): Promise<void> {
    const missing: string[] = []
    for (const place of this.#parts.listen) {
      if (this.#servers.has(place) || this.#isClosed) continue
      try {
        await this.#openAt(place)
      } catch (error) {
        if (systemErrorCode(error) !== 'EADDRNOTAVAIL') throw error
        missing.push(messageOf(error))
      }
    }
    if (this.#isClosed) return
    if (!this.#isWaiting) this.#parts.opened?.()
    if (missing.length === 0) return
    if (!this.#isWaiting)
      this.#parts.log.warn({ reason: missing.join('; ') }, 'cannot answer nodes that boot there yet')
    this.#isWaiting = true
    this.#wait.tryAgain(() => this.#openLate())
  }

  /** Ends. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wait.close()
    this.#answers.close()
    for (const server of this.#servers.values()) await server.close()
  }

  async #openAt(place: HostPort): Promise<void> {
    const answer = this.#answers.answer.bind(this.#answers)
    const server = await HttpServer.start(place, answer, CONNECTIONS)
    if (this.#isClosed) return server.close()
    this.#servers.set(place, server)
    this.#parts.log.info({ place: placeName({ host: place.host, port: server.port }) }, 'answering nodes that boot')
  }

  /** No caller waits for it: an error is logged, and it is tried again. */
  async #openLate(): Promise<void> {
    try {
      await this.open()
    } catch (error) {
      this.#parts.log.error({ err: error }, 'cannot answer nodes that boot')
      this.#wait.tryAgain(() => this.#openLate())
    }
  }
}
