/**
 * Links over node-ipc's raw mode: the one file that knows the package, with all that it leaves to its users (numbers in
 * brackets: packages.md of the reference has the same in short).
 *
 * - One IPCModule for each listener and for each dialled link: with TLS set even its Unix sockets would speak TLS.
 * - Port 0 would become 8000: the port is set after serveNet. `maxConnections` would be 100.
 * - `serve` takes over the path of a live socket unasked: here it is dialled first.
 * - A socket below its `socketRoot` gets that folder made and its mode changed: the root is set to where none can be.
 * - Its retries have a fixed delay, no jitter, no dial time-out: they are off; Backoff and the deadline below are ours.
 * - 'error' comes without its socket: each socket gets a listener of ours. Bytes queued have no bound: Link tells them.
 */

import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync } from 'node:fs'
import type { AddressInfo, Server, Socket } from 'node:net'
import { getSystemErrorMessage } from 'node:util'
import { IPCModule } from 'node-ipc'
import { type Address, addressFromBytes, parseAddress } from '../config/index.ts'
import { type Clock, handlers } from '../values/index.ts'
import type { Link, LinkEvents, Listener, Peer, Place } from './link.ts'
import { placeName } from './link.ts'

/** The longest path of a Unix socket in bytes (sun_path less its NUL, unix(7)). */
export const SOCKET_PATH_MAX = 107
/** How long a live socket is given to answer a dial before its path is taken over, in milliseconds. */
const LIVE_CHECK_MS = 1000

/** Why a place could not be listened on or dialled. */
export type TransportErrorCode = 'path-too-long' | 'in-use' | 'not-listening' | 'timeout' | 'unreachable'

/** A place that could not be listened on or dialled. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportErrorCode

  constructor(code: TransportErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }

  /** The system's name of what went wrong (errno(3)), where the system said so. */
  get systemCode(): string | undefined {
    return (this.cause as NodeJS.ErrnoException | undefined)?.code
  }
}

/** How a place is listened on. */
export interface ListenOptions {
  readonly clock: Clock
  /** The most links at once; more are closed as they come. */
  readonly maxConnections: number
  /** The mode of a Unix socket, default 0666; never wider than asked, whatever the umask. */
  readonly mode?: number
  /** The group of a Unix socket, default the process's own. */
  readonly group?: number
  /** Called with each new link, which it makes listen or destroys. */
  readonly onLink: (link: Link) => void
  /** Called with what goes wrong on the listening socket itself, as when there are no file descriptors left. */
  readonly onError: (error: Error) => void
}

/** Listens on a place. Throws TransportError: path-too-long, in-use (by whoever answers there), not-listening. */
export async function listen(place: Place, options: ListenOptions): Promise<Listener> {
  const ipc = rawModule()
  ipc.config.maxConnections = options.maxConnections
  if ('path' in place) {
    await checkFree(place.path, options.clock)
    const isForAll = (options.mode ?? 0o666) === 0o666
    ipc.config.readableAll = isForAll
    ipc.config.writableAll = isForAll
    ipc.serve(place.path)
  } else {
    ipc.serveNet(place.host, place.port)
    ipc.server.port = String(place.port)
  }
  const server = await started(ipc, place)
  if ('path' in place) restrict(place.path, options)
  return accepting(ipc, server, place, options)
}

function rawModule(): IPCModule {
  const ipc = new IPCModule()
  Object.assign(ipc.config, { rawBuffer: true, parser: 'raw', silent: true, maxRetries: 0, socketRoot: '/dev/null/' })
  return ipc
}

/** Throws where the path is too long for the kernel, or somebody answers on it. */
async function checkFree(path: string, clock: Clock): Promise<void> {
  const length = Buffer.byteLength(path)
  if (length > SOCKET_PATH_MAX) {
    const message = `${path} has ${length} bytes; the path of a socket can have ${SOCKET_PATH_MAX}: choose a shorter folder`
    throw new TransportError('path-too-long', message)
  }
  if (await isFree(path, clock)) return
  throw new TransportError('in-use', `${path} is in use: somebody listens there`)
}

/** Whether nobody listens on a path. A socket whose queue is full (EAGAIN), or that keeps us waiting, has an owner. */
async function isFree(path: string, clock: Clock): Promise<boolean> {
  try {
    const link = await dial({ path }, { clock, deadline: clock.now() + LIVE_CHECK_MS })
    link.destroy()
    return false
  } catch (error) {
    return error instanceof TransportError && ['ENOENT', 'ECONNREFUSED'].includes(error.systemCode ?? '')
  }
}

/** Starts listening; the server once it does. */
function started(ipc: IPCModule, place: Place): Promise<Server> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => {
      const reason = error instanceof Error ? systemReason(error) : String(error)
      reject(new TransportError('not-listening', `can't listen on ${placeName(place)}: ${reason}`, error))
    }
    ipc.server.on('error', handlers.guard('listener error', failed, reject))
    const stop = (error: unknown): void => {
      ipc.server.stop()
      failed(error)
    }
    const start = (): void => resolve(ipc.server.server as Server)
    ipc.server.on('start', handlers.guard('listener start', start, stop))
    try {
      ipc.server.start()
    } catch (error) {
      failed(error)
    }
  })
}

