/** The address of a network interface of this machine that nodes know it by. */
import { type Address, interfaceAddresses, isLinkLocal } from '../../values/index.ts'

/** The first IPv4 address, else the first of IPv6 that is not link-local, of a network interface of this machine. */
export function interfaceAddress(name: string): Address | undefined {
  const all = interfaceAddresses().flatMap((each) => (each.name === name ? [each.address] : []))
  return all.find(({ family }) => family === 4) ?? all.find((address) => !isLinkLocal(address))
}
