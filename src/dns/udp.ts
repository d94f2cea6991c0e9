/** A UDP socket at one address: requests in, replies out. */

import type { RemoteInfo, Socket } from 'node:dgram'
import { once } from 'node:events'
import { type HostPort, handlers } from '../values/index.ts'
import type { Peer } from './settings.ts'
import type { Arrival } from './share/handover.ts'
import { udpSocket } from './wire/dns2.ts'

/** Handles requests: `send` may be called once, at once or later. `arrival` is for who has another server answer. */
export interface UdpHandler {
  udp(request: Buffer, peer: Peer, send: (reply: Buffer) => void, arrival?: Arrival): void
  /** Counts a request from port 0, which gets no reply. */
  unanswerable(): void
  /** Counts a reply that is dropped. */
  unsent(): void
}

/** How many bytes of replies may wait for the system to take them: more are dropped, as networks do. */
const QUEUE_MAX = 1024 * 1024

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
  const send = (reply: Buffer, peer: RemoteInfo): void => {
    if (!sendTo(socket, reply, peer)) handler.unsent()
  }
  const receive = (request: Buffer, peer: RemoteInfo): void => {
    if (peer.port === 0) handler.unanswerable()
    else handler.udp(request, peer, (reply) => send(reply, peer))
  }
  socket.on('error', handlers.guard('DNS socket error', onError))
  socket.on('message', handlers.guard('DNS request by UDP', receive))
  return socket
}

/**
 * Sends a reply; false if it is dropped: too many wait already, or it comes late, when the socket of an address that is gone is
 * closed.
 */
export function sendTo(
  socket: Pick<Socket, 'send' | 'getSendQueueSize'>,
  reply: Buffer,
  { address, port }: Pick<RemoteInfo, 'address' | 'port'>,
): boolean {
  try {
    if (waitingIn(socket) > QUEUE_MAX) return false
    socket.send(reply, port, address)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error
    return false
  }
}

/** How many bytes wait in a socket; a closed one has no queue, and says so by a TypeError. */
function waitingIn(socket: Pick<Socket, 'getSendQueueSize'>): number {
  try {
    return socket.getSendQueueSize()
  } catch {
    return 0
  }
}
