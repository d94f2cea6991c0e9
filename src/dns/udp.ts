/** A UDP socket at one address: requests in, replies out. */
import type { RemoteInfo, Socket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { udpSocket } from './dns2.ts'
import type { DnsEndpoint } from './settings.ts'

/** Handles a request; `reply` may be called once, at once or later. */
export type UdpHandler = (request: Buffer, peer: RemoteInfo, socket: Socket) => void

/** Opens a socket. Rejects where the address can't be had. Later errors of sending go to `onError`. */
export async function listenUdp(
  endpoint: Pick<DnsEndpoint, 'host' | 'port'>,
  handle: UdpHandler,
  onError: (error: Error) => void,
): Promise<Socket> {
  const socket = udpSocket(endpoint.host.includes(':') ? 6 : 4)
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(endpoint.port, endpoint.host, () => {
      socket.off('error', reject)
      resolve()
    })
  })
  socket.on('error', onError)
  socket.on('message', (request, peer) => handle(request, peer, socket))
  return socket
}

/** The port that a socket has. */
export function udpPort(socket: Socket): number {
  return (socket.address() as AddressInfo).port
}
