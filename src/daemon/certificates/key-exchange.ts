/** The keys of nodes among masters, as a front: what one of them approved or revoked counts on all, at once where they can be reached. */
import { type Enrolment, KickbackClient, type Place, placeName } from '../../kickback/index.ts'
import { CertificateError, judgedCertificate, mastersOfCluster, type Snapshot } from '../../resolver/index.ts'
import {
  type Address,
  type Clock,
  formatAddress,
  handlers,
  type Log,
  messageOf,
  sameAddress,
  sleep,
  type WallClock,
} from '../../values/index.ts'
import type { Front } from '../fronts/front.ts'
import type { Served } from '../served.ts'
import type { MasterCertificates } from './master-certificates.ts'

/** What they are exchanged with. */
interface KeyExchangeParts {
  readonly certificates: Pick<MasterCertificates, 'context' | 'trust'>
  readonly enrolment: Enrolment
  /** The addresses of this machine. */
  readonly own: () => readonly Address[]
  /** The port of TLS on every master. */
  readonly port: () => number
  readonly software: string
  readonly clock: Clock
  readonly wallClock: WallClock
  readonly log: Log
}

/** How often others are asked where nothing is heard, and how long one may take to answer, in milliseconds. */
const EVERY = 30_000
const TIMEOUT = 5_000

/** Asks the other masters, until it is closed. */
export class KeyExchange implements Front {
  readonly name = 'keys of nodes'
  readonly #parts: KeyExchangeParts
  readonly #closing = new AbortController()
  /** Why a master could not be asked, as it was logged last. */
  readonly #told = new Map<string, string>()
  #places: readonly Place[] = []
  #pause = new AbortController()
  #isAgain = false
  #running: Promise<void> = Promise.resolve()

  constructor(parts: KeyExchangeParts) {
    this.#parts = parts
  }

  async open(first: Served): Promise<void> {
    this.#follow(first.public)
    handlers.float('keys exchanged', () => {
      this.#running = this.#run()
      return this.#running
    })
  }

  async serve(now: Served): Promise<void> {
    this.#follow(now.public)
  }

  /** Asks all of them soon. */
  wake(): void {
    this.#isAgain = true
    this.#pause.abort()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#pause.abort()
    await this.#running
  }

  #follow(snapshot: Snapshot | undefined): void {
    if (snapshot === undefined) return
    const own = this.#parts.own()
    const masters = mastersOfCluster(snapshot)
    const others = masters.filter((master) => !own.some((address) => sameAddress(address, master)))
    const isNamed = others.length < masters.length
    const port = this.#parts.port()
    this.#places = isNamed ? others.map((address) => ({ host: formatAddress(address), port })) : []
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#closing
    while (!signal.aborted) {
      this.#isAgain = false
      await Promise.all(this.#places.map((place) => this.#asked(place)))
      if (this.#isAgain) continue
      this.#pause = new AbortController()
      if (!signal.aborted) await sleep(clock, EVERY, this.#pause.signal)
    }
  }

  /** A master may be off, or of an earlier release: that is logged once. */
  async #asked(place: Place): Promise<void> {
    const name = placeName(place)
    try {
      await this.#ask(place)
      this.#told.delete(name)
    } catch (error) {
      const reason = messageOf(error)
      if (this.#closing.signal.aborted || this.#told.get(name) === reason) return
      this.#told.set(name, reason)
      this.#parts.log.info({ master: name, reason }, 'another master does not tell of the keys of nodes')
    }
  }

  async #ask(place: Place): Promise<void> {
    const { certificates, enrolment, clock, wallClock, software } = this.#parts
    const judge = (der: Uint8Array | undefined): void => {
      if (der === undefined) throw new CertificateError('it shows no certificate')
      judgedCertificate(der, 'server', certificates.trust, wallClock())
    }
    const { signal } = this.#closing
    const options = { clock, software, timeout: TIMEOUT, signal, tls: { context: certificates.context, judge } }
    const client = await KickbackClient.connect(place, options)
    try {
      const { list } = await client.ask('NODE_KEYS', { digest: enrolment.digest })
      if (list !== undefined) enrolment.merge(list)
    } finally {
      client.close()
    }
  }
}
