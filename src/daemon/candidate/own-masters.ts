/** Which of the masters this machine is: the configuration is the same on all of them, so their addresses tell. */

import { type Address, sameAddress } from '../../values/index.ts'

/** The addresses that the configuration gives to masters. */
export interface MasterAddresses {
  /** Of the interface line, or of the network interface of that name on this machine; undefined if there is none. */
  readonly interfaceAddress: Address | undefined
  /** Of the masterorder lines, each once. */
  readonly masters: readonly Address[]
}

/** All of them, each once, the interface's first. */
export function masterAddresses({ interfaceAddress, masters }: MasterAddresses): readonly Address[] {
  if (interfaceAddress === undefined) return masters
  return [interfaceAddress, ...masters.filter((address) => !sameAddress(address, interfaceAddress))]
}

/**
 * Those that this machine has, the one that nodes know it by first. The interface line has the address of one master, whichever
 * machine reads it; so it counts where the machine has it, or has none of them yet: a daemon may start before the network.
 */
export function ownMasters(addresses: MasterAddresses, machine: readonly Address[]): readonly Address[] {
  const found = masterAddresses(addresses).filter((address) => machine.some((own) => sameAddress(own, address)))
  if (found.length > 0 || addresses.interfaceAddress === undefined) return found
  return [addresses.interfaceAddress]
}
