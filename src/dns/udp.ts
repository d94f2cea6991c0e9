/** A UDP socket at one address: requests in, replies out. */

import type { RemoteInfo, Socket } from 'node:dgram'
import { once } from 'node:events'
import { type HostPort, handlers } from '../values/index.ts'
import type { Peer } from './settings.ts'
import { udpSocket } from './wire/dns2.ts'

/** Handles requests: `send` may be called once, at once or later. */
export interface UdpHandler {
  udp(request: Buffer, peer: Peer, send: (reply: Buffer) => void): void
  /** Counts a request from port 0, which gets no reply. */
  unanswerable(): void
}

/**
 * Opens a socket. Rejects if the address can't be had. Later errors of sending go to `onError`. A request from port 0 is
 * dropped: nobody can be answered there (RFC 768 lets a sender say that it wants no reply), and sending there throws.
 */
export async function listenUdp(
  endpoint: HostPort,
  handler: UdpHandler,
  onError: (error: Error) => void,
): Promise<Socket> {
  const socket = udpSocket(endpoint.host.includes(':') ? 6 : 4)
  const listening = once(socket, 'listening')
  socket.bind(endpoint.port, endpoint.host)
  await listening
  const receive = (request: Buffer, peer: RemoteInfo): void => {
    if (peer.port === 0) handler.unanswerable()
    else handler.udp(request, peer, (reply) => sendTo(socket, reply, peer))
  }
  socket.on('error', handlers.guard('DNS socket error', onError))
  socket.on('message', handlers.guard('DNS request by UDP', receive))
  return socket
}

/** An answer may come late, when the socket of an address that is gone is closed. */
function sendTo(socket: Socket, reply: Buffer, { address, port }: RemoteInfo): void {
  try {
    socket.send(reply, port, address)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error
  }
}
