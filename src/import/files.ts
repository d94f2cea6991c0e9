/** Imports files: what they say about machines becomes a configuration. */
import { foldCase, formatAddress, formatMac } from '../values/index.ts'
import { type Written, writeConfiguration } from './configuration/write.ts'
import type { Reader, Reading, Remark } from './entry.ts'
import type { ImportFormat } from './formats.ts'
import { type Device, Inventory } from './machines/inventory.ts'
import { readDhcpd } from './readers/dhcpd.ts'
import { readDnsmasq } from './readers/dnsmasq.ts'
import { readGenders } from './readers/genders.ts'
import { readHosts } from './readers/hosts.ts'
import { readWarewulf } from './readers/warewulf.ts'
import { readXcat } from './readers/xcat.ts'

const READERS: { readonly [F in ImportFormat]: Reader } = {
  hosts: readHosts,
  dnsmasq: readDnsmasq,
  dhcpd: readDhcpd,
  warewulf: readWarewulf,
  xcat: readXcat,
  genders: readGenders,
}

/** A file as it was read. */
export interface ImportedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** How files become a configuration. */
export interface ImportOptions {
  /** NAME.domain is NAME. */
  readonly domain: string
  /** Files of hosts and ethers, for the addresses and MACs of names. */
  readonly hosts?: readonly ImportedFile[]
  /** The formats of the names of nodes, such as `node%2N`; no nodes if it is empty. Undefined: what seems to be nodes. */
  readonly nodeNames?: readonly string[] | undefined
}

/**
 * The configuration of what the files say. It has no errors; what it leaves out stands in its comments.
 * @throws ImportError if a file is not of its format, so that nobody could tell what it means.
 */
export function importFiles(
  format: ImportFormat,
  files: readonly ImportedFile[],
  { domain, hosts = [], nodeNames }: ImportOptions,
): Written {
  const readings = [
    ...files.map((file) => readingOf(READERS[format], file)),
    ...hosts.map((file) => readingOf(readHosts, file)),
  ]
  const inventory = new Inventory(domain)
  for (const { entries } of readings) for (const entry of entries) inventory.add(entry)
  const devices = inventory.devices()
  return writeConfiguration({
    kind: format,
    files: [...files, ...hosts].map(({ path }) => path),
    domain,
    devices,
    remarks: [...readings.flatMap(({ remarks }) => remarks), ...inventory.remarks, ...namelessRemarks(devices)],
    memberships: membershipsOf(readings, devices),
    choice: nodeNames,
  })
}

function readingOf(reader: Reader, { path, bytes }: ImportedFile): Reading {
  return reader(
    path,
    Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\u{feff}/u, ''),
  )
}

/** A host line without a name answers nothing. */
function namelessRemarks(devices: readonly Device[]): Remark[] {
  return devices.flatMap(({ name, lines }) =>
    lines.flatMap(({ place, address, macs }) => {
      if (name !== undefined) return []
      const words = [formatAddress(address), ...macs.map(({ mac }) => formatMac(mac))].join(' ')
      return [{ place, text: `${words}: no name is told: the host line only reserves them` }]
    }),
  )
}

/** The memberships of machines that are in the configuration. */
function membershipsOf(readings: readonly Reading[], devices: readonly Device[]): Reading['memberships'] {
  const known = new Set(devices.flatMap(({ lines }) => lines.flatMap(({ names }) => names.map(foldCase))))
  return readings.flatMap(({ memberships }) => memberships.filter(({ name }) => known.has(foldCase(name))))
}
