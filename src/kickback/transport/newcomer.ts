/** A connection that was accepted and waits for its TLS handshake: who is there is known by its address, and nothing was read of it. */
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { handlers, parseSocketAddress } from '../../values/index.ts'
import type { Link, Newcomer, TcpPeer } from './link.ts'
import { accepted, shownCertificate } from './secure-socket.ts'
import { SocketLink } from './socket-link.ts'

/** The newcomer of an accepted socket. `context` is asked when its handshake begins. */
export function newcomerOf(socket: Socket, peer: TcpPeer, context: () => SecureContext): Newcomer {
  // The kernel keeps what it sends until its handshake begins.
  socket.pause()
  let gone: (() => void) | undefined
  const isGone = (): void => gone?.()
  socket.on('close', handlers.guard('newcomer end', isGone))
  return {
    peer,
    localAddress: parseSocketAddress(socket.localAddress ?? ''),
    destroy: () => socket.destroy(),
    onGone: (then) => {
      gone = then
      if (socket.closed) then()
    },
    secured: async (): Promise<Link> => {
      const secure = await accepted(socket, context())
      gone = undefined
      return secureLink(secure, peer)
    },
  }
}

/** The link over a socket of TLS whose handshake is done: its peer is the one that was there before, with what it showed. */
export function secureLink(secure: Awaited<ReturnType<typeof accepted>>, peer: TcpPeer): SocketLink {
  const link = new SocketLink(secure, (bytes) => secure.write(bytes))
  secure.on(
    'data',
    handlers.guard(
      'listener data',
      (data: Buffer) => link.received(data),
      () => secure.destroy(),
    ),
  )
  link.connected({ ...peer, tls: { certificate: shownCertificate(secure) } })
  return link
}
