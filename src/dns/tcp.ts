/** DNS over TCP (RFC 7766): several questions a connection, pipelined, answered in any order; everything bounded. */

import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import {
  ByteBudget,
  type Clock,
  clientKey,
  defer,
  type HostPort,
  handlers,
  type Keeper,
  parseSocketAddress,
} from '../values/index.ts'
import type { Peer } from './settings.ts'
import type { Guest, Occupant, TcpConnections } from './tcp-connections.ts'
import { tcpServer } from './wire/dns2.ts'
import { Frames, framed } from './wire/frames.ts'

/** The bounds of a connection. */
export interface TcpLimits {
  /** How long a connection stays that brings no whole request and takes no reply, in milliseconds. */
  readonly idle: number
  /** How many requests of a connection are worked on at once. */
  readonly inFlight: number
  /** The longest request. */
  readonly request: number
  /** How many requests of a connection are taken before others have their turn. */
  readonly turn: number
}

/** The bounds that are used unless a test wants others. */
export const TCP_LIMITS: TcpLimits = { idle: 10_000, inFlight: 32, request: 4096, turn: 16 }

/** How many bytes of replies may wait for all connections together, over all listeners. */
const UNREAD_MAX = 16 * 1024 * 1024

/** The bound on what waits to be read by all connections. */
export function unreadReplies(max = UNREAD_MAX): ByteBudget<UnreadReplies> {
  return new ByteBudget({ max, bytesOf: ({ unread }) => unread, reason: 'too many unread replies' })
}

/** A connection, as far as it keeps replies. */
interface UnreadReplies extends Keeper {
  /** Bytes that wait for the client. */
  readonly unread: number
}

/** What a request on a connection gets: bytes, several messages one after the other, nothing, or any of it later. */
export type TcpAnswer = Uint8Array | Iterable<Uint8Array> | undefined

/** What stands behind a listener. */
export interface TcpHandler {
  /** Who has an address, as text. */
  guest(address: string): Guest
  /** Handles a request of a peer. Undefined ends the connection. */
  tcp(request: Buffer, peer: Peer): TcpAnswer | Promise<TcpAnswer>
}

/** What a listener is made with. */
interface TcpOptions {
  readonly handler: TcpHandler
  readonly connections: TcpConnections
  readonly unread: ByteBudget<UnreadReplies>
  readonly clock: Clock
  readonly onError: (error: Error) => void
  readonly limits?: TcpLimits
}

/** Listens at an endpoint. Rejects if it can't be had. */
export async function listenTcp(endpoint: HostPort, options: TcpOptions): Promise<TcpListener> {
  const server = tcpServer()
  const listening = once(server, 'listening')
  server.listen({ port: endpoint.port, host: endpoint.host, ipv6Only: endpoint.host.includes(':') })
  await listening
  server.on('error', handlers.guard('DNS listener error', options.onError))
  return new TcpListener(server, options)
}

/** A listening socket and its connections. */
export class TcpListener {
  readonly #server: Server
  readonly #options: TcpOptions
  readonly #sockets = new Set<Socket>()

  constructor(server: Server, options: TcpOptions) {
    this.#server = server
    this.#options = options
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
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Who may not ask is turned away at once: what he would send is not read. */
  #accept(socket: Socket): void {
    const { handler, connections, unread, clock, limits = TCP_LIMITS } = this.#options
    const end = (): void => void socket.destroy()
    socket.on('error', handlers.guard('DNS connection error', end, end))
    const peer: Peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
    const guest = handler.guest(peer.address)
    if (guest === 'stranger') {
      connections.refuse()
      end()
      return
    }
    const address = parseSocketAddress(peer.address)
    const isMember = guest === 'member'
    const occupant: Occupant = { client: address ? clientKey(address, isMember) : '', isMember, evict: end }
    if (!connections.take(occupant)) {
      end()
      return
    }
    this.#sockets.add(socket)
    const closed = (): void => {
      this.#sockets.delete(socket)
      connections.leave(occupant)
    }
    socket.on('close', handlers.guard('DNS connection close', closed, closed))
    const { client: source } = occupant
    const touch = (): void => connections.touch(occupant)
    const overdrawn = (): void => {
      connections.refuse()
      end()
    }
    const handle = (request: Buffer) => handler.tcp(request, peer)
    new Connection(socket, { source, clock, limits, unread, touch, overdrawn, handle }).start()
  }
}

