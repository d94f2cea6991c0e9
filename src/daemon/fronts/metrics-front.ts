/** The front that shows metrics over HTTP, where the settings say so. */
import { placeName } from '../../kickback/index.ts'
import type { Log } from '../../values/index.ts'
import type { DaemonSettings } from '../settings.ts'
import type { Front } from './front.ts'
import type { MetricsServer, MetricsSources } from './metrics.ts'

/** The metrics of a daemon. */
export class MetricsFront implements Front {
  readonly name = 'metrics'
  readonly #endpoint: DaemonSettings['metrics']
  readonly #sources: MetricsSources
  readonly #log: Log
  #server: MetricsServer | undefined

  constructor(endpoint: DaemonSettings['metrics'], sources: MetricsSources, log: Log) {
    this.#endpoint = endpoint
    this.#sources = sources
    this.#log = log
  }

  /** Rejects if the address can't be had. A daemon without metrics does not even load them. */
  async open(): Promise<void> {
    if (this.#endpoint === null) return
    const { MetricsServer } = await import('./metrics.ts')
    this.#server = await MetricsServer.start(this.#endpoint, this.#sources)
    const { port } = this.#server
    this.#log.info({ place: placeName({ host: this.#endpoint.host, port }) }, 'serving metrics')
  }

  /** Each scrape asks the daemon itself. */
  async serve(): Promise<void> {}

  async close(): Promise<void> {
    await this.#server?.close()
  }
}
