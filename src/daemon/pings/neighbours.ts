/** How the kernel is made to ask machines for their MACs, and what it found. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { type Address, type AddressRange, formatAddress, handlers, parseNetwork } from '../../values/index.ts'
import { neighboursIn, neighbourTable } from '../trust/arp-table.ts'

/** The port that machines throw away what comes to (discard, RFC 863): what is sent there means nothing. */
const DISCARD = 9

/** Sends each of these machines an empty datagram that no router passes on. Rejects with the system's error where none can be sent to. */
export async function disturb(addresses: readonly Address[]): Promise<void> {
  const socket = createSocket('udp4')
  try {
    socket.bind(0)
    await once(socket, 'listening')
    socket.setTTL(1)
    const sent = await Promise.allSettled(addresses.map((address) => sendTo(socket, formatAddress(address))))
    const failed = sent.filter((one) => one.status === 'rejected')
    if (failed.length > 0 && failed.length === sent.length) throw failed[0]?.reason
  } finally {
    socket.close()
  }
}

function sendTo(socket: Socket, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = (error: Error | null): void => (error === null ? resolve() : reject(error))
    socket.send(new Uint8Array(0), DISCARD, host, handlers.guard('ping sent', sent, reject))
  })
}

/** Of the neighbours in the kernel's table, by address, whether they answered; those that somebody wrote there are left out. Throws the system's error. */
export function answeredNeighbours(): ReadonlyMap<string, boolean> {
  return neighboursIn(neighbourTable())
}

/** The networks of IPv4 that the interfaces of this machine are in. */
export function ownNetworks(): readonly AddressRange[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .flatMap(({ family, internal, cidr }) => (family === 'IPv4' && !internal && cidr !== null ? [cidr] : []))
    .flatMap((cidr) => parseNetwork(cidr) ?? [])
}
