/** The networks in which machines get their addresses by DHCP: those of the interface lines. */
import type { Cluster } from '../config/index.ts'
import { ADDRESS_BITS, formatAddress, networkOf } from '../values/index.ts'

/** The network of an interface line. */
export interface Subnet {
  /** The interface. */
  readonly name: string
  readonly range: ReturnType<typeof networkOf>
  readonly prefixLength: number
}

/** The IPv4 networks of the interface lines, each once; an address alone is none that others could be in. */
export function subnetsOf({ interfaces }: Cluster): Subnet[] {
  const subnets = new Map<string, Subnet>()
  for (const { name, address, prefixLength } of interfaces) {
    if (address?.family !== 4 || prefixLength === undefined || prefixLength >= ADDRESS_BITS[4]) continue
    const range = networkOf(address, prefixLength)
    const key = `${formatAddress(range.first)}/${prefixLength}`
    if (!subnets.has(key)) subnets.set(key, { name, range, prefixLength })
  }
  return [...subnets.values()]
}
