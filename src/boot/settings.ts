/** The settings of boot, as the parts of boot take them. */
import type { Address, HostPort, HttpAddress } from '../values/index.ts'
import type { NamedNetwork } from './dhcp/networks.ts'

/** The port of scripts and images by HTTP. */
export const BOOT_PORT = 3048

/** How machines get addresses and images. */
export interface BootSettings {
  /** Where scripts and images are given by HTTP; null for the address of this master in each network of its interface lines, port BOOT_PORT. */
  readonly listen: HostPort | null
  /** The HTTP server that gives the images in place of this master; null for none. */
  readonly images: HttpAddress | null
  /** The configuration is one file that all masters write. */
  readonly sharedConfig: boolean
  readonly dhcp: DhcpSettings
}

/** What gives addresses. */
export const DHCP_SERVERS = ['dnsmasq', 'off'] as const

/** How addresses are given by DHCP. */
interface DhcpSettings {
  /** What gives them; `off` where another server does, as Kea with `export kea`. */
  readonly server: (typeof DHCP_SERVERS)[number]
  /** Networks behind a relay, and the routers of networks. */
  readonly networks: readonly NamedNetwork[]
  /** The resolvers that machines are told; empty for this master, where it answers DNS. */
  readonly dns: readonly Address[]
  /** How long a lease is good, in seconds. */
  readonly lease: number
  /** Start though another DHCP server answers. */
  readonly beside: boolean
  /** The folder of the boot programs, given by TFTP; null for where a package of iPXE has them. */
  readonly tftp: string | null
}
