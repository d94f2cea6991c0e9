/** Listening on a place: what connects there becomes a link. */
import { once } from 'node:events'
import { chmodSync, chownSync } from 'node:fs'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { type Clock, handlers } from '../../values/index.ts'
import { dial } from './dialler.ts'
import type { Link, Listener, Newcomer, Place } from './link.ts'
import { placeName } from './link.ts'
import { newcomerOf } from './newcomer.ts'
import { lengthenQueue, type RawMode, rawMode } from './raw-mode.ts'
import { peerOf, SocketLink } from './socket-link.ts'
import { listeningReason, TransportError } from './transport-error.ts'

/** The longest path of a Unix socket in bytes (sun_path less its NUL, unix(7)). */
const SOCKET_PATH_MAX = 107
/** How long a live socket is given to answer a dial before its path is taken over, in milliseconds. */
const LIVE_CHECK_MS = 1000

/** How a place is listened on. */
interface ListenOptions {
  readonly clock: Clock
  /** The most links at once; more are closed as they come. */
  readonly maxConnections: number
  /** The mode of a Unix socket, default 0666; never wider than asked, whatever the umask. */
  readonly mode?: number
  /** The group of a Unix socket, default the process's own. */
  readonly group?: number
  /** Called with each new link, which it makes listen or destroys. Not called where connections begin with TLS. */
  readonly onLink: (link: Link) => void
  /** Connections begin with TLS: they come as newcomers. */
  readonly tls?: TlsDoor | undefined
  /** Called with what goes wrong on the listening socket itself, as when there are no file descriptors left. */
  readonly onError: (error: Error) => void
}

/** How connections are taken that begin with TLS. */
interface TlsDoor {
  /** What this end shows now: certificates are renewed while it listens. */
  readonly context: () => SecureContext
  /** Called with each connection, which it has shake hands or destroys. */
  readonly onNewcomer: (newcomer: Newcomer) => void
}

/** Listens on a place. Throws TransportError: path-too-long, in-use (a process answers there), not-listening. */
export async function listen(place: Place, options: ListenOptions): Promise<Listener> {
  const ipc = rawMode()
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

/** Throws if the path is too long for the kernel, or a process answers on it. */
async function checkFree(path: string, clock: Clock): Promise<void> {
  const length = Buffer.byteLength(path)
  if (length > SOCKET_PATH_MAX) {
    const message = `${path} has ${length} bytes; the path of a socket can have ${SOCKET_PATH_MAX}: choose a shorter folder`
    throw new TransportError('path-too-long', message)
  }
  if (await isFree(path, clock)) return
  throw new TransportError('in-use', `${path} is in use: another process listens there`)
}

/** Whether no process listens on a path. A socket whose queue is full (EAGAIN), or that does not answer in time, has an owner. */
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
function started(ipc: RawMode, place: Place): Promise<Server> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => {
      const reason = error instanceof Error ? listeningReason(error) : String(error)
      reject(new TransportError('not-listening', `can't listen on ${placeName(place)}: ${reason}`, error))
    }
    ipc.server.on('error', handlers.guard('listener error', failed, reject))
    const stop = (error: unknown): void => {
      ipc.server.stop()
      failed(error)
    }
    const start = (): void => {
      const server = ipc.server.server as Server
      lengthenQueue(server)
      resolve(server)
    }
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
function accepting(ipc: RawMode, server: Server, place: Place, options: ListenOptions): Listener {
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
    if (options.tls !== undefined && peer.via === 'tcp') {
      options.tls.onNewcomer(newcomerOf(socket, peer, options.tls.context))
      return
    }
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
