/** Which of the masters this machine is: the configuration is the same on all of them, so their addresses decide. */

import { type Address, sameAddress } from '../../values/index.ts'

/** The addresses that the configuration gives to masters. */
export interface MasterAddresses {
  /** Of the interface lines, or of the network interface of that name on this machine: at most one of each family. */
  readonly interfaceAddresses: readonly Address[]
  /** Of the masterorder lines, each once. */
  readonly masters: readonly Address[]
}

/** All of them, each once, the interface's first. */
export function masterAddresses({ interfaceAddresses, masters }: MasterAddresses): readonly Address[] {
  const isOther = (address: Address): boolean => !interfaceAddresses.some((own) => sameAddress(own, address))
  return [...interfaceAddresses, ...masters.filter(isOther)]
}

/**
 * Those that this machine has, the one that nodes know it by first. The interface line has the address of one master, whichever
 * machine reads it; so it counts where the machine has it, or has none of them yet: a daemon may start before the network.
 */
export function ownMasters(addresses: MasterAddresses, machine: readonly Address[]): readonly Address[] {
  const found = masterAddresses(addresses).filter((address) => machine.some((own) => sameAddress(own, address)))
  return found.length > 0 ? found : addresses.interfaceAddresses
}
