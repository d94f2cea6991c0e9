/** The front that shows metrics over HTTP, where the settings say so, once this machine has the address. */
import { placeName } from '../../kickback/index.ts'
import { type Clock, type Log, messageOf, systemErrorCode } from '../../values/index.ts'
import type { MetricsSources } from '../metrics/reading.ts'
import type { DaemonSettings } from '../settings.ts'
import { AddressWait } from './address-wait.ts'
import type { Front } from './front.ts'
import type { MetricsServer } from './metrics.ts'

/** What a front is made of besides its sources. */
interface MetricsFrontParts {
  readonly clock?: Clock
  /** Whether it may open; looked at again each second where it may not yet. */
  readonly mayOpen?: () => boolean
}

/** The metrics of a daemon. */
export class MetricsFront implements Front {
  readonly name = 'metrics'
  readonly #endpoint: DaemonSettings['metrics']
  readonly #sources: MetricsSources
  readonly #log: Log
  readonly #mayOpen: () => boolean
  readonly #wait: AddressWait
  #server: MetricsServer | undefined
  #isWaiting = false
  #isClosed = false

  constructor(
    endpoint: DaemonSettings['metrics'],
    sources: MetricsSources,
    log: Log,
    { clock, mayOpen = () => true }: MetricsFrontParts = {},
  ) {
    this.#endpoint = endpoint
    this.#sources = sources
    this.#log = log
    this.#mayOpen = mayOpen
    this.#wait = new AddressWait(clock)
  }

  /** Loads its program. For who gives up rights before it opens, and with them perhaps that to read files of the program. */
  async load(): Promise<void> {
    if (this.#endpoint !== null) await import('./metrics.ts')
  }

  /** Rejects if the address can't be had, though this machine has it. A daemon without metrics does not even load them. */
  async open(): Promise<void> {
    if (this.#endpoint === null || this.#isClosed) return
    if (!this.#mayOpen()) return this.#wait.tryAgain(() => this.#openLate())
    const { MetricsServer } = await import('./metrics.ts')
    try {
      const server = await MetricsServer.start(this.#endpoint, this.#sources)
      if (this.#isClosed) return await server.close()
      this.#server = server
      this.#log.info({ place: placeName({ host: this.#endpoint.host, port: server.port }) }, 'serving metrics')
    } catch (error) {
      if (systemErrorCode(error) !== 'EADDRNOTAVAIL') throw error
      if (!this.#isWaiting) this.#log.warn({ reason: messageOf(error) }, 'cannot serve metrics there yet')
      this.#isWaiting = true
      this.#wait.tryAgain(() => this.#openLate())
    }
  }

  /** No caller waits for it: an error is logged, and it is tried again. */
  async #openLate(): Promise<void> {
    try {
      await this.open()
    } catch (error) {
      this.#log.error({ err: error }, 'cannot serve metrics')
      this.#wait.tryAgain(() => this.#openLate())
    }
  }

  /** Each scrape asks the daemon itself. */
  async serve(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wait.close()
    await this.#server?.close()
  }
}
