/** The metrics over HTTP, for Prometheus: the same for everybody who may reach the listener. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reading } from '../metrics/reading.ts'
import { type MetricsFormat, metricsFormat, metricsMediaType, metricsText } from '../metrics/text.ts'
import { Scrapes } from './scrapes.ts'

/** Answers GET /metrics. */
export class MetricsRoute {
  readonly #scrapes: { readonly [Format in MetricsFormat]: Scrapes }

  /** `read` tells all that there is to tell now. */
  constructor(read: () => Promise<Reading>) {
    const textsOf = (format: MetricsFormat): Scrapes => new Scrapes(async () => metricsText(await read(), format))
    this.#scrapes = { text: textsOf('text'), openmetrics: textsOf('openmetrics') }
  }

  /** Answers one request. Rejects where what is to be told can't be had. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const format = metricsFormat(request.headers.accept)
    const text = await this.#scrapes[format].text()
    response.writeHead(200, { 'content-type': metricsMediaType(format) }).end(text)
  }
}
