/** networks: the names of networks (networks(5), getnetbyname(3)), from a file of their own on the master. */
import { foldCase } from '../../values/index.ts'
import { HOST_NAME_MAX, RECORD_MAX, SIZE } from '../format.ts'
import { RecordReader, SnapshotError } from '../records/decode.ts'
import { alone, lengthOf, type RecordRoom, RecordWriter } from '../records/encode.ts'
import type { ByteString } from '../records/entries.ts'
import { structure } from '../structure.ts'
import type { FileDatabase } from './database.ts'
import { internetAddress, NAME_WIDTH, quad } from './getent.ts'
import { byId } from './keys.ts'

/** A network. `names[0]` is the official one. `number` has the first octet of the network in its highest byte, as n_net. */
export interface NetworkEntry {
  readonly names: readonly ByteString[]
  readonly number: number
}

/** A network's record. */
export const NETWORK = structure(
  'network',
  'A network. The official name is the first string.',
  [
    SIZE,
    ['number', 'u32', 'n_net: the first octet of the network is the highest byte'],
    ['name_count', 'u32', 'how many names, the official one included'],
    ['strings_size', 'u32', 'bytes of all strings, final NUL included'],
  ],
  'name_count offsets (u32) of names, then the strings.',
)

/** The database. */
export const networks: FileDatabase<NetworkEntry> = {
  number: 11,
  doc: 'networks, in the order of the networks file',
  structure: NETWORK,
  write,
  encode: alone(write),
  decode,
  names: (reader) => reader.words(reader.u32('name_count')),
  foldsCase: true,
  keys: { name: ({ names }) => names.map(foldCase), id: byId(NETWORK, 'number', ({ number }) => number) },
  binaryKey: 'name',
  need: 'member',
  complete: 'always',
  loss: { counts: true, moved: { what: 'number', isMoved: (was, is) => was.number !== is.number } },
  getent: {
    lists: true,
    key: (typed) => (/^[0-9]/.test(typed) ? { id: internetAddress(typed) ?? NO_NUMBER } : { name: typed }),
    lines: ({ names: [name = '', ...aliases], number }) =>
      `${[name.padEnd(NAME_WIDTH), quad(number), ...aliases].join(' ')}\n`,
  },
  exported: ({ names: [name, ...aliases], number }) => `${[name, quad(number), ...aliases].join(' ')}\n`,
  nscd: false,
  file: {
    path: '/etc/networks',
    doc: 'The networks, as networks(5). The file may be missing.',
    read,
    nameOf: ({ names }) => names[0] ?? '',
  },
}

/** INADDR_NONE: what the C library takes for no number. */
const NO_NUMBER = 0xffffffff

function write({ names, number }: NetworkEntry, room: RecordRoom): void {
  const writer = new RecordWriter(NETWORK, 4 * names.length, lengthOf(names), room)
  writer.u32('number', number)
  writer.u32('name_count', names.length)
  for (const name of names) writer.word(writer.string(name))
  writer.u32('strings_size', writer.stringsSize)
}

function decode(record: Uint8Array): NetworkEntry {
  const reader = new RecordReader(NETWORK, record)
  const names = reader.words(reader.u32('name_count'))
  reader.strings(reader.u32('strings_size'))
  if (names.length === 0) throw new SnapshotError('record', 'a network has no name')
  return { names: names.map((offset) => reader.string(offset)), number: reader.u32('number') }
}

/** A line as glibc reads it (nss/nss_files/files-network.c): name, number, aliases; a comment may end it. */
function read(line: ByteString): ReturnType<FileDatabase<NetworkEntry>['file']['read']> {
  const [name = '', text, ...aliases] = line
    .replace(/#.*/s, '')
    .split(/[ \t\v\f\r]+/)
    .filter((word) => word !== '')
  if (text === undefined) return { code: 'account-malformed', message: 'this is no name and number of a network' }
  const number = networkNumber(text)
  if (number === undefined) return { code: 'account-number', message: 'the second word is no number of a network' }
  const names = [name, ...aliases]
  const isLong =
    names.some(({ length }) => length > HOST_NAME_MAX) || 4 * names.length + lengthOf(names) > RECORD_MAX - NETWORK.size
  return isLong ? { code: 'account-too-long', message: 'a name, or the line, is too long' } : { names, number }
}

const PART = /^(?:0?x([0-9a-f]+)|0([0-7]*)|([1-9][0-9]*))$/i

/**
 * The number of a network as glibc reads it: up to four numbers as C writes them (010 is octal, 0x10 hexadecimal) between dots, each
 * an octet; those that are missing at the end are 0. Undefined where it reads none, or 255.255.255.255, which it takes for none.
 */
function networkNumber(text: ByteString): number | undefined {
  const octets = text.split('.').map(octetOf)
  while (octets.length < 4) octets.push(0)
  const number = octets.reduce((sum: number, octet) => sum * 256 + octet, 0)
  return octets.length === 4 && number < NO_NUMBER ? number : undefined
}

function octetOf(text: ByteString): number {
  const [, hex, octal, decimal] = PART.exec(text) ?? []
  const radix = hex !== undefined ? 16 : octal !== undefined ? 8 : 10
  const octet = octal === '' ? 0 : Number.parseInt(hex ?? octal ?? decimal ?? '', radix)
  return octet <= 255 ? octet : Number.NaN
}