/** Gives a Unix socket its mode and group. Its folder keeps others out meanwhile. */
function restrict(path: string, { mode, group }: ListenOptions): void {
  if (group !== undefined) chownSync(path, -1, group)
  if (mode !== undefined) chmodSync(path, mode)
}

/** Turns what a started server accepts into links. */
function accepting(ipc: IPCModule, server: Server, place: Place, options: ListenOptions): Listener {
  const links = new Map<Socket, SocketLink>()
  server.on('error', handlers.guard('listener error', options.onError))
  const accept = (socket: Socket): void => {
    const peer = peerOf(socket, place)
    if (peer === undefined) {
      socket.destroy()
      return
    }
    // Who has asked and sends nothing more still gets all answers: this end ends when they are sent.
    socket.allowHalfOpen = true
    const link = new SocketLink(
      socket,
      (bytes) => ipc.server.emit(socket, bytes),
      () => links.delete(socket),
    )
    link.connected(peer)
    links.set(socket, link)
    options.onLink(link)
  }
  const receive = (data: Buffer, socket: Socket): void => links.get(socket)?.received(data)
  const refuse = (_: unknown, socket: Socket): void => void socket.destroy()
  const end = (_: unknown, __: Buffer, socket: Socket): void => void socket.destroy()
  ipc.server.on('connect', handlers.guard('listener connection', accept, refuse))
  ipc.server.on('data', handlers.guard('listener data', receive, end))
  return {
    place: 'path' in place ? place : { host: place.host, port: (server.address() as AddressInfo).port },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** How a place is dialled. */
export interface DialOptions {
  readonly clock: Clock
  /** When to give up, on that clock. */
  readonly deadline: number
}

let dialled = 0

/** Where a connection by TCP comes from where it may: a port that only root can take, as bindresvport(3) chooses it. */
const LOW_PORTS = { first: 600, last: 1023 } as const
/** Low ports that services listen on: what is started later must find them free. */
const SERVICE_PORTS: ReadonlySet<number> = new Set([
  ...[623, 631, 636, 664, 749, 750, 751, 774, 783, 808, 830, 843, 853, 860, 873, 902, 903, 921, 953],
  ...[989, 990, 991, 992, 993, 994, 995],
])
/** How many low ports are tried. */
const LOW_PORT_TRIES = 4

/**
 * Connects to a place, by TCP from a port below 1024 where this process may take one: places are kept for those, so that no
 * user of this machine can keep its root out. Throws TransportError: timeout, or unreachable with the system's error as cause.
 * The message does not name the place: who asked for it knows it.
 */
export async function dial(place: Place, options: DialOptions): Promise<Link> {
  for (let tries = 0; 'host' in place && tries < LOW_PORT_TRIES; tries++) {
    try {
      return await dialFrom(lowPort(), place, options)
    } catch (error) {
      const code = error instanceof TransportError ? error.systemCode : undefined
      if (code === 'EACCES' || code === 'EPERM') break
      if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL') throw error
    }
  }
  return dialFrom(undefined, place, options)
}

function lowPort(): number {
  for (;;) {
    const port = randomInt(LOW_PORTS.first, LOW_PORTS.last + 1)
    if (!SERVICE_PORTS.has(port)) return port
  }
}

/** Connects from this local port; undefined: from any. */
function dialFrom(localPort: number | undefined, place: Place, { clock, deadline }: DialOptions): Promise<Link> {
  const ipc = rawModule()
  if (localPort !== undefined) ipc.config.interface.localPort = localPort
  const id = `dial${dialled++}`
  if ('path' in place) ipc.connectTo(id, place.path)
  else ipc.connectToNet(id, place.host, place.port)
  const client = ipc.of[id]
  if (client === undefined) throw new TransportError('unreachable', 'that is no place')
  const { socket } = client
  const link = new SocketLink(socket, (bytes) => client.emit(bytes))
  client.on(
    'data',
    handlers.guard(
      'dial data',
      (data: Buffer) => link.received(data),
      () => link.destroy(),
    ),
  )
  return new Promise((resolve, reject) => {
    const failed = (code: TransportErrorCode, reason: string, cause?: unknown): void => {
      cancel()
      ipc.disconnect(id)
      reject(new TransportError(code, reason, cause))
    }
    const fault = (error: unknown): void => failed('unreachable', 'an unexpected error happened here', error)
    const cancel = clock.after(
      Math.max(0, deadline - clock.now()),
      handlers.guard('dial timeout', () => failed('timeout', 'no connection in time'), fault),
    )
    client.on(
      'error',
      handlers.guard('dial error', (error: Error) => failed('unreachable', systemReason(error), error), fault),
    )
    const connected = (): void => {
      cancel()
      const peer = peerOf(socket, place)
      if (peer === undefined) {
        failed('unreachable', 'gone at once')
        return
      }
      link.connected(peer)
      resolve(link)
    }
    client.on('connect', handlers.guard('dial connection', connected, fault))
  })
}

/** What went wrong in the system's words: `connection refused`. Node's message repeats the address. */
function systemReason({ errno, code, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? (code ?? message) : getSystemErrorMessage(errno)
}

/** From how many bytes on a buffer is handed over as it is. */
const LARGE = 16 * 1024

/**
 * The same bytes in as few buffers as copying small ones makes: a vector of many small buffers takes the kernel, and Node,
 * several times as long as their copy.
 */
function merged(buffers: readonly Buffer[]): Buffer[] {
  const out: Buffer[] = []
  let small: Buffer[] = []
  const flush = (): void => {
    if (small.length > 0) out.push(small.length === 1 ? (small[0] as Buffer) : Buffer.concat(small))
    small = []
  }
  for (const buffer of buffers) {
    if (buffer.length < LARGE) {
      small.push(buffer)
    } else {
      flush()
      out.push(buffer)
    }
  }
  flush()
  return out
}

/** A link over a socket of node-ipc. */
class SocketLink implements Link {
  readonly #socket: Socket
  readonly #write: (bytes: Buffer) => boolean
  #peer: Peer = { via: 'unix' }
  #localAddress: Address | undefined
  #early: Buffer[] = []
  #events: LinkEvents | undefined
  #error: Error | undefined
  #gathered: Buffer[] | undefined
  #gatheredBytes = 0
  #hasEnded = false

  /** `forget` is called when the socket is gone, whatever else goes wrong then. */
  constructor(socket: Socket, write: (bytes: Buffer) => boolean, forget: () => void = () => {}) {
    this.#socket = socket
    this.#write = write
    const failed = (error: Error): void => {
      this.#error = error
    }
    const closed = (): void => {
      forget()
      this.#events?.onClosed(this.#error)
      this.#events = undefined
    }
    socket.on('error', handlers.guard('link error', failed))
    socket.on(
      'drain',
      handlers.guard(
        'link drain',
        () => this.#events?.onDrained(),
        () => socket.destroy(),
      ),
    )
    socket.on(
      'end',
      handlers.guard(
        'link end',
        () => this.#ended(),
        () => socket.destroy(),
      ),
    )
    socket.on('close', handlers.guard('link close', closed, closed))
  }

  /** There is somebody at the other end. */
  connected(peer: Peer): void {
    this.#peer = peer
    this.#localAddress = addressOf(this.#socket.localAddress)
  }

  /** Bytes have come. */
  received(chunk: Buffer): void {
    if (this.#events === undefined) this.#early.push(chunk)
    else this.#events.onData(chunk)
  }

  /** The peer sends nothing more. */
  #ended(): void {
    this.#hasEnded = true
    if (this.#events === undefined) return
    if (this.#events.onEnded === undefined) this.#socket.end()
    else this.#events.onEnded()
  }

  get peer(): Peer {
    return this.#peer
  }

  get localAddress(): Address | undefined {
    return this.#localAddress
  }

  get queuedBytes(): number {
    return this.#socket.writableLength + this.#gatheredBytes
  }

  get unreadBytes(): number {
    return this.#socket.readableLength
  }

  listen(events: LinkEvents): void {
    const early = this.#early
    this.#early = []
    if (!this.#socket.closed) this.#events = events
    for (const chunk of early) events.onData(chunk)
    if (this.#hasEnded) this.#ended()
    if (this.#socket.closed) events.onClosed(this.#error)
  }

  send(bytes: Buffer): void {
    if (this.#socket.destroyed || !this.#socket.writable) return
    if (this.#gathered === undefined) {
      this.#write(bytes)
      return
    }
    this.#gathered.push(bytes)
    this.#gatheredBytes += bytes.length
  }

  together<T>(sends: () => T): T {
    this.#gathered = []
    try {
      return sends()
    } finally {
      const gathered = this.#gathered
      this.#gathered = undefined
      this.#gatheredBytes = 0
      for (const bytes of merged(gathered)) this.send(bytes)
    }
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  turnAway(bytes: Buffer): void {
    this.#socket.pause()
    this.#write(bytes)
    this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/**
 * The other end of a connected socket of this place. Undefined for TCP where the peer has gone and its address with it: it
 * must not pass for a local one.
 */
function peerOf(socket: Socket, place: Place): Peer | undefined {
  if ('path' in place) return { via: 'unix' }
  const address = addressOf(socket.remoteAddress)
  return address === undefined ? undefined : { via: 'tcp', address, port: socket.remotePort ?? 0 }
}

/** An address of Node's as ours: mapped IPv4 is IPv4, and a zone (`%eth0`) says nothing to others. */
function addressOf(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined
  const address = parseAddress(text.replace(/%.*/, ''))
  return address && addressFromBytes(address.bytes)
}
