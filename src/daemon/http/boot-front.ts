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

/** Where the endpoint is to answer and cannot yet, and why. */
export interface MissingPlace extends HostPort {
  readonly reason: string
}

/** The boot endpoint. */
export class BootFront {
  readonly #parts: BootFrontParts
  readonly #answers: BootAnswers
  /** All by the names of the places that were asked for. */
  #wanted: ReadonlyMap<string, HostPort>
  readonly #servers = new Map<string, { readonly host: string; readonly server: HttpServer }>()
  readonly #missing = new Map<string, MissingPlace>()
  readonly #wait: AddressWait
  /** The last round of opening and closing. Never rejects. */
  #round: Promise<void> = Promise.resolve()
  #isWaiting = false
  #isClosed = false

  constructor(parts: BootFrontParts) {
    this.#parts = parts
    this.#wanted = byName(parts.listen)
    this.#answers = new BootAnswers({ ask: parts.ask, clock: parts.clock ?? background, log: parts.log })
    this.#wait = new AddressWait(parts.clock)
  }

  /** Where it answers. */
  get places(): readonly HostPort[] {
    return [...this.#servers.values()].map(({ host, server }) => ({ host, port: server.port }))
  }

  /** Where it cannot answer yet; tried again each second. */
  get missing(): readonly MissingPlace[] {
    return [...this.#missing.values()]
  }

  /** What it has done. */
  get counters(): BootCounters {
    return this.#answers.counters
  }

  /** Opens all places; what this machine does not have yet is opened later. Rejects if an address can't be had, though it is here. */
  async open(): Promise<void> {
    await this.#inTurn((error) => {
      if (systemErrorCode(error) !== 'EADDRNOTAVAIL') throw error
    })
    if (!this.#isClosed) this.#parts.opened?.()
  }

  /** Answers at these places from now on, and nowhere else. Connections to others end. What cannot be had is told, and tried again. */
  async listenAt(places: readonly HostPort[]): Promise<void> {
    this.#wanted = byName(places)
    await this.#inTurn()
  }

  /** Ends. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wait.close()
    this.#answers.close()
    await this.#round
    for (const { server } of this.#servers.values()) await server.close()
  }

  /** One round after the other. `judge` throws what ends it. */
  #inTurn(judge: (error: unknown) => void = () => {}): Promise<void> {
    const round = this.#round.then(() => this.#follow(judge))
    this.#round = round.catch(() => {})
    return round
  }

  async #follow(judge: (error: unknown) => void): Promise<void> {
    await this.#closeOthers()
    for (const [name, place] of this.#wanted) {
      if (this.#servers.has(name) || this.#isClosed) continue
      try {
        await this.#openAt(name, place)
      } catch (error) {
        judge(error)
        this.#miss(name, place, messageOf(error))
      }
    }
    if (this.#missing.size === 0 || this.#isWaiting) return
    this.#isWaiting = true
    this.#wait.tryAgain(() => {
      this.#isWaiting = false
      return this.#inTurn()
    })
  }

  async #closeOthers(): Promise<void> {
    for (const name of this.#missing.keys()) if (!this.#wanted.has(name)) this.#missing.delete(name)
    for (const [name, { server }] of this.#servers) {
      if (this.#wanted.has(name)) continue
      this.#servers.delete(name)
      await server.close()
      this.#parts.log.info({ place: name }, 'not answering nodes that boot there any more')
    }
  }

  async #openAt(name: string, place: HostPort): Promise<void> {
    const answer = this.#answers.answer.bind(this.#answers)
    const server = await HttpServer.start(place, answer, CONNECTIONS)
    if (this.#isClosed) return server.close()
    this.#missing.delete(name)
    this.#servers.set(name, { host: place.host, server })
    this.#parts.log.info({ place: placeName({ host: place.host, port: server.port }) }, 'answering nodes that boot')
  }

  /** Told where it is news: it is tried each second. */
  #miss(name: string, place: HostPort, reason: string): void {
    if (this.#missing.get(name)?.reason !== reason)
      this.#parts.log.error({ place: name, reason }, 'cannot answer nodes that boot there yet')
    this.#missing.set(name, { ...place, reason })
  }
}

function byName(places: readonly HostPort[]): ReadonlyMap<string, HostPort> {
  return new Map(places.map((place) => [placeName(place), place]))
}
