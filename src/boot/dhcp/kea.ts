/** A cluster as the configuration of Kea's DHCPv4 server (kea-dhcp4): a subnet for each network, a reservation for each MAC. */
import type { Cluster } from '../../config/index.ts'
import { type Address, formatAddress, formatHttpAddress, type HttpAddress, paddedMac } from '../../values/index.ts'
import { HTTP_CLASS, HTTP_PROGRAM, type Loaders } from './dnsmasq.ts'
import { type Lease, leasesOf } from './leases.ts'
import { type DhcpNetwork, networkText, networkWith } from './networks.ts'

/** What the configuration is made of. */
interface KeaPlan {
  readonly networks: readonly DhcpNetwork[]
  readonly domain: string
  /** The resolvers that machines are told. */
  readonly dns: readonly Address[]
  /** How long a lease is good, in seconds: a machine asks again after half of it. */
  readonly lease: number
  /** What machines boot; undefined: they get addresses only. */
  readonly boot?:
    | { readonly loaders: Loaders; readonly scripts: (network: DhcpNetwork) => HttpAddress | undefined }
    | undefined
}

/** A configuration of Kea, and what is not in it. */
interface KeaConfig {
  /** For the file; undefined if there is no network of IPv4. */
  readonly config: unknown
  /** Those whose address is in no network. */
  readonly leftOut: readonly Lease[]
}

/**
 * The configuration. It has no pools, so that a stranger gets no address. A node's MACs share one address, which Kea allows only where
 * `ip-reservations-unique` is false.
 */
export function keaConfig(cluster: Cluster, plan: KeaPlan): KeaConfig {
  const { networks, domain, dns, lease } = plan
  const leases = Map.groupBy(leasesOf(cluster), ({ address }) => networkWith(networks, address))
  const leftOut = leases.get(undefined) ?? []
  if (networks.length === 0) return { config: undefined, leftOut }
  const options = [
    ...(domain === '' ? [] : [{ name: 'domain-name', data: domain }]),
    ...(dns.length === 0 ? [] : [{ name: 'domain-name-servers', data: dns.map(formatAddress).join(', ') }]),
  ]
  return {
    config: {
      Dhcp4: {
        ...GLOBAL,
        'valid-lifetime': lease,
        'interfaces-config': { interfaces: [...new Set(networks.flatMap((one) => one.interface ?? []))] },
        'option-data': options,
        ...classesOf(plan),
        subnet4: networks.map((network, i) => subnetOf(network, i + 1, leases.get(network) ?? [], plan)),
      },
    },
    leftOut,
  }
}

const GLOBAL = {
  'lease-database': { type: 'memfile', persist: true },
  'host-reservation-identifiers': ['hw-address'],
  'ip-reservations-unique': false,
  'reservations-global': false,
  'reservations-in-subnet': true,
  'reservations-out-of-pool': true,
} as const

function subnetOf(network: DhcpNetwork, id: number, leases: readonly Lease[], { boot }: KeaPlan) {
  const script = boot?.scripts(network)
  return {
    id,
    subnet: networkText(network),
    ...(network.interface !== undefined && { interface: network.interface }),
    ...(network.router && { 'option-data': [{ name: 'routers', data: formatAddress(network.router) }] }),
    ...(script && {
      'next-server': formatAddress(script.endpoint.address),
      'boot-file-name': `${formatHttpAddress(script)}/boot/\${netX/mac:hexhyp}`,
    }),
    reservations: leases.map(reservation),
  }
}

/** Firmware gets a boot program, whatever its network; iPXE gets what the network says, the script. */
function classesOf({ boot, networks }: KeaPlan) {
  if (boot === undefined) return {}
  const { loaders, scripts } = boot
  const first = (test: string): string => `not member('ipxe') and (${test})`
  const program = (name: string, test: string, file: string | undefined) =>
    file === undefined ? [] : [{ name, test: first(test), 'boot-file-name': file }]
  const [place] = networks.flatMap((network) => scripts(network) ?? [])
  const http = `substring(option[60].hex, 0, ${HTTP_CLASS.length}) == '${HTTP_CLASS}'`
  const isFirmware = (numbers: readonly number[]): string =>
    numbers.map((number) => `option[93].hex == 0x${number.toString(16).padStart(4, '0')}`).join(' or ')
  return {
    'client-classes': [
      { name: 'ipxe', test: 'option[175].exists' },
      ...program('bios', isFirmware([0]), loaders.bios),
      ...program('efi64', isFirmware([7, 9]), loaders.efi64),
      ...program('arm64', isFirmware([11]), loaders.arm64),
      ...(place === undefined
        ? []
        : program('http', http, `${formatHttpAddress(place)}/static/${HTTP_PROGRAM}`).map((one) => ({
            ...one,
            'option-data': [{ name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true }],
          }))),
    ],
  }
}

function reservation({ mac, address, name }: Lease) {
  return {
    'hw-address': paddedMac(mac),
    'ip-address': formatAddress(address),
    ...(name !== undefined && { hostname: name }),
  }
}
