/** Looks for DHCP servers on the networks of this master's interfaces, and for what they offer to machines of the configuration. */
import { createSocket, type Socket } from 'node:dgram'
import { on, once } from 'node:events'
import { networkInterfaces } from 'node:os'
import {
  DHCP_PORTS,
  type DhcpNetwork,
  type DhcpOffer,
  discoverMessage,
  type Lease,
  offerIn,
} from '../../../boot/index.ts'
import {
  type Address,
  addressKey,
  type Clock,
  formatAddress,
  handlers,
  type Mac,
  parseMac,
  sameAddress,
  sleep,
} from '../../../values/index.ts'

/** How long replies to a stranger are waited for, in milliseconds: dnsmasq looks for three seconds whether the address is in use. */
const PATIENCE = 4000
/** How often a server that knows the machine is asked, and how long it has each time, in milliseconds. */
const ASKED = { times: 3, patience: 1000 } as const

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
    const take = ({ server }: DhcpOffer): boolean => {
      found.set(addressKey(server), { server, interface: name })
      return false
    }
    await answering([mac], { own, clock, times: 1, patience: PATIENCE, take })
  }
  return [...found.values()]
}

/**
 * Asks the servers on this network for these leases. Gives the first lease that a server other than those in `own` offers; undefined for none. The machines do not
 * notice, since a reply carries the number of its request. Rejects with the system's error if it can't ask.
 */
export async function offeredBy(
  network: Pick<DhcpNetwork, 'own'>,
  leases: readonly Lease[],
  own: readonly Address[],
  clock: Clock,
): Promise<Lease | undefined> {
  if (network.own === undefined) return undefined
  let offered: Lease | undefined
  const take = ({ server, address }: DhcpOffer): boolean => {
    const isOther = !own.some((one) => sameAddress(one, server))
    if (isOther) offered ??= leases.find((lease) => sameAddress(lease.address, address))
    return offered !== undefined
  }
  const macs = leases.map(({ mac }) => mac)
  await answering(macs, { own: network.own, clock, ...ASKED, take })
  return offered
}

/** How a network is asked. */
interface Question {
  /** The address of this master in it. */
  readonly own: Address
  readonly clock: Clock
  readonly times: number
  /** For each time, in milliseconds. */
  readonly patience: number
  /** Gets each offer; true if it is enough. */
  readonly take: (offer: DhcpOffer) => boolean
}

async function answering(macs: readonly Mac[], { own, clock, times, patience, take }: Question): Promise<void> {
  const first = Math.floor(Math.random() * (2 ** 32 - macs.length))
  const enough = new AbortController()
  // Replies come by broadcast, which a socket with an address does not get; that of the request chooses the interface.
  const [replies, requests] = [socket(), socket()]
  try {
    await bound(replies, '0.0.0.0')
    await bound(requests, formatAddress(own))
    requests.setBroadcast(true)
    handlers.float('DHCP look', () =>
      collect(replies, enough.signal, (bytes) => {
        for (const [i, mac] of macs.entries()) {
          const offer = offerIn(bytes, first + i, mac)
          if (offer !== undefined && take(offer)) enough.abort()
        }
      }),
    )
    for (let time = 0; time < times && !enough.signal.aborted; time++) {
      for (const [i, mac] of macs.entries())
        requests.send(discoverMessage(first + i, mac), DHCP_PORTS.server, '255.255.255.255')
      await sleep(clock, patience, enough.signal)
    }
  } finally {
    enough.abort()
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
