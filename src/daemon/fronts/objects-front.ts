/** The front that gives generations as objects by HTTP, where the settings say so, once this machine has the address. */
import {
  Objects,
  ObjectsListener,
  type ObjectsListenerParts,
  type ObjectsParts,
  type ObjectsReport,
  placeName,
  TransportError,
} from '../../kickback/index.ts'
import { background, type Clock, type Endpoint, type HostPort } from '../../values/index.ts'
import { AddressWait } from './address-wait.ts'
import type { Front } from './front.ts'

/** What an objects front is made of: what answers, and what each listener is made with. */
type ObjectsFrontParts = ObjectsParts & Omit<ObjectsListenerParts, 'objects'>

/** The objects of a master. It is given each generation after the service, from which it answers. */
export class ObjectsFront implements Front {
  readonly name = 'objects'
  readonly #places: readonly Endpoint[]
  readonly #parts: ObjectsFrontParts
  readonly #objects: Objects
  readonly #wait: AddressWait
  readonly #open = new Map<Endpoint, ObjectsListener>()
  readonly #told = new Set<Endpoint>()
  #isClosed = false

  /** Listens at these places, once it is opened; nowhere if there are none. `retries` runs the wait for addresses. */
  constructor(places: readonly Endpoint[], parts: ObjectsFrontParts, retries: Clock = background) {
    this.#places = places
    this.#parts = parts
    this.#objects = new Objects(parts)
    this.#wait = new AddressWait(retries)
  }

  /** Where it listens. */
  get places(): readonly HostPort[] {
    return [...this.#open.values()].map(({ place }) => place)
  }

  /** For STATUS; undefined where no place is named. */
  get report(): ObjectsReport | undefined {
    if (this.#places.length === 0) return undefined
    const { requests, sent, waiting } = this.#objects.counts
    const open = [...this.#open.values()]
    const sum = (count: (listener: ObjectsListener) => number): number => open.reduce((all, one) => all + count(one), 0)
    return {
      listening: open.map(({ place }) => placeName(place)),
      connections: sum(({ connections }) => connections),
      refused: sum(({ refused }) => refused),
      denied: sum(({ denied }) => denied),
      waiting,
      requests: Object.fromEntries(requests),
      sent,
    }
  }

  /** Rejects with TransportError if an address can't be had, though this machine has it. */
  async open(): Promise<void> {
    for (const place of this.#places) if (!this.#open.has(place)) await this.#openAt(place)
    if (this.#open.size < this.#places.length) this.#wait.tryAgain(() => this.#openLate())
  }

  async serve(): Promise<void> {
    this.#objects.renew()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wait.close()
    this.#objects.close()
    await Promise.all([...this.#open.values()].map((listener) => listener.close()))
  }

  async #openAt(endpoint: Endpoint): Promise<void> {
    const { log } = this.#parts
    const { host, port } = endpoint
    try {
      const listener = await ObjectsListener.open({ host, port }, { ...this.#parts, objects: this.#objects })
      if (this.#isClosed) return await listener.close()
      this.#open.set(endpoint, listener)
      log.info({ place: placeName(listener.place) }, 'giving objects by HTTP')
    } catch (error) {
      if (!(error instanceof TransportError) || error.systemCode !== 'EADDRNOTAVAIL') throw error
      if (!this.#told.has(endpoint)) log.warn({ reason: error.message }, 'cannot give objects there yet')
      this.#told.add(endpoint)
    }
  }

  /** No caller waits for it: an error is logged, and it is tried again. */
  async #openLate(): Promise<void> {
    try {
      await this.open()
    } catch (error) {
      this.#parts.log.error({ err: error }, 'cannot give objects')
      this.#wait.tryAgain(() => this.#openLate())
    }
  }
}
