/** The addresses of a network interface of this machine that nodes know it by. */
import { type Address, interfaceAddresses, isLinkLocal } from '../../values/index.ts'

/**
 * The first address of each family of a network interface of this machine, that of IPv4 first. Link-local addresses of IPv6 are left out: a
 * node could not use one without the name of its own interface.
 */
export function addressesOfInterface(name: string): readonly Address[] {
  const all = interfaceAddresses().flatMap((each) => (each.name === name ? [each.address] : []))
  const usable = all.filter((address) => address.family === 4 || !isLinkLocal(address))
  return [4, 6].flatMap((family) => usable.find((address) => address.family === family) ?? [])
}
