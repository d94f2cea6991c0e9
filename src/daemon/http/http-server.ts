/** The HTTP server of the page and of metrics: whoever asks has little time, few bytes and few connections. */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type HostPort, handlers, listenError, nodeHttp } from '../../values/index.ts'
import { type ConnectionBounds, Connections } from './connections.ts'

/** The daemon did not tell in time what was asked: it is busy, or it starts. */
export class UntoldError extends Error {}

/** How long who got no answer for that is asked to wait, in seconds. */
const RETRY_AFTER = '5'

/** What such a one reads. */
const BUSY = 'the daemon does not answer in time: ask again\n'

/** Answers a request. An UntoldError it rejects with is told as 503; what else it rejects with ends the connection. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * Bounds of a connection: how long a request may take, and how long nothing may come between two, in milliseconds; how many bytes and lines
 * a header may have; how many requests may come one after the other.
 */
const BOUNDS = { time: 5000, idle: 15_000, headerBytes: 8192, headerLines: 64, requests: 1000 } as const
/** How often connections are looked at, in milliseconds. */
const LOOK = 2000

/** Answers HTTP at one place. */
export class HttpServer {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** Starts to answer. Rejects if the address can't be had. */
  static async start({ host, port }: HostPort, answer: Answer, bounds?: ConnectionBounds): Promise<HttpServer> {
    const connections = new Connections(bounds)
    const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { socket } = request
      if (!connections.asks(socket)) return
      const done = (): void => connections.answered(socket)
      response.on('close', handlers.guard('HTTP response end', done, done))
      try {
        await answer(request, response)
      } catch (error) {
        if (!(error instanceof UntoldError) || response.headersSent) throw error
        response.writeHead(503, { 'retry-after': RETRY_AFTER, 'content-type': 'text/plain; charset=utf-8' }).end(BUSY)
      }
    }
    const fail = (_: unknown, __: IncomingMessage, response: ServerResponse): void => void response.destroy()
    const server = nodeHttp().createServer(
      {
        ...{ requestTimeout: BOUNDS.time, headersTimeout: BOUNDS.time, keepAliveTimeout: BOUNDS.idle },
        ...{ maxHeaderSize: BOUNDS.headerBytes, connectionsCheckingInterval: LOOK },
      },
      handlers.guard('HTTP request', take, fail),
    )
    server.maxHeadersCount = BOUNDS.headerLines
    server.maxRequestsPerSocket = BOUNDS.requests
    const close = (_: unknown, socket: Socket): void => void socket.destroy()
    server.on(
      'connection',
      handlers.guard('HTTP connection', (socket: Socket) => connections.take(socket), close),
    )
    const listening = once(server, 'listening')
    server.listen({ host, port, exclusive: true })
    await listening.catch((error: unknown) => {
      throw listenError(error, { host, port })
    })
    // As when no descriptor is left for a connection: the next one tries again.
    server.on(
      'error',
      handlers.guard('HTTP listener error', () => {}),
    )
    return new HttpServer(server)
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
