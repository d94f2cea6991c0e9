/** A UDP socket at one address: requests in, replies out. */
import type { Socket } from 'node:dgram'
import { udpSocket } from './dns2.ts'
import type { DnsEndpoint } from './settings.ts'

/** Handles requests: `send` may be called once, at once or later. */
export interface UdpHandler {
  udp(request: Buffer, peer: string, send: (reply: Buffer) => void): void
}

/** Opens a socket. Rejects where the address can't be had. Later errors of sending go to `onError`. */
export async function listenUdp(
  endpoint: Pick<DnsEndpoint, 'host' | 'port'>,
  handler: UdpHandler,
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
  socket.on('message', (request, { address, port }) => {
    handler.udp(request, address, (reply) => socket.send(reply, port, address))
  })
  return socket
}
