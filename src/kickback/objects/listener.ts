/** A place where objects are given by HTTP: members of the cluster alone, judged at each request; each connection bounded. */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { verdict } from '../../resolver/index.ts'
import {
  type Clock,
  type HostPort,
  handlers,
  type Log,
  LogBound,
  nodeHttp,
  parseSocketAddress,
  type Turns,
} from '../../values/index.ts'
import { peerName } from '../service/nodes.ts'
import type { Service } from '../service/question.ts'
import { Crowd, type Holder } from '../service/shares/crowd.ts'
import { type Limits, NETWORK_LIMITS } from '../service/shares/limits.ts'
import { type ConnectionKind, kindOf, networkVisitor, originOf, type Visitor } from '../service/shares/visitor.ts'
import { type Peer, placeName } from '../transport/link.ts'
import { listeningReason, TransportError } from '../transport/transport-error.ts'
import type { Guest, Objects } from './objects.ts'

/** What a listener is made of. */
export interface ObjectsListenerParts {
  readonly objects: Objects
  /** Who may come in. */
  readonly service: Pick<Service, 'public' | 'policy'>
  readonly turns: Turns<ConnectionKind>
  readonly clock: Clock
  readonly log: Log
  /** How many connections there may be; NETWORK_LIMITS unless set. */
  readonly limits?: Limits
}

/**
 * Bounds of a connection: how long the header of a request may take, in milliseconds, and how long it may be, in bytes; how long a connection
 * may be idle between two requests, which a cache keeps for the next one; how many requests may wait for their answer.
 */
const HEADER = { time: 10_000, bytes: 8192 } as const
const IDLE = 75_000
const PENDING_MAX = 8
/** How often connections are looked at, in milliseconds. */
const LOOK = 5_000
/** Connections beyond the limit that are accepted, to be turned away or to have others make room. */
const NEWCOMERS = 64

/** A connection of a member. */
interface Connection extends Holder {
  readonly guest: Guest
  active: number
  pending: number
}

/** Listens at one place. */
export class ObjectsListener {
  /** How many connections were turned away because their address may not ask here, and because there were too many. */
  denied = 0
  refused = 0
  readonly #parts: ObjectsListenerParts
  readonly #server: Server
  readonly #crowd: Crowd
  readonly #connections = new WeakMap<Socket, Connection>()
  readonly #deniedLines: LogBound

  private constructor(parts: ObjectsListenerParts) {
    const { clock, limits = NETWORK_LIMITS } = parts
    this.#parts = parts
    this.#crowd = new Crowd(limits, clock)
    this.#deniedLines = new LogBound(clock)
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response)
    const fail = (_: unknown, __: IncomingMessage, response: ServerResponse): void => void response.destroy()
    this.#server = nodeHttp().createServer(
      {
        ...{ headersTimeout: HEADER.time, requestTimeout: HEADER.time, maxHeaderSize: HEADER.bytes },
        ...{ keepAliveTimeout: IDLE, connectionsCheckingInterval: LOOK },
      },
      handlers.guard('objects request', answer, fail),
    )
    this.#server.maxConnections = limits.connections + NEWCOMERS
    const close = (_: unknown, socket: Socket): void => void socket.destroy()
    const enter = (socket: Socket): void => this.#enter(socket)
    this.#server.on('connection', handlers.guard('objects connection', enter, close))
  }

  /** Listens there. Throws TransportError where that cannot be. */
  static async open(place: HostPort, parts: ObjectsListenerParts): Promise<ObjectsListener> {
    const listener = new ObjectsListener(parts)
    const server = listener.#server
    try {
      const listening = once(server, 'listening')
      server.listen({ ...place, exclusive: true })
      await listening
    } catch (error) {
      const reason = error instanceof Error ? listeningReason(error) : String(error)
      throw new TransportError('not-listening', `can't listen on ${placeName(place)}: ${reason}`, error)
    }
    const failed = (error: Error): void =>
      parts.log.error({ err: error, place: placeName(place) }, 'cannot accept a connection')
    server.on('error', handlers.guard('objects listener error', failed))
    return listener
  }

  /** Where it is; the port is the real one. */
  get place(): HostPort {
    const { address, port } = this.#server.address() as AddressInfo
    return { host: address, port }
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#crowd.size
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  /** Nothing is read of a stranger. */
  #enter(socket: Socket): void {
    const { service, turns } = this.#parts
    turns.newcomer()
    const address = parseSocketAddress(socket.remoteAddress ?? '')
    // It has ended already.
    if (address === undefined) return
    const peer: Peer = { via: 'tcp', address, port: socket.remotePort ?? 0 }
    const localAddress = parseSocketAddress(socket.localAddress ?? '')
    const visitor = networkVisitor({ peer, localAddress }, service.public.current, service.policy)
    // Connections are kept for the next request, and who may ask can be another one by then.
    const isMember = (): boolean => this.#isMember(socket, peer, visitor)
    if (isMember()) this.#admit(socket, visitor, isMember)
  }

  /** Whether who is there may ask now: the connection of one who may not is ended. */
  #isMember(socket: Socket, peer: Peer, { asker, denied }: Visitor): boolean {
    const { service } = this.#parts
    if (denied === undefined && verdict(service.public.current, asker, 'snapshot', service.policy) === 'granted')
      return true
    this.#deny(socket, peer)
    return false
  }

  #deny(socket: Socket, peer: Peer): void {
    if (socket.destroyed) return
    this.denied++
    socket.destroy()
    if (this.#deniedLines.times() === undefined) return
    this.#parts.log.warn({ peer: peerName(peer), denied: this.denied }, 'a connection for objects was denied')
  }

  #admit(socket: Socket, visitor: Visitor, isMember: () => boolean): void {
    const { limits = NETWORK_LIMITS } = this.#parts
    const origin = originOf(visitor, (key) => this.#crowd.held(key), limits.reserved)
    if (!this.#crowd.admits(origin)) {
      this.refused++
      socket.destroy()
      return
    }
    const isRoot = visitor.isRoot && origin !== visitor.source
    const connection: Connection = {
      guest: { source: origin.key, isRoot, kind: kindOf(visitor.asker, isRoot), isMember },
      active: this.#parts.clock.now(),
      pending: 0,
      follows: false,
      destroy: () => void socket.destroy(),
    }
    this.#connections.set(socket, connection)
    this.#crowd.enter(origin, connection)
    const leave = (): void => this.#crowd.leave(origin, connection)
    socket.on('close', handlers.guard('objects connection close', leave, leave))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket)
    if (connection === undefined || connection.pending >= PENDING_MAX) {
      request.socket.destroy()
      return
    }
    if (!connection.guest.isMember()) return
    connection.pending++
    connection.active = this.#parts.clock.now()
    const done = (): void => {
      connection.pending--
      connection.active = this.#parts.clock.now()
    }
    response.on('close', handlers.guard('objects response end', done, done))
    await this.#parts.objects.answer(request, response, connection.guest)
  }
}
