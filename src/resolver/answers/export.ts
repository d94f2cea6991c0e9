/** A snapshot's databases in the formats of the files that they would otherwise stand in. Zones: zone/text.ts. */
import { formatAddress, formatMac } from '../../values/index.ts'
import type { ByteString, HostEntry, NetgroupEntry } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { groupLine, passwdLine } from './getent.ts'

/** The lines of hosts(5), ethers(5), passwd(5), group(5) and netgroup(5): byte strings with their newline, in order. */
export const EXPORTS = {
  hosts: (snapshot: Snapshot) => hostsLines(snapshot),
  ethers: (snapshot: Snapshot) => ethersLines(snapshot),
  passwd: (snapshot: Snapshot) => linesOfEach(snapshot.entries('passwd'), passwdLine),
  group: (snapshot: Snapshot) => linesOfEach(snapshot.entries('group'), groupLine),
  netgroup: (snapshot: Snapshot) => linesOfEach(snapshot.entries('netgroup'), netgroupLine),
} as const
/** A format of EXPORTS. */
export type ExportFormat = keyof typeof EXPORTS

function* linesOfEach<T>(entries: Iterable<T>, line: (entry: T) => ByteString): Generator<ByteString, void, undefined> {
  for (const entry of entries) yield line(entry)
}

function* hostsLines(snapshot: Snapshot): Generator<ByteString, void, undefined> {
  for (const host of snapshot.entries('hosts')) yield* hostLines(host)
}

/** One line an address, with all names. */
function hostLines({ addresses, names }: HostEntry): ByteString[] {
  return addresses.map((address) => `${formatAddress(address)} ${names.join(' ')}\n`)
}

function* ethersLines(snapshot: Snapshot): Generator<ByteString, void, undefined> {
  for (const { mac, name } of snapshot.entries('ethers')) yield `${formatMac(mac)} ${name}\n`
}

function netgroupLine({ name, triples }: NetgroupEntry): ByteString {
  const texts = triples.map(({ host = '', user = '', domain = '' }) => ` (${host},${user},${domain})`)
  return `${name}${texts.join('')}\n`
}
