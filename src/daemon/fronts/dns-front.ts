/** DNS as a front of a daemon: its sockets are opened, tried again, and given each generation. */
import { createDnsServer, type DnsCounters, type DnsServer, type DnsSettings, type Share } from '../../dns/index.ts'
import { placeName } from '../../kickback/index.ts'
import type { Snapshot } from '../../resolver/index.ts'
import { background, type Clock, type Log, wallClock } from '../../values/index.ts'
import type { Served } from '../served.ts'
import { AddressWait } from './address-wait.ts'
import type { Front } from './front.ts'

/** What a front is made of besides its settings. */
interface DnsFrontParts {
  readonly clock?: Clock
  /**
   * Called once when all sockets are open, to give up what only root may do. Where it is set, none is opened before all of them can be:
   * root answers nobody, and who is no longer root can open no more.
   */
  readonly opened?: () => void
  /** The part of this server, where several answer at the same addresses. */
  readonly share?: Share
  /** Where the first of them takes what others hand over, as it is known now; 0: not yet. */
  readonly handover?: number
}

/** The DNS front end of a daemon: starts with the first snapshot, and gets each one that follows. */
export class DnsFront implements Front {
  readonly name = 'DNS'
  readonly #settings: DnsSettings
  readonly #logger: Log
  #server: DnsServer | undefined
  #latest: Snapshot | undefined
  readonly #share: Share | undefined
  #handover: number
  readonly #opened: (() => void) | undefined
  readonly #wait: AddressWait
  /** The addresses that are missing, as they were logged last. */
  #told = ''
  /** Whether it is on its way, or waits for an address to begin. */
  #isStarting = false
  #isClosed = false

  constructor(
    settings: DnsSettings,
    logger: Log,
    { clock = background, opened, share, handover = 0 }: DnsFrontParts = {},
  ) {
    this.#settings = settings
    this.#logger = logger
    this.#opened = opened
    this.#share = share
    this.#handover = handover
    this.#wait = new AddressWait(clock)
  }

  /** The sockets open with the first generation. */
  open(first: Served): Promise<void> {
    return this.serve(first)
  }

  /**
   * Answers from this snapshot from now on. The first one opens the sockets, at the addresses that are here; the others are opened
   * when they come, since a daemon may start before the network. It rejects if a socket can't be had for another reason.
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

  /** Where it takes what others hand over; 0: nowhere. */
  get handover(): number {
    return this.#server?.handover ?? 0
  }

  /** Hands over to this port from now on. */
  handOverTo(port: number): void {
    this.#handover = port
    this.#server?.handOverTo(port)
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
    const snapshot = this.#latest
    this.#isStarting = true
    const server = await this.#created(snapshot)
    // The end may have come meanwhile, and waits for no socket that it does not know.
    if (this.#isClosed) return server.close()
    this.#tellMissing(server.missing)
    if (server.missing.length > 0 && this.#opened !== undefined) {
      await server.close()
      this.#wait.tryAgain(() => this.#startLate())
    } else {
      this.#take(server, snapshot)
      this.#isStarting = false
    }
    return undefined
  }

  async #created(snapshot: Snapshot): Promise<DnsServer> {
    const [settings, log, share] = [this.#settings, this.#logger, this.#share]
    const usual = { clock: background, time: () => wallClock() / 1000 }
    try {
      const server = await createDnsServer({ settings, snapshot, log, share, ...usual })
      server.handOverTo(this.#handover)
      return server
    } catch (error) {
      this.#isStarting = false
      throw error
    }
  }

  /** The server that answers from now on, perhaps at some of its addresses only. */
  #take(server: DnsServer, snapshot: Snapshot): void {
    this.#server = server
    this.#opened?.()
    if (this.#latest !== undefined && this.#latest !== snapshot) server.serve(this.#latest)
    this.#tellOpen(server.endpoints)
    if (server.missing.length > 0) this.#wait.tryAgain(() => this.#openMissing(server))
  }

  async #openMissing(server: DnsServer): Promise<void> {
    const before = server.endpoints.length
    try {
      await server.openMissing()
    } catch (error) {
      this.#logger.error({ err: error }, 'cannot answer DNS')
    }
    this.#tellOpen(server.endpoints.slice(before))
    if (server.missing.length > 0) this.#wait.tryAgain(() => this.#openMissing(server))
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

  #tellOpen(endpoints: DnsServer['endpoints']): void {
    for (const endpoint of endpoints) this.#logger.info({ place: placeName(endpoint) }, 'answering DNS')
  }

  /** Told where it is news: the addresses are looked for every second. */
  #tellMissing(missing: DnsServer['missing']): void {
    const place = missing.map((endpoint) => placeName(endpoint)).join(' ')
    if (place !== '' && place !== this.#told) {
      this.#logger.warn({ place }, 'cannot answer DNS there yet: this machine does not have the address')
    }
    this.#told = place
  }
}
