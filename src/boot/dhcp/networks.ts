/** The IPv4 networks in which machines get addresses by DHCP: those of the interface lines, and those behind a relay. */
import type { Cluster } from '../../config/index.ts'
import {
  ADDRESS_BITS,
  type Address,
  type AddressRange,
  formatAddress,
  insideRange,
  networkOf,
} from '../../values/index.ts'

/** A network that the settings name: one behind a relay, or the router of one at an interface. */
export interface NamedNetwork {
  readonly range: AddressRange
  readonly prefixLength: number
  /** The router that machines of it are told; null for none. */
  readonly router: Address | null
}

/** A network with DHCP. */
export interface DhcpNetwork {
  /** The interface of this master that is in it; undefined for one whose requests come by a relay. */
  readonly interface: string | undefined
  /** The address of this master in it; undefined behind a relay. */
  readonly own: Address | undefined
  readonly range: AddressRange
  readonly prefixLength: number
  readonly router: Address | undefined
}

/** Where the addresses of an interface are known from, for a line that does not write them. */
type AddressesOf = (name: string) => readonly { readonly address: Address; readonly prefixLength: number }[]

/** The networks, each once: those of the interface lines in file order, then those behind a relay in the order of the settings. */
export function dhcpNetworks(
  { interfaces }: Pick<Cluster, 'interfaces'>,
  named: readonly NamedNetwork[],
  addressesOf: AddressesOf = () => [],
): readonly DhcpNetwork[] {
  const networks = new Map<string, DhcpNetwork>()
  for (const { name, address, prefixLength } of interfaces) {
    const written = address === undefined || prefixLength === undefined ? [] : [{ address, prefixLength }]
    const all = address === undefined ? addressesOf(name) : written
    for (const one of all) add(networks, networkAt(one.address, one.prefixLength, name))
  }
  for (const { range, prefixLength, router } of named) {
    const known = networks.get(networkText({ range, prefixLength }))
    const bare = { interface: undefined, own: undefined, range, prefixLength }
    networks.set(networkText({ range, prefixLength }), { ...(known ?? bare), router: router ?? undefined })
  }
  return [...networks.values()]
}

/** The network as `10.20.30.0/24`. */
export function networkText({ range, prefixLength }: Pick<DhcpNetwork, 'range' | 'prefixLength'>): string {
  return `${formatAddress(range.first)}/${prefixLength}`
}

/** The network that an address is in: the narrowest one. */
export function networkWith(networks: readonly DhcpNetwork[], address: Address): DhcpNetwork | undefined {
  const around = networks.filter(({ range }) => insideRange(range, address))
  return around.toSorted((a, b) => b.prefixLength - a.prefixLength)[0]
}

/** An address alone is no network that others could be in. */
function networkAt(address: Address, prefixLength: number, name: string): DhcpNetwork | undefined {
  if (address.family !== 4 || prefixLength >= ADDRESS_BITS[4]) return undefined
  const range = networkOf(address, prefixLength)
  return { interface: name, own: address, range, prefixLength, router: undefined }
}

function add(networks: Map<string, DhcpNetwork>, network: DhcpNetwork | undefined): void {
  if (network !== undefined && !networks.has(networkText(network))) networks.set(networkText(network), network)
}
