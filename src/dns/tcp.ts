/** DNS over TCP (RFC 7766): several questions a connection, pipelined, answered in any order; everything bounded. */
import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { handlers } from '../values/index.ts'
import { tcpServer } from './dns2.ts'
import { Frames, framed } from './frames.ts'
import type { DnsEndpoint, Peer } from './settings.ts'

/** The bounds of connections. */
export interface TcpLimits {
  readonly connections: number
  readonly connectionsPerAddress: number
  /** How long a connection stays that brings no whole request and takes no reply, in milliseconds. */
  readonly idle: number
  /** How many requests of a connection are worked on at once. */
  readonly inFlight: number
  /** The longest request. */
  readonly request: number
}

/** The bounds that are used unless a test wants others. */
export const TCP_LIMITS: TcpLimits = {
  connections: 256,
  connectionsPerAddress: 32,
  idle: 10_000,
  inFlight: 32,
  request: 4096,
}

/** What a request on a connection gets: bytes, several messages one after the other, nothing, or any of it later. */
export type TcpAnswer = Uint8Array | Iterable<Uint8Array> | undefined
/** Handles a request of a peer. Undefined ends the connection. */
export type TcpHandler = (request: Buffer, peer: Peer) => TcpAnswer | Promise<TcpAnswer>

/** Told of connections as they come and go, and of those that are turned away. */
export interface TcpObserver {
  opened(): void
  closed(): void
  refused(): void
}

/** Listens at an endpoint. Rejects where it can't be had. */
export async function listenTcp(
  endpoint: Pick<DnsEndpoint, 'host' | 'port'>,
  handle: TcpHandler,
  observer: TcpObserver,
  onError: (error: Error) => void,
  limits: TcpLimits = TCP_LIMITS,
): Promise<TcpListener> {
  const server = tcpServer()
  const listening = once(server, 'listening')
  server.listen({ port: endpoint.port, host: endpoint.host, ipv6Only: endpoint.host.includes(':') })
  await listening
  server.on('error', handlers.guard('DNS listener error', onError))
  return new TcpListener(server, handle, observer, limits)
}

/** A listening socket and its connections. */
export class TcpListener {
  readonly #server: Server
  readonly #handle: TcpHandler
  readonly #observer: TcpObserver
  readonly #limits: TcpLimits
  readonly #sockets = new Map<Socket, string>()

  constructor(server: Server, handle: TcpHandler, observer: TcpObserver, limits: TcpLimits) {
    this.#server = server
    this.#handle = handle
    this.#observer = observer
    this.#limits = limits
    server.on(
      'connection',
      handlers.guard(
        'DNS connection',
        (socket: Socket) => this.#accept(socket),
        (_, socket) => socket.destroy(),
      ),
    )
  }

  /** The port that the listener has. */
  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Stops listening and ends all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets.keys()) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    const peer = socket.remoteAddress ?? ''
    const end = (): void => void socket.destroy()
    socket.on('error', handlers.guard('DNS connection error', end, end))
    if (peer === '' || this.#sockets.size >= this.#limits.connections || this.#isCrowded(peer)) {
      this.#observer.refused()
      socket.destroy()
      return
    }
    this.#sockets.set(socket, peer)
    this.#observer.opened()
    const closed = (): void => {
      if (this.#sockets.delete(socket)) this.#observer.closed()
    }
    socket.on('close', handlers.guard('DNS connection close', closed, closed))
    const from = { address: peer, port: socket.remotePort ?? 0 }
    new Connection(socket, (request) => this.#handle(request, from), this.#limits).start()
  }

  #isCrowded(peer: string): boolean {
    let count = 0
    for (const other of this.#sockets.values()) if (other === peer) count++
    return count >= this.#limits.connectionsPerAddress
  }
}

