/** The addresses of this machine, as the system tells them. */
import { networkInterfaces } from 'node:os'
import type { Clock } from '../clock.ts'
import { type Address, isLinkLocal, parseAddress } from './address.ts'

/** How long an answer of the system holds, in milliseconds: it takes as long as some twenty questions, and clients can ask for it. */
const HOLDS = 1000

/** An address of a network interface. */
interface InterfaceAddress {
  /** The interface. */
  readonly name: string
  readonly address: Address
  /** The address in text, as sockets take it: a link-local one with its interface, `fe80::1%eth0`. */
  readonly host: string
}

/** Every address of every network interface of this machine, in the system's order. */
export function interfaceAddresses(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, all = []]) =>
    all.flatMap(({ address: text }) => {
      const address = parseAddress(text)
      return address === undefined
        ? []
        : [{ name, address, host: address.family === 6 && isLinkLocal(address) ? `${text}%${name}` : text }]
    }),
  )
}

/** Every address of this machine's network interfaces. */
export function machineAddresses(): readonly Address[] {
  return interfaceAddresses().map(({ address }) => address)
}

/** Gives what `ask` gives now, or gave a second ago: it is asked once a second, however often the addresses are wanted. */
export function heldAddresses(
  clock: Pick<Clock, 'now'>,
  ask: () => readonly Address[] = machineAddresses,
): () => readonly Address[] {
  let held: { readonly at: number; readonly addresses: readonly Address[] } | undefined
  return () => {
    const now = clock.now()
    if (held === undefined || now - held.at >= HOLDS) held = { at: now, addresses: ask() }
    return held.addresses
  }
}
