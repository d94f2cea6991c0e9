/** The process of HTTP: answers strangers from the published snapshot, and from what its daemon tells it. */
import { type HostPort, handlers, type Log } from '../../values/index.ts'
import { HttpFront, type HttpSources } from '../http/http-front.ts'
import type { HttpFigures } from './channel/http-figures.ts'

/** What it is started with. */
interface HttpDaemonOptions {
  /** Where it answers. */
  readonly http: HostPort
  readonly sources: HttpSources
  /** Called once when its socket is open. */
  readonly opened?: () => void
  readonly logger: Log
}

/** HTTP over what others tell. */
export class HttpDaemon {
  readonly #front: HttpFront

  private constructor({ http, sources, logger, opened }: HttpDaemonOptions) {
    this.#front = new HttpFront(http, sources, logger, opened === undefined ? {} : { opened })
  }

  /** Starts: answers, or waits for its address. Rejects where the address is in use. */
  static async start(options: HttpDaemonOptions): Promise<HttpDaemon> {
    const daemon = new HttpDaemon(options)
    await daemon.#front.load()
    await daemon.#front.open()
    return daemon
  }

  /** How it is. */
  get figures(): HttpFigures {
    const places = this.#front.places.map(({ host, port }) => ({ host, port }))
    return { generation: 0, places, failures: Object.fromEntries(handlers.failures) }
  }

  /** Its daemon tells it something: that there is a token for the page. */
  note(note: { readonly granted?: string }): void {
    if (note.granted !== undefined) this.#front.granted(note.granted)
  }

  /** There is a new snapshot. */
  async look(): Promise<void> {}

  /** Ends. */
  close(): Promise<void> {
    return this.#front.close()
  }
}
