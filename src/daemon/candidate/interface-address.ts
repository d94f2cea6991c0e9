/** The addresses of the network interfaces of this machine. */

import { networkInterfaces } from 'node:os'
import { type Address, parseAddress } from '../../values/index.ts'

/** The first IPv4 address, else the first that is not link-local, of a network interface of this machine. */
export function interfaceAddress(name: string): Address | undefined {
  const all = networkInterfaces()[name] ?? []
  const found = all.find(({ family }) => family === 'IPv4') ?? all.find(({ address }) => !address.startsWith('fe80:'))
  return found === undefined ? undefined : parseAddress(found.address)
}

/** Every address of this machine's network interfaces. */
export function machineAddresses(): readonly Address[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  return all.flatMap(({ address }) => parseAddress(address) ?? [])
}