/** One connection: reads while there is room for the replies, and only then. */
class Connection {
  readonly #socket: Socket
  readonly #handle: (request: Buffer) => TcpAnswer | Promise<TcpAnswer>
  readonly #limits: TcpLimits
  readonly #frames: Frames
  readonly #idle: NodeJS.Timeout
  readonly #end = (): void => void this.#socket.destroy()
  #inFlight = 0
  #full = false
  #sending: Iterator<Uint8Array> | undefined
  #ended = false

  constructor(socket: Socket, handle: (request: Buffer) => TcpAnswer | Promise<TcpAnswer>, limits: TcpLimits) {
    this.#socket = socket
    this.#handle = handle
    this.#limits = limits
    this.#frames = new Frames(limits.request)
    this.#idle = setTimeout(handlers.guard('DNS connection idle', this.#end, this.#end), limits.idle)
  }

  start(): void {
    this.#socket.setNoDelay(true)
    const received = (chunk: Buffer): void => {
      this.#frames.push(chunk)
      this.#work()
    }
    const drained = (): void => {
      this.#full = false
      this.#idle.refresh()
      this.#work()
    }
    const ended = (): void => {
      this.#ended = true
      this.#work()
    }
    this.#socket.on('data', handlers.guard('DNS connection data', received, this.#end))
    this.#socket.on('drain', handlers.guard('DNS connection drain', drained, this.#end))
    this.#socket.on('end', handlers.guard('DNS connection end', ended, this.#end))
    const closed = (): void => this.#closed()
    this.#socket.on('close', handlers.guard('DNS connection close', closed, closed))
  }

  #closed(): void {
    clearTimeout(this.#idle)
    this.#sending?.return?.()
    this.#sending = undefined
  }

  /** Sends what waits, then takes requests, as far as there is room. */
  #work(): void {
    this.#sendOn()
    while (!this.#isBusy && !this.#socket.destroyed) {
      const request = this.#nextRequest()
      if (request === undefined) break
      this.#idle.refresh()
      this.#take(request)
    }
    if (this.#socket.destroyed) return
    if (this.#isBusy) this.#socket.pause()
    else this.#socket.resume()
    if (this.#ended && !this.#isBusy && this.#inFlight === 0) this.#socket.end()
  }

  get #isBusy(): boolean {
    return this.#full || this.#sending !== undefined || this.#inFlight >= this.#limits.inFlight
  }

  #nextRequest(): Buffer | undefined {
    try {
      return this.#frames.next()
    } catch {
      this.#socket.destroy()
      return undefined
    }
  }

  #take(request: Buffer): void {
    const answer = this.#handle(request)
    if (!(answer instanceof Promise)) {
      this.#answer(answer)
      return
    }
    this.#inFlight++
    const settle = async (): Promise<void> => {
      const late = await answer
      this.#inFlight--
      this.#answer(late)
      this.#work()
    }
    handlers.float('DNS late answer by TCP', settle, this.#end)
  }

  #answer(answer: TcpAnswer): void {
    if (answer === undefined) this.#socket.destroy()
    else if (answer instanceof Uint8Array) this.#write(answer)
    else this.#sending = withRest(this.#sending, answer)
    this.#sendOn()
  }

  /** Sends the next message of a transfer; the one after it when others had their turn and the socket has room. */
  #sendOn(): void {
    if (this.#sending === undefined || this.#full || this.#socket.destroyed) return
    const { value, done } = this.#sending.next()
    if (done) this.#sending = undefined
    else this.#write(value)
    setImmediate(handlers.guard('DNS connection turn', () => this.#work(), this.#end))
  }

  #write(message: Uint8Array): void {
    if (this.#socket.destroyed || !this.#socket.writable) return
    this.#full = !this.#socket.write(framed(message))
    this.#idle.refresh()
  }
}

/** What is left of one sequence of messages, then another. */
function* withRest(first: Iterator<Uint8Array> | undefined, then: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (let next = first?.next(); next !== undefined && !next.done; next = first?.next()) yield next.value
  yield* then
}
