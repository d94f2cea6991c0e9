/** DNS as a front of a daemon: its sockets are opened, tried again, and given each generation. */
import { createDnsServer, type DnsCounters, type DnsServer, type DnsSettings } from '../../dns/index.ts'
import { placeName } from '../../kickback/index.ts'
import type { Snapshot } from '../../resolver/index.ts'
import { background, type Clock, type Log, messageOf, systemErrorCode, wallClock } from '../../values/index.ts'
import type { Served } from '../served.ts'
import { AddressWait } from './address-wait.ts'
import type { Front } from './front.ts'

/** What a front is made of besides its settings. */
interface DnsFrontParts {
  readonly clock?: Clock
  /** Called once when all sockets are open. */
  readonly opened?: () => void
}

/** The DNS front end of a daemon: starts with the first snapshot, and gets each one that follows. */
export class DnsFront implements Front {
  readonly name = 'DNS'
  readonly #settings: DnsSettings
  readonly #logger: Log
  #server: DnsServer | undefined
  #latest: Snapshot | undefined
  readonly #opened: () => void
  readonly #wait: AddressWait
  #isStarting = false
  #isClosed = false

  constructor(settings: DnsSettings, logger: Log, { clock = background, opened = () => {} }: DnsFrontParts = {}) {
    this.#settings = settings
    this.#logger = logger
    this.#opened = opened
    this.#wait = new AddressWait(clock)
  }

  /** The sockets open with the first generation. */
  open(first: Served): Promise<void> {
    return this.serve(first)
  }

  /**
   * Answers from this snapshot from now on. The first one opens the sockets: it rejects if they can't be had, unless the
   * address may still come, since a daemon may start before the network.
   */
  async serve({ public: snapshot }: Served): Promise<void> {
    if (snapshot === undefined || snapshot === this.#latest) return
    this.#latest = snapshot
    if (this.#settings.listen.length === 0) return
    if (this.#server !== undefined) this.#server.serve(snapshot)
    else if (!this.#isStarting && !this.#isClosed) await this.#start()
  }

  /** Where it answers. */
  get places(): DnsServer['endpoints'] {
    return this.#server?.endpoints ?? []
  }

  /** What it has done; undefined if it does not answer. */
  get counters(): Readonly<DnsCounters> | undefined {
    return this.#server?.counters
  }

  /** Ends all sockets. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wait.close()
    await this.#server?.close()
  }

  async #start(): Promise<void> {
    if (this.#latest === undefined) return
    const [snapshot, settings] = [this.#latest, this.#settings]
    this.#isStarting = true
    try {
      const server = await createDnsServer({
        settings,
        snapshot,
        log: this.#logger,
        clock: background,
        time: () => wallClock() / 1000,
      })
      // The end may have come meanwhile, and waits for no socket that it does not know.
      if (this.#isClosed) return await server.close()
      this.#server = server
      this.#opened()
      if (this.#latest !== snapshot) this.#server.serve(this.#latest)
      for (const endpoint of this.#server.endpoints) this.#logger.info({ place: placeName(endpoint) }, 'answering DNS')
      this.#isStarting = false
    } catch (error) {
      if (systemErrorCode(error) !== 'EADDRNOTAVAIL') {
        this.#isStarting = false
        throw error
      }
      this.#logger.warn({ reason: messageOf(error) }, 'cannot answer DNS there yet')
      this.#wait.tryAgain(() => this.#startLate())
    }
  }

  /** No caller waits for this start: an error is logged, and the start is tried again. */
  async #startLate(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      this.#logger.error({ err: error }, 'cannot answer DNS')
      this.#wait.tryAgain(() => this.#startLate())
    }
  }
}
