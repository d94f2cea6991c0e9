/** The main file of dnsmasq: which networks get addresses by DHCP, what machines are told besides, and what they boot by PXE. */
import { type Address, formatAddress, formatHttpAddress, type HttpAddress } from '../../values/index.ts'
import { type DhcpNetwork, networkText } from './networks.ts'
import { domainText, interfaceText, pathText } from './text.ts'

/** The boot programs of iPXE by the kind of firmware, as paths below the folder of TFTP; those that are not there are absent. */
export interface Loaders {
  /** x86 with a BIOS. */
  readonly bios?: string
  /** x86-64 with UEFI. */
  readonly efi64?: string
  /** 64-bit ARM with UEFI. */
  readonly arm64?: string
}

/** What the file is made of. */
interface DnsmasqPlan {
  readonly networks: readonly DhcpNetwork[]
  readonly domain: string
  /** The resolvers that machines are told. */
  readonly dns: readonly Address[]
  /** How long a lease is good, in seconds. */
  readonly lease: number
  /** Where scripts are given by HTTP, for a network; undefined: machines get addresses only. */
  readonly scripts: (network: DhcpNetwork) => HttpAddress | undefined
  /** The folder of TFTP; undefined for none. */
  readonly tftp: string | undefined
  readonly loaders: Loaders
  /** The file of hosts, and where the log goes. */
  readonly hosts: string
  readonly log: string
  readonly pid: string
}

/** The types of firmware that boot x86-64 with UEFI: 7 and 9 (RFC 4578, 2.1, and its errata); of ARM 11. */
const ARCHITECTURES = [
  ['bios', 0],
  ['efi64', 7],
  ['efi64', 9],
  ['arm64', 11],
] as const
/** What firmware for x86-64 says that boots by HTTP (IANA, Processor Architecture Types). */
export const HTTP_CLASS = 'HTTPClient:Arch:00016'
/** The program that it gets, of those that are given by HTTP beside the scripts. */
export const HTTP_PROGRAM = 'snponly.efi'

/** The most leases: dnsmasq's own limit is 1000. */
const LEASES_MAX = 100_000
/** The most transfers by TFTP at a time. */
const TRANSFERS_MAX = 1000

/** The file. Throws DhcpTextError for a value that cannot be written. */
export function dnsmasqMain(plan: DnsmasqPlan): string {
  const { networks, domain, dns, lease, hosts, log, pid } = plan
  const interfaces = [...new Set(networks.flatMap((network) => network.interface ?? []))]
  return `${[
    '# written by kickback from the configuration of the cluster; changes are lost',
    'port=0',
    'keep-in-foreground',
    'user=nobody',
    ...interfaces.map((name) => `interface=${interfaceText(name)}`),
    'bind-dynamic',
    `pid-file=${pathText(pid)}`,
    `log-facility=${pathText(log)}`,
    'log-async=25',
    'no-ping',
    'dhcp-authoritative',
    'leasefile-ro',
    `dhcp-lease-max=${LEASES_MAX}`,
    'dhcp-ignore-clid',
    `dhcp-hostsfile=${pathText(hosts)}`,
    'dhcp-ignore=tag:!known',
    ...(domain === '' ? [] : [`domain=${domainText(domain)}`]),
    'dhcp-option=option:router',
    `dhcp-option=${['option:dns-server', ...dns.filter(({ family }) => family === 4).map(formatAddress)].join(',')}`,
    ...networks.flatMap((network, i) => networkLines(network, `net${i}`, lease)),
    ...bootLines(plan),
  ].join('\n')}\n`
}

function networkLines({ range, prefixLength, router }: DhcpNetwork, tag: string, lease: number): string[] {
  const ranges = `dhcp-range=set:${tag},${formatAddress(range.first)},static,${netmask(prefixLength)},${lease}`
  return router === undefined ? [ranges] : [ranges, `dhcp-option=tag:${tag},option:router,${formatAddress(router)}`]
}

/** What of PXE is said: the program for the firmware, and the script for iPXE, which never gets the program again. */
function bootLines({ networks, scripts, tftp, loaders }: DnsmasqPlan): string[] {
  const places = networks.map((network) => scripts(network))
  if (places.every((place) => place === undefined)) return []
  return [
    'dhcp-match=set:ipxe,175',
    ...ARCHITECTURES.map(([kind, number]) => `dhcp-match=set:${kind},option:client-arch,${number}`),
    `dhcp-vendorclass=set:http,${HTTP_CLASS}`,
    'dhcp-option-force=tag:http,option:vendor-class,HTTPClient',
    // Without it iPXE waits three seconds for another server that tells it what to boot.
    'dhcp-option-force=tag:ipxe,175,b0:01:01',
    ...(tftp === undefined ? [] : tftpLines(tftp, loaders)),
    ...places.flatMap((place, i) => (place === undefined ? [] : scriptLines(`net${i}`, place))),
  ]
}

function tftpLines(root: string, loaders: Loaders): string[] {
  const program = (kind: keyof Loaders): string[] => {
    const path = loaders[kind]
    if (path === undefined) return []
    return [`dhcp-boot=tag:${kind},tag:!http,tag:!ipxe,${pathText(`/${path}`).slice(1)}`]
  }
  const kinds: readonly (keyof Loaders)[] = ['bios', 'efi64', 'arm64']
  return [
    'enable-tftp',
    'tftp-no-fail',
    `tftp-root=${pathText(root)}`,
    `tftp-max=${TRANSFERS_MAX}`,
    ...kinds.flatMap(program),
  ]
}

function scriptLines(tag: string, place: HttpAddress): string[] {
  const url = formatHttpAddress(place)
  return [
    `dhcp-boot=tag:${tag},tag:http,tag:!ipxe,${url}/static/${HTTP_PROGRAM}`,
    // The MAC with hyphens: colons would arrive percent-encoded.
    `dhcp-boot=tag:${tag},tag:ipxe,${url}/boot/\${netX/mac:hexhyp}`,
  ]
}

function netmask(prefixLength: number): string {
  const bits = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
}

/** The networks in words, for the log. */
export function networksText(networks: readonly DhcpNetwork[]): string {
  return networks
    .map((network) =>
      network.interface === undefined ? networkText(network) : `${networkText(network)} (${network.interface})`,
    )
    .join(' ')
}
