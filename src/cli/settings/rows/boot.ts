/** Rows of settings on boot: whether the machines get addresses and images from here, and where. */
import { BOOT_PORT } from '../../../boot/index.ts'
import { row, type SettingRow } from '../setting.ts'

/** Whether the machines get addresses and images from here, and where. */
export const BOOT_SETTINGS = {
  boot: row(
    'switch',
    '--boot',
    '',
    [],
    ['serve', 'check'],
    'Give the machines of the configuration their addresses by DHCP and their images by PXE.',
    { key: 'boot.enabled' },
  ),
  bootListen: row(
    'endpoint',
    '--boot-listen',
    'HOST:PORT',
    [],
    ['serve', 'check'],
    'Where boot scripts and images are given by HTTP.',
    { key: 'boot.listen', defaultDoc: 'the private interface of this master, port 3048', usualPort: BOOT_PORT },
  ),
  bootImages: row(
    'http address',
    '--boot-images',
    'URL',
    [],
    ['serve', 'check'],
    'The HTTP server that gives kernels and initial RAM disks in place of this master.',
    { key: 'boot.images', defaultDoc: 'none: this master gives them' },
  ),
  bootDhcp: row(
    'DHCP server',
    '--boot-dhcp',
    'SERVER',
    ['dnsmasq'],
    ['serve', 'check'],
    'What gives addresses: dnsmasq, which kickback writes the files for, or off, where another DHCP server does, as Kea with kickback export kea.',
    { key: 'boot.dhcp' },
  ),
  bootNetworks: row(
    'DHCP networks',
    '--boot-networks',
    'NETWORK[=ROUTER]',
    [],
    ['serve', 'check'],
    'Networks behind a DHCP relay, and the router of a network, as 10.20.30.0/24=10.20.30.254.',
    { key: 'boot.networks', defaultDoc: 'the networks of the interface lines, without a router' },
  ),
  bootDns: row(
    'addresses',
    '--boot-dns',
    'ADDRESS',
    [],
    ['serve', 'check'],
    'The DNS servers that machines are told by DHCP.',
    { key: 'boot.dns', defaultDoc: 'this master, where it answers DNS' },
  ),
  bootLease: row('seconds', '--boot-lease', 'SECONDS', ['3600'], ['serve', 'check'], 'How long a lease is good.', {
    key: 'boot.lease',
  }),
  bootBeside: row(
    'switch',
    '--boot-beside',
    '',
    [],
    ['serve', 'check', 'export'],
    'Give addresses even if another DHCP server, not a master of the configuration, answers on the same network.',
    { key: 'boot.beside' },
  ),
  bootTftp: row(
    'optional path',
    '--boot-tftp',
    'DIR',
    [],
    ['serve', 'check'],
    'The folder of the boot programs of iPXE, which machines fetch by TFTP.',
    { key: 'boot.tftp', defaultDoc: 'that of the package ipxe' },
  ),
} as const satisfies Record<string, SettingRow>
