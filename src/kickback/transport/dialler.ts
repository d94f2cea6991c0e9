/** Connecting to a place: by TCP from a port that only root can take, where that may be. */
import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { type Clock, handlers } from '../../values/index.ts'
import type { Link, Place } from './link.ts'
import { secureLink } from './newcomer.ts'
import { rawMode } from './raw-mode.ts'
import { connected as secured } from './secure-socket.ts'
import { peerOf, SocketLink } from './socket-link.ts'
import { systemReason, TransportError, type TransportErrorCode } from './transport-error.ts'

/** How a place is dialled. */
interface DialOptions {
  readonly clock: Clock
  /** When to give up, on that clock. */
  readonly deadline: number
  /** Gives up once this aborts: then nothing of it is left that would keep the process alive. */
  readonly signal?: AbortSignal | undefined
  /** Speaks TLS with this context; plain TCP without it. What the other end shows is in its `peer`: nothing is sent before the user does. */
  readonly tls?: SecureContext | undefined
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
 * Connects to a place, by TCP from a port below 1024 where this process may take one: connections are kept for those, so that no
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
function dialFrom(localPort: number | undefined, place: Place, options: DialOptions): Promise<Link> {
  const { clock, deadline, signal } = options
  const ipc = rawMode()
  if (localPort !== undefined) ipc.config.interface.localPort = localPort
  const id = `dial${dialled++}`
  if ('path' in place) ipc.connectTo(id, place.path)
  else ipc.connectToNet(id, place.host, place.port)
  const client = ipc.of[id]
  if (client === undefined) throw new TransportError('unreachable', 'that is not a socket path or an address')
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
    const fault = (error: unknown): void => failed('unreachable', 'an unexpected error', error)
    const late = handlers.guard('dial timeout', () => failed('timeout', 'no connection in time'), fault)
    const cancelTimer = clock.after(signal?.aborted ? 0 : Math.max(0, deadline - clock.now()), late)
    signal?.addEventListener('abort', late)
    const cancel = (): void => {
      cancelTimer()
      signal?.removeEventListener('abort', late)
    }
    client.on(
      'error',
      handlers.guard('dial error', (error: Error) => failed('unreachable', systemReason(error), error), fault),
    )
    // The other end may end it at any time, as one that is stopped does: that is no fault of this program.
    const connected = async (): Promise<void> => {
      try {
        const opened = await openedOver(link, socket, place, options.tls)
        cancel()
        resolve(opened)
      } catch (error) {
        if (!(error instanceof TransportError)) throw error
        failed(error.code, error.message, error.cause)
      }
    }
    client.on('connect', handlers.guard('dial connection', connected, fault))
  })
}

/** The link of a socket that is connected: plain, or through TLS where a context is given. Throws TransportError where the other end ends it. */
async function openedOver(
  link: SocketLink,
  socket: Socket,
  place: Place,
  tls: SecureContext | undefined,
): Promise<Link> {
  const peer = peerOf(socket, place)
  if (peer === undefined) throw new TransportError('unreachable', 'the other side closed at once')
  if (tls !== undefined && peer.via !== 'unix') return secureLink(await secured(socket, tls), peer)
  link.connected(peer)
  return link
}
