/** The HTTP endpoint of metrics, read by Prometheus. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type HostPort, handlers } from '../../values/index.ts'
import { type MetricsSources, readMetrics } from '../metrics/reading.ts'
import { type MetricsFormat, metricsFormat, metricsMediaType, metricsText } from '../metrics/text.ts'
import { Scrapes } from './scrapes.ts'

/** A scrape gets an answer in this time or none, in milliseconds. */
const PATIENCE = 5000
/** The most connections at once. For a new one the one makes room that has asked nothing for the longest: none keeps others out. */
const CONNECTIONS_MAX = 16

/** Serves metrics over HTTP for Prometheus. */
export class MetricsServer {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** Starts to answer GET /metrics. Rejects if the address can't be had. */
  static async start({ host, port }: HostPort, sources: MetricsSources): Promise<MetricsServer> {
    const connections = new Connections()
    const scrapes = {
      text: textsOf(sources, 'text'),
      openmetrics: textsOf(sources, 'openmetrics'),
    }
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      connections.touch(request.socket)
      if (request.method !== 'GET' || request.url !== '/metrics') {
        response.writeHead(404).end()
        return
      }
      const format = metricsFormat(request.headers.accept)
      response.writeHead(200, { 'content-type': metricsMediaType(format) }).end(await scrapes[format].text())
    }
    const fail = (_: unknown, __: IncomingMessage, response: ServerResponse): void => void response.destroy()
    const server = createServer(
      { requestTimeout: PATIENCE, headersTimeout: PATIENCE },
      handlers.guard('metrics request', answer, fail),
    )
    const close = (_: unknown, socket: Socket): void => void socket.destroy()
    server.on(
      'connection',
      handlers.guard('metrics connection', (socket: Socket) => connections.take(socket), close),
    )
    const listening = once(server, 'listening')
    server.listen({ host, port, exclusive: true })
    await listening
    // As when no descriptor is left for a connection: the next scrape tries again.
    server.on(
      'error',
      handlers.guard('metrics listener error', () => {}),
    )
    return new MetricsServer(server)
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** The texts of one format. */
function textsOf(sources: MetricsSources, format: MetricsFormat): Scrapes {
  return new Scrapes(async () => metricsText(await readMetrics(sources), format))
}

/** The connections, those first that have asked nothing for the longest. */
class Connections {
  readonly #sockets = new Set<Socket>()

  take(socket: Socket): void {
    this.#sockets.add(socket)
    const leave = (): void => {
      this.#sockets.delete(socket)
    }
    socket.on('close', handlers.guard('metrics connection close', leave, leave))
    const [first] = this.#sockets
    if (this.#sockets.size > CONNECTIONS_MAX) first?.destroy()
  }

  touch(socket: Socket): void {
    if (this.#sockets.delete(socket)) this.#sockets.add(socket)
  }
}
