/** The front that answers HTTP, where the settings say so, once this machine has the address. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { placeName } from '../../kickback/index.ts'
import { background, type Clock, type HostPort, type Log, messageOf, systemErrorCode } from '../../values/index.ts'
import { AddressWait } from '../fronts/address-wait.ts'
import type { Front } from '../fronts/front.ts'
import type { Reading } from '../metrics/reading.ts'
import type { Answer, HttpServer } from './http-server.ts'
import type { AskDaemon, Pages } from './pages.ts'

/** What a front answers from. */
export interface HttpSources {
  /** What metrics tell now. */
  readonly reading: () => Promise<Reading>
  /** How the daemon is asked for what the page shows; absent: there is no page. */
  readonly ask?: AskDaemon
}

/** What a front is made of besides its sources. */
interface HttpFrontParts {
  readonly clock?: Clock
  /** Whether it may open; looked at again each second where it may not yet. */
  readonly mayOpen?: () => boolean
  /** Called once when it is open: what only root may do is done. */
  readonly opened?: () => void
}

/** HTTP of a daemon. */
export class HttpFront implements Front {
  readonly name = 'HTTP'
  readonly #endpoint: HostPort | null
  readonly #sources: HttpSources
  readonly #log: Log
  readonly #parts: HttpFrontParts
  readonly #wait: AddressWait
  #server: HttpServer | undefined
  #answer: Answer | undefined
  #pages: Pages | undefined
  #isWaiting = false
  #isClosed = false

  constructor(endpoint: HostPort | null, sources: HttpSources, log: Log, parts: HttpFrontParts = {}) {
    this.#endpoint = endpoint
    this.#sources = sources
    this.#log = log
    this.#parts = parts
    this.#wait = new AddressWait(parts.clock)
  }

  /** Loads its program. For who gives up rights before it opens, and with them perhaps that to read files of the program. */
  async load(): Promise<void> {
    if (this.#endpoint !== null) await this.#loaded()
  }

  /** Where it answers; empty before. */
  get places(): readonly HostPort[] {
    return this.#endpoint === null || this.#server === undefined
      ? []
      : [{ host: this.#endpoint.host, port: this.#server.port }]
  }

  /** Rejects if the address can't be had, though this machine has it. A daemon without HTTP does not even load it. */
  async open(): Promise<void> {
    if (this.#endpoint === null || this.#isClosed) return
    if (this.#parts.mayOpen?.() === false) return this.#wait.tryAgain(() => this.#openLate())
    const [{ HttpServer }, answer] = await this.#loaded()
    try {
      const server = await HttpServer.start(this.#endpoint, answer)
      if (this.#isClosed) return await server.close()
      this.#server = server
      this.#parts.opened?.()
      for (const place of this.places) this.#log.info({ place: placeName(place) }, 'answering HTTP')
    } catch (error) {
      if (systemErrorCode(error) !== 'EADDRNOTAVAIL') throw error
      if (!this.#isWaiting) this.#log.warn({ reason: messageOf(error) }, 'cannot answer HTTP there yet')
      this.#isWaiting = true
      this.#wait.tryAgain(() => this.#openLate())
    }
  }

  async #loaded(): Promise<readonly [typeof import('./http-server.ts'), Answer]> {
    const server = await import('./http-server.ts')
    const { MetricsRoute } = await import('./metrics-route.ts')
    const metrics = new MetricsRoute(this.#sources.reading)
    this.#pages ??= await this.#newPages()
    this.#answer ??= async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      if (request.method === 'GET' && request.url === '/metrics') return metrics.answer(request, response)
      if (this.#pages !== undefined) return this.#pages.answer(request, response)
      response.writeHead(404).end()
    }
    return [server, this.#answer]
  }

  async #newPages(): Promise<Pages | undefined> {
    const { ask } = this.#sources
    if (ask === undefined) return undefined
    const { Pages } = await import('./pages.ts')
    const { readAssets } = await import('./assets.ts')
    return new Pages({ ask, assets: readAssets(), clock: this.#parts.clock ?? background })
  }

  /** No caller waits for it: an error is logged, and it is tried again. */
  async #openLate(): Promise<void> {
    try {
      await this.open()
    } catch (error) {
      this.#log.error({ err: error }, 'cannot answer HTTP')
      this.#wait.tryAgain(() => this.#openLate())
    }
  }

  /** There is a token for the page, with this hash. */
  granted(hash: string): void {
    this.#pages?.granted(hash)
  }

  /** Each request asks for what is so then. */
  async serve(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wait.close()
    this.#pages?.close()
    await this.#server?.close()
  }
}
