/** The sites whose files are among the fixtures. */
import type { ImportFormat } from '../../src/import/formats.ts'

/** Files of real sites. */
export const SITES: readonly (readonly [ImportFormat, ...files: readonly string[]])[] = [
  ['hosts', 'hosts/telescope.hosts'],
  ['hosts', 'hosts/containers.hosts'],
  ['hosts', 'hosts/file-system.hosts'],
  ['hosts', 'hosts/robots.hosts', 'hosts/robots.ethers'],
  ['hosts', 'hosts/antennas.hosts', 'hosts/antennas.ethers'],
  ['hosts', 'hosts/contest.hosts', 'hosts/contest.ethers'],
  ['hosts', 'hosts/moods.hosts', 'hosts/moods.ethers'],
  ['hosts', 'hosts/office.hosts', 'hosts/office.ethers'],
  ['hosts', 'hosts/home-lab.ethers', 'hosts/telescope.hosts'],
  ['dnsmasq', 'dnsmasq/storage-lab.conf', 'dnsmasq/storage-lab.hostsfile'],
  ['dnsmasq', 'dnsmasq/telescope.conf'],
  ['dnsmasq', 'dnsmasq/containers.conf'],
  ['dhcpd', 'dhcpd/frost.conf'],
  ['dhcpd', 'dhcpd/grouped.conf'],
  ['warewulf', 'warewulf/cluster.conf'],
  ['warewulf', 'warewulf/two-networks.conf'],
  ['xcat', 'xcat/blades.stanza'],
  ['xcat', 'xcat/two-networks.stanza'],
  ['genders', 'genders/hundred.genders'],
  ['genders', 'genders/ranges.genders'],
]
