/** A cluster as the configuration of Kea's DHCPv4 server (kea-dhcp4): a subnet for each interface, a reservation for each MAC. */
import type { Cluster } from '../config/index.ts'
import { formatAddress, formatMac, insideRange } from '../values/index.ts'
import { type Lease, leasesOf } from './leases.ts'
import { type Subnet, subnetsOf } from './subnets.ts'

/** A configuration of Kea, and what is not in it. */
interface KeaConfig {
  /** For the file; undefined if no interface line tells a network of IPv4. */
  readonly config: unknown
  /** Those whose address is in the network of no interface line. */
  readonly leftOut: readonly Lease[]
}

/** How long a lease is good, in seconds: a machine asks again after half of it. */
const LIFETIME = 3600

/**
 * The configuration. It has no pools, so that a stranger gets no address. A node's MACs share one address, which Kea allows only where
 * `ip-reservations-unique` is false.
 */
export function keaConfig(cluster: Cluster, domain: string): KeaConfig {
  const subnets = subnetsOf(cluster)
  const leases = Map.groupBy(leasesOf(cluster), ({ address }) =>
    subnets.find(({ range }) => insideRange(range, address)),
  )
  const leftOut = leases.get(undefined) ?? []
  if (subnets.length === 0) return { config: undefined, leftOut }
  const options = domain === '' ? [] : [{ name: 'domain-name', data: domain }]
  return {
    config: { Dhcp4: { ...GLOBAL, ...interfacesOf(subnets), 'option-data': options, ...all(subnets, leases) } },
    leftOut,
  }
}

const GLOBAL = {
  'valid-lifetime': LIFETIME,
  'lease-database': { type: 'memfile', persist: true },
  'host-reservation-identifiers': ['hw-address'],
  'ip-reservations-unique': false,
  'reservations-global': false,
  'reservations-in-subnet': true,
  'reservations-out-of-pool': true,
} as const

function interfacesOf(subnets: readonly Subnet[]) {
  return { 'interfaces-config': { interfaces: [...new Set(subnets.map(({ name }) => name))] } }
}

function all(subnets: readonly Subnet[], leases: ReadonlyMap<Subnet | undefined, readonly Lease[]>) {
  return {
    subnet4: subnets.map((subnet, i) => ({
      id: i + 1,
      subnet: `${formatAddress(subnet.range.first)}/${subnet.prefixLength}`,
      interface: subnet.name,
      reservations: (leases.get(subnet) ?? []).map(reservation),
    })),
  }
}

function reservation({ mac, address, name }: Lease) {
  return {
    'hw-address': formatMac(mac)
      .split(':')
      .map((octet) => octet.padStart(2, '0'))
      .join(':'),
    'ip-address': formatAddress(address),
    ...(name !== undefined && { hostname: name }),
  }
}
