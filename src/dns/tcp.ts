/** DNS over TCP (RFC 7766): several questions a connection, pipelined, answered in any order; everything bounded. */

import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import {
  ByteBudget,
  type Clock,
  clientKey,
  type HostPort,
  handlers,
  type Keeper,
  parseSocketAddress,
  type Turns,
  type Worker,
} from '../values/index.ts'
import type { Peer } from './settings.ts'
import type { Guest, GuestKind, Occupant, TcpConnections } from './tcp-connections.ts'
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
  /** How many requests of a connection are taken, or steps of its transfer done, before others have their turn. */
  readonly turn: number
}

/** The bounds that are used unless a test wants others. */
export const TCP_LIMITS: TcpLimits = { idle: 10_000, inFlight: 32, request: 4096, turn: 64 }

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

/**
 * What a request on a connection gets: bytes, several messages one after the other (undefined where others may have their turn before the
 * next one is there), nothing, or any of it later.
 */
export type TcpAnswer = Uint8Array | Iterable<Uint8Array | undefined> | undefined

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
  /** Turns of the event loop, which the connections of all listeners share. */
  readonly turns: Pick<Turns<GuestKind>, 'ask' | 'forget' | 'newcomer'>
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
    const { handler, connections, unread, turns, clock, limits = TCP_LIMITS } = this.#options
    turns.newcomer()
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
    new Connection(socket, { source, kind: guest, clock, limits, unread, turns, touch, overdrawn, handle }).start()
  }
}

/** What a connection is made with. */
interface ConnectionOptions {
  /** What the client is counted by (clientKey). */
  readonly source: string
  /** Among whom it has its turns. */
  readonly kind: GuestKind
  readonly clock: Clock
  readonly limits: TcpLimits
  readonly unread: ByteBudget<UnreadReplies>
  readonly turns: TcpOptions['turns']
  readonly handle: (request: Buffer) => TcpAnswer | Promise<TcpAnswer>
  /** Told of whole requests and of replies that were taken. */
  readonly touch: () => void
  /** Ends the connection, whose client reads too little. */
  readonly overdrawn: () => void
}

/** One connection: reads while there is room for the replies, and only then; works when it has its turn. */
class Connection implements UnreadReplies, Worker<GuestKind> {
  readonly source: string
  readonly kind: GuestKind
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #frames: Frames
  readonly #end = (): void => void this.#socket.destroy()
  #stopIdling: () => void = () => {}
  #inFlight = 0
  #full = false
  #sending: Iterator<Uint8Array | undefined> | undefined
  #ended = false

  constructor(socket: Socket, options: ConnectionOptions) {
    this.source = options.source
    this.kind = options.kind
    this.#socket = socket
    this.#options = options
    this.#frames = new Frames(options.limits.request)
    this.#idle()
  }

  start(): void {
    this.#socket.setNoDelay(true)
    const received = (chunk: Buffer): void => {
      this.#frames.push(chunk)
      this.#goOn()
    }
    const drained = (): void => {
      this.#full = false
      this.#options.unread.note(this)
      this.#touched()
      this.#goOn()
    }
    const ended = (): void => {
      this.#ended = true
      this.#goOn()
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
    this.#options.turns.forget(this)
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

  waits(): void {
    this.#socket.pause()
  }

  giveUp(): void {
    this.#socket.destroy()
  }

  /** What was waited for is here: there may be work. */
  #goOn(): void {
    if (!this.#socket.destroyed) this.#options.turns.ask(this)
  }

  /** Sends what waits and answers requests, as far as there is room and time. The replies go out together. */
  work(until: number): boolean {
    const { clock, limits } = this.#options
    this.#socket.cork()
    let steps = 0
    let isOver = false
    while (!isOver && this.#hasRoom && this.#step()) {
      steps++
      isOver = steps >= limits.turn || clock.now() >= until
    }
    this.#socket.uncork()
    if (this.#socket.destroyed) return false
    if (steps > 0) this.#touched()
    this.#options.unread.note(this)
    if (isOver && this.#hasRoom) return true
    this.#readOrEnd()
    return false
  }

  get #hasRoom(): boolean {
    return !this.#full && this.#inFlight < this.#options.limits.inFlight && !this.#socket.destroyed
  }

  /** Reads on if there is room for more; ends where everything that was asked is answered, and no more is to come. */
  #readOrEnd(): void {
    if (!this.#hasRoom) this.#socket.pause()
    else if (this.#socket.isPaused()) this.#socket.resume()
    if (this.#ended && this.#hasRoom && this.#inFlight === 0) this.#socket.end()
  }

  /** One piece of work: the next message of a transfer, or the next request. False if there is none. */
  #step(): boolean {
    if (this.#sending !== undefined) {
      this.#sendNext(this.#sending)
      return true
    }
    const request = this.#nextRequest()
    if (request === undefined) return false
    this.#take(request)
    return true
  }

  #nextRequest(): Buffer | undefined {
    try {
      return this.#frames.next()
    } catch {
      this.#breakOff()
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
      this.#touched()
      this.#options.unread.note(this)
      this.#goOn()
    }
    handlers.float('DNS late answer by TCP', settle, this.#end)
  }

  #answer(answer: TcpAnswer): void {
    if (answer === undefined) this.#breakOff()
    else if (answer instanceof Uint8Array) this.#write(answer)
    else this.#sending = withRest(this.#sending, answer)
  }

  #sendNext(messages: Iterator<Uint8Array | undefined>): void {
    const { value, done } = messages.next()
    if (done) this.#sending = undefined
    else if (value !== undefined) this.#write(value)
  }

  #write(message: Uint8Array): void {
    if (this.#socket.destroyed || !this.#socket.writable) return
    this.#full = !this.#socket.write(framed(message))
  }

  /** Ends the connection at once, but for the replies that are there already. */
  #breakOff(): void {
    this.#socket.uncork()
    this.#socket.destroy()
  }
}

/** What is left of one sequence of messages, then another. */
function* withRest(
  first: Iterator<Uint8Array | undefined> | undefined,
  then: Iterable<Uint8Array | undefined>,
): Generator<Uint8Array | undefined> {
  for (let next = first?.next(); next !== undefined && !next.done; next = first?.next()) yield next.value
  yield* then
}
