/** Looks for DHCP servers on the networks of this master's interfaces. */
import { createSocket, type Socket } from 'node:dgram'
import { on, once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { DHCP_PORTS, type DhcpNetwork, discoverMessage, offeringServer } from '../../../boot/index.ts'
import {
  type Address,
  addressKey,
  type Clock,
  formatAddress,
  handlers,
  type Mac,
  parseMac,
  sleep,
} from '../../../values/index.ts'

/** How long replies are waited for, in milliseconds: dnsmasq looks for three seconds whether the address is in use. */
const PATIENCE = 4000

/** A DHCP server that answered. */
interface FoundServer {
  readonly server: Address
  readonly interface: string
}

/** The servers that answer on these networks, each once. Rejects with the system's error where nobody can be asked. */
export async function dhcpServersOn(networks: readonly DhcpNetwork[], clock: Clock): Promise<readonly FoundServer[]> {
  const found = new Map<string, FoundServer>()
  for (const { interface: name, own } of networks) {
    const mac = parseMac((name !== undefined && networkInterfaces()[name]?.[0]?.mac) || '')
    if (name === undefined || own === undefined || mac === undefined) continue
    for (const server of await answering(own, mac, clock)) found.set(addressKey(server), { server, interface: name })
  }
  return [...found.values()]
}

async function answering(own: Address, mac: Mac, clock: Clock): Promise<readonly Address[]> {
  const id = Math.floor(Math.random() * 2 ** 32)
  const ended = new AbortController()
  // Replies come by broadcast, which a socket with an address does not get; that of the request chooses the interface.
  const [replies, requests] = [socket(), socket()]
  const servers: Address[] = []
  try {
    await bound(replies, '0.0.0.0')
    await bound(requests, formatAddress(own))
    requests.setBroadcast(true)
    handlers.float('DHCP look', () =>
      collect(replies, ended.signal, (bytes) => {
        const server = offeringServer(bytes, id, mac)
        if (server !== undefined) servers.push(server)
      }),
    )
    requests.send(discoverMessage(id, mac), DHCP_PORTS.server, '255.255.255.255')
    await sleep(clock, PATIENCE)
    return servers
  } finally {
    ended.abort()
    replies.close()
    requests.close()
  }
}

function socket(): Socket {
  return createSocket({ type: 'udp4', reuseAddr: true })
}

async function bound(one: Socket, address: string): Promise<void> {
  one.bind(DHCP_PORTS.client, address)
  await once(one, 'listening')
}

async function collect(one: Socket, signal: AbortSignal, take: (bytes: Uint8Array) => void): Promise<void> {
  try {
    for await (const [bytes] of on(one, 'message', { signal })) take(bytes)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
