/** What machines are told by DHCP, from the settings, the configuration and this machine: the same for dnsmasq and for Kea. */
import { networkInterfaces } from 'node:os'
import { BOOT_PORT, type BootSettings, type DhcpNetwork, dhcpNetworks, type Loaders } from '../../../boot/index.ts'
import type { Cluster } from '../../../config/index.ts'
import {
  type Address,
  endpointAt,
  formatAddress,
  type HostPort,
  type HttpAddress,
  insideRange,
  isUnspecified,
  parseAddress,
  sameAddress,
} from '../../../values/index.ts'
import { loadersOf } from './loaders.ts'

/** The port at which machines ask a resolver. */
const DNS_PORT = 53

/** What machines are told. */
export interface NetworkPlan {
  readonly networks: readonly DhcpNetwork[]
  readonly dns: readonly Address[]
  readonly lease: number
  /** Where scripts are given by HTTP to the machines of a network; undefined where this master has no address of IPv4. */
  readonly scripts: (network: DhcpNetwork) => HttpAddress | undefined
  /** The folder of the boot programs, and these; undefined and none where there are none. */
  readonly tftp: string | undefined
  readonly loaders: Loaders
}

/** Where this master answers DNS. */
type Listening = readonly { readonly address: Address; readonly port: number }[]

/** The plan. */
export function networkPlan(
  cluster: Pick<Cluster, 'interfaces' | 'masters'>,
  settings: Pick<BootSettings, 'dhcp' | 'listen'>,
  dns: Listening,
): NetworkPlan {
  const { dhcp, listen } = settings
  const networks = networksHere(cluster, settings)
  const programs = loadersOf(dhcp.tftp)
  const [first] = networks.flatMap(({ own }) => own ?? [])
  return {
    networks,
    dns: dhcp.dns.length > 0 ? dhcp.dns : resolversAmong(networks, dns),
    lease: dhcp.lease,
    scripts: ({ own }) => {
      const named = listen === null ? undefined : parseAddress(listen.host)
      const isOneOfOurs = listen === null || (named !== undefined && isUnspecified(named))
      const host = isOneOfOurs ? (own ?? first) : named
      return host && { endpoint: endpointAt(host, listen?.port ?? BOOT_PORT), prefix: '' }
    },
    tftp: programs?.folder,
    loaders: programs?.loaders ?? {},
  }
}

/**
 * Where machines are sent for their scripts: what the settings name, else the address of this master in each network, each once. Empty where the
 * configuration has no network of IPv4.
 */
export function scriptPlaces(
  cluster: Pick<Cluster, 'interfaces' | 'masters'>,
  settings: Pick<BootSettings, 'dhcp' | 'listen'>,
): readonly HostPort[] {
  if (settings.listen !== null) return [settings.listen]
  const hosts = networksHere(cluster, settings).flatMap(({ own }) => (own === undefined ? [] : formatAddress(own)))
  return [...new Set(hosts)].map((host) => ({ host, port: BOOT_PORT }))
}

function networksHere(
  cluster: Pick<Cluster, 'interfaces' | 'masters'>,
  { dhcp: { networks: named } }: Pick<BootSettings, 'dhcp'>,
): readonly DhcpNetwork[] {
  return dhcpNetworks(cluster, named, systemNetworks).map((network) => asHere(network, cluster))
}

/**
 * The network with the interface and the address that this machine has in it. An interface line has those of one master, whichever machine
 * reads it; they count where this machine has the address, or none in the network: a daemon may start before the network.
 */
function asHere(network: DhcpNetwork, { masters }: Pick<Cluster, 'masters'>): DhcpNetwork {
  if (network.own === undefined) return network
  const written = network.own
  const here = Object.keys(networkInterfaces()).flatMap((name) =>
    systemNetworks(name).flatMap(({ address }) => (insideRange(network.range, address) ? [{ name, address }] : [])),
  )
  if (here.some(({ address }) => sameAddress(address, written))) return network
  const isMaster = (address: Address): boolean =>
    masters.some(({ addresses }) => addresses.some((one) => sameAddress(one, address)))
  const found =
    here.find(({ address }) => isMaster(address)) ?? here.find(({ name }) => name === network.interface) ?? here[0]
  return found === undefined ? network : { ...network, interface: found.name, own: found.address }
}

/** The addresses in these networks at which DNS is answered here. */
function resolversAmong(networks: readonly DhcpNetwork[], listening: Listening): readonly Address[] {
  const usual = listening.filter(({ port }) => port === DNS_PORT).map(({ address }) => address)
  const isAnywhere = usual.some((address) => address.family === 4 && isUnspecified(address))
  const named = new Set(usual.map(formatAddress))
  return networks.flatMap(({ own }) => own ?? []).filter((own) => isAnywhere || named.has(formatAddress(own)))
}

/** The networks of an interface as the system has them. */
function systemNetworks(name: string): readonly { readonly address: Address; readonly prefixLength: number }[] {
  return (networkInterfaces()[name] ?? []).flatMap(({ address: text, cidr }) => {
    const address = parseAddress(text)
    return address === undefined || cidr === null ? [] : [{ address, prefixLength: Number(cidr.split('/')[1]) }]
  })
}