/** What a connection is made with. */
interface ConnectionOptions {
  /** What the client is counted by (clientKey). */
  readonly source: string
  readonly clock: Clock
  readonly limits: TcpLimits
  readonly unread: ByteBudget<UnreadReplies>
  readonly handle: (request: Buffer) => TcpAnswer | Promise<TcpAnswer>
  /** Told of whole requests and of replies that were taken. */
  readonly touch: () => void
  /** Ends the connection, whose client reads too little. */
  readonly overdrawn: () => void
}

/** One connection: reads while there is room for the replies, and only then. */
class Connection implements UnreadReplies {
  readonly source: string
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #frames: Frames
  readonly #end = (): void => void this.#socket.destroy()
  #stopIdling: () => void = () => {}
  #inFlight = 0
  #full = false
  #sending: Iterator<Uint8Array> | undefined
  #ended = false
  /** Whether its next turn is to come. */
  #isWaiting = false

  constructor(socket: Socket, options: ConnectionOptions) {
    this.source = options.source
    this.#socket = socket
    this.#options = options
    this.#frames = new Frames(options.limits.request)
    this.#idle()
  }

  start(): void {
    this.#socket.setNoDelay(true)
    const received = (chunk: Buffer): void => {
      this.#frames.push(chunk)
      this.#work()
    }
    const drained = (): void => {
      this.#full = false
      this.#options.unread.note(this)
      this.#touched()
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

  /** Starts to wait again: it ends the connection if it is not touched until then. */
  #idle(): void {
    const { clock, limits } = this.#options
    this.#stopIdling = clock.after(limits.idle, handlers.guard('DNS connection idle', this.#end, this.#end))
  }

  #touched(): void {
    this.#stopIdling()
    this.#idle()
    this.#options.touch()
  }

  #closed(): void {
    this.#stopIdling()
    this.#sending?.return?.()
    this.#sending = undefined
    this.#options.unread.note(this)
  }

  get unread(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength
  }

  destroy(): void {
    this.#options.overdrawn()
  }

  /** Sends what waits, then takes requests, as far as there is room and time. */
  #work(): void {
    if (this.#isWaiting) return
    this.#sendOn()
    for (let taken = 0; !this.#isBusy && !this.#socket.destroyed; taken++) {
      if (taken === this.#options.limits.turn) {
        this.#workLater()
        break
      }
      const request = this.#nextRequest()
      if (request === undefined) break
      this.#touched()
      this.#take(request)
    }
    if (this.#socket.destroyed) return
    if (this.#isBusy) this.#socket.pause()
    else this.#socket.resume()
    if (this.#ended && !this.#isBusy && this.#inFlight === 0) this.#socket.end()
  }

  #workLater(): void {
    this.#isWaiting = true
    const turn = (): void => {
      this.#isWaiting = false
      this.#work()
    }
    defer(handlers.guard('DNS connection turn', turn, this.#end))
  }

  get #isBusy(): boolean {
    return (
      this.#isWaiting || this.#full || this.#sending !== undefined || this.#inFlight >= this.#options.limits.inFlight
    )
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
    const answer = this.#options.handle(request)
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
    if (!this.#isWaiting) this.#workLater()
  }

  #write(message: Uint8Array): void {
    if (this.#socket.destroyed || !this.#socket.writable) return
    this.#full = !this.#socket.write(framed(message))
    this.#options.unread.note(this)
    this.#touched()
  }
}

/** What is left of one sequence of messages, then another. */
function* withRest(first: Iterator<Uint8Array> | undefined, then: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (let next = first?.next(); next !== undefined && !next.done; next = first?.next()) yield next.value
  yield* then
}
