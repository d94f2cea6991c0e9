/** hosts: the machines with their names and addresses (hosts(5), gethostbyname(3)). */
import { type Address, foldCase, formatAddress } from '../../values/index.ts'
import { ADDRESS, familyNumber, HOST_FLAGS, HOST_KINDS, SIZE } from '../format.ts'
import { knownOf, RecordReader, SnapshotError } from '../records/decode.ts'
import { alone, lengthOf, type RecordRoom, RecordWriter } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import { structure } from '../structure.ts'
import type { Database } from './database.ts'
import { ADDRESS_WIDTH, numericAddress, strictAddress } from './getent.ts'
import { startsWith } from './keys.ts'

/**
 * A machine. `names[0]` is canonical. `number` is the node that it is or belongs to, NO_NODE for none. `flags` are
 * HOST_FLAGS, absent for none.
 */
export interface HostEntry {
  readonly kind: (typeof HOST_KINDS)[keyof typeof HOST_KINDS]
  readonly flags?: number
  /** For the builder: the names that lead to the record, where not all of them do. No record holds this. */
  readonly keys?: readonly ByteString[]
  readonly number: number
  readonly names: readonly ByteString[]
  readonly addresses: readonly Address[]
}

/** A machine's record. */
export const HOST = structure(
  'host',
  'A machine. The canonical name is the first string.',
  [
    SIZE,
    ['number', 'i32', 'the node that it is or belongs to, else -1'],
    ['kind', 'u8', '1 master, 2 host, 3 node, 4 companion, 5 a node that is not approved; another one is treated as 2'],
    ['flags', 'u8', 'bit 0: a listing leaves it out; bit 1: each of its names that has a MAC stands in ethers itself'],
    ['address_count', 'u16', 'how many addresses'],
    ['name_count', 'u16', 'how many names, the canonical one included'],
    ['reserved2', 'u16', '0'],
    ['strings_size', 'u32', 'bytes of all strings, final NUL included'],
  ],
  'address_count addresses, name_count offsets (u32) of names, then the strings.',
)

/** The database. */
export const hosts: Database<HostEntry> = {
  number: 7,
  doc: 'masters, hosts, then nodes and their companions by number',
  structure: HOST,
  write,
  encode: alone(write),
  decode,
  names: (reader) => {
    reader.skip(ADDRESS.size * reader.u16('address_count'))
    return reader.words(reader.u16('name_count'))
  },
  foldsCase: true,
  keys: {
    name: (entry) => (entry.keys ?? entry.names).map(foldCase),
    address: { of: ({ addresses }) => addresses.map(({ bytes }) => bytes), isIn: holdsAddress },
  },
  binaryKey: 'address',
  need: 'device',
  complete: 'always',
  loss: {
    counts: true,
    isStanding: (record) => decodeMachine(record).kind === HOST_KINDS.MASTER,
    moved: { what: 'address', isMoved: isReaddressed },
  },
  isListed: (record) => ((record[HOST.at.flags] ?? 0) & HOST_FLAGS.UNLISTED) === 0,
  getent: { lists: true, key: addressOrName, lines, unasked: numericAddress },
  exported: fileLines,
  nscd: true,
}

/** A machine's record. */
function write(entry: HostEntry, room: RecordRoom): void {
  const tail = ADDRESS.size * entry.addresses.length + 4 * entry.names.length
  const writer = new RecordWriter(HOST, tail, lengthOf(entry.names), room)
  writer.i32('number', entry.number)
  writer.u8('kind', entry.kind)
  writer.u8('flags', entry.flags ?? 0)
  writer.u16('address_count', entry.addresses.length)
  writer.u16('name_count', entry.names.length)
  for (const address of entry.addresses) writer.address(address)
  for (const name of entry.names) writer.word(writer.string(name))
  writer.u32('strings_size', writer.stringsSize)
}

function decode(record: Uint8Array): HostEntry {
  const reader = new RecordReader(HOST, record)
  const addresses = reader.addresses(reader.u16('address_count'))
  const names = reader.words(reader.u16('name_count'))
  reader.strings(reader.u32('strings_size'))
  if (names.length === 0) throw new SnapshotError('record', 'a host has no name')
  return {
    // A later release may have more kinds: such a machine is one that has names and addresses, no more.
    kind: knownOf(HOST_KINDS, reader.u8('kind')) ?? HOST_KINDS.HOST,
    ...(reader.u8('flags') === 0 ? {} : { flags: reader.u8('flags') }),
    number: reader.i32('number'),
    names: names.map((offset) => reader.string(offset)),
    addresses,
  }
}

/** What a record describes, without its names and addresses: quick. The kind is as stored, known or not. */
export function decodeMachine(record: Uint8Array): Record<'kind' | 'flags' | 'number', number> {
  const reader = new RecordReader(HOST, record)
  return { kind: reader.u8('kind'), flags: reader.u8('flags'), number: reader.i32('number') }
}

function holdsAddress(record: Uint8Array, address: Uint8Array): boolean {
  const family = familyNumber(address.length === 4 ? 4 : 6)
  const count = new RecordReader(HOST, record).u16('address_count')
  for (let i = 0, at = HOST.size; i < count; i++, at += ADDRESS.size) {
    const stored = (record[at] ?? 0) | ((record[at + 1] ?? 0) << 8)
    if (startsWith(record, at + ADDRESS.at.bytes, address) && stored === family) return true
  }
  return false
}

/** Whether an address is gone: one more does not make another host. */
function isReaddressed(was: HostEntry, is: HostEntry): boolean {
  const now = new Set(is.addresses.map(({ bytes }) => String(bytes)))
  return was.addresses.some(({ bytes }) => !now.has(String(bytes)))
}

function addressOrName(typed: ByteString) {
  const address = strictAddress(typed)
  return address === undefined ? { name: typed } : { address }
}

/** Each address on a line of its own with all names: the asked one alone, or those of one family, IPv6 first if it has any. */
function lines(host: HostEntry, typed?: ByteString): ByteString | undefined {
  const asked = typed === undefined ? undefined : strictAddress(typed)
  const mapped = asked?.length === 4 && typed?.includes(':') ? '::ffff:' : ''
  const shown = addressesShown(host, typed === undefined, asked)
  const texts = shown.map((address) => mapped + formatAddress(address))
  if (texts.length === 0) return undefined
  return texts.map((text) => `${text.padEnd(ADDRESS_WIDTH)} ${host.names.join(' ')}\n`).join('')
}

function addressesShown(
  { addresses }: HostEntry,
  listed: boolean,
  asked: Uint8Array | undefined,
): HostEntry['addresses'] {
  if (asked !== undefined) return addresses.filter(({ bytes }) => Buffer.from(bytes).equals(asked))
  const four = addresses.filter(({ family }) => family === 4)
  const six = addresses.filter(({ family }) => family === 6)
  if (listed) return [...four, ...six]
  return six.length > 0 ? six : four
}

/** One line an address, with all names. */
function fileLines({ addresses, names }: HostEntry): ByteString {
  return addresses.map((address) => `${formatAddress(address)} ${names.join(' ')}\n`).join('')
}
