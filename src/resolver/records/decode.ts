/** Records to entries. Any bytes are safe: what lies outside the record throws SnapshotError. */
import type { Address } from '../../values/index.ts'
import * as layout from '../layout.ts'
import type { Structure } from '../structure.ts'
import type {
  ByteString,
  Entries,
  EtherEntry,
  GroupEntry,
  HostEntry,
  InitgroupsEntry,
  MastersEntry,
  NetgroupEntry,
  PasswdEntry,
  PatternEntry,
  RangeEntry,
  ShadowEntry,
  Triple,
} from './entries.ts'

/** Why bytes are no snapshot, or a record no record. */
export type SnapshotErrorCode = 'short' | 'magic' | 'layout' | 'size' | 'section' | 'index' | 'record' | 'digest'

/** Damaged bytes. `code` is stable, the message is for people. */
export class SnapshotError extends Error {
  readonly code: SnapshotErrorCode

  constructor(code: SnapshotErrorCode, message: string) {
    super(message)
    this.name = 'SnapshotError'
    this.code = code
  }
}

const outside = (what: string): SnapshotError => new SnapshotError('record', `${what} lies outside its record`)

/** A record being read: fixed fields by name, the tail in order, strings by their offset. */
export class RecordReader<Name extends string> {
  readonly #structure: Structure<Name>
  readonly #bytes: Buffer
  #tail: number
  #stringsAt = 0
  #stringsEnd = 0

  constructor(structure: Structure<Name>, record: Uint8Array) {
    if (record.length < structure.size) throw outside(structure.name)
    this.#structure = structure
    this.#bytes = Buffer.from(record.buffer, record.byteOffset, record.length)
    this.#tail = structure.size
  }

  u8(name: Name): number {
    return this.#bytes.readUInt8(this.#structure.at[name])
  }

  u16(name: Name): number {
    return this.#bytes.readUInt16LE(this.#structure.at[name])
  }

  u32(name: Name): number {
    return this.#bytes.readUInt32LE(this.#structure.at[name])
  }

  i32(name: Name): number {
    return this.#bytes.readInt32LE(this.#structure.at[name])
  }

  /** A copy of a field of raw bytes, its first `length` ones. */
  raw(name: Name, length: number): Uint8Array {
    const at = this.#structure.at[name]
    return Uint8Array.from(this.#bytes.subarray(at, at + length))
  }

  /** The next `length` bytes of the tail, moved past. */
  #take(length: number): number {
    const at = this.#tail
    if (at + length > this.#bytes.length) throw outside('the tail')
    this.#tail += length
    return at
  }

  /** Moves past `length` bytes of the tail. */
  skip(length: number): void {
    this.#take(length)
  }

  /** The next unsigned word of the tail. */
  word(): number {
    return this.#bytes.readUInt32LE(this.#take(4))
  }

  /** The next signed word of the tail. */
  signedWord(): number {
    return this.#bytes.readInt32LE(this.#take(4))
  }

  /** The next `count` words of the tail. */
  words(count: number): number[] {
    const at = this.#take(4 * count)
    const words: number[] = []
    for (let i = 0; i < count; i++) words.push(this.#bytes.readUInt32LE(at + 4 * i))
    return words
  }

  /** The next address of the tail. */
  address(): Address {
    const at = this.#take(layout.ADDRESS.size)
    const family = this.#bytes.readUInt16LE(at + layout.ADDRESS.at.family)
    const start = at + layout.ADDRESS.at.bytes
    return storedAddress(family, this.#bytes.subarray(start, start + 16))
  }

  /** The next `count` addresses of the tail. */
  addresses(count: number): Address[] {
    if (this.#tail + count * layout.ADDRESS.size > this.#bytes.length) throw outside('an address')
    return Array.from({ length: count }, () => this.address())
  }

  /** From here on the tail is strings, `size` bytes of them. Gives where they start in the record. */
  strings(size: number): number {
    this.#stringsAt = this.#take(size)
    this.#stringsEnd = this.#tail
    return this.#stringsAt
  }

  /** The string that starts at this offset among the strings. */
  string(offset: number): ByteString {
    const start = this.#stringsAt + offset
    if (start >= this.#stringsEnd) throw outside('a string')
    const end = this.#bytes.indexOf(0, start)
    if (end < 0 || end >= this.#stringsEnd) throw outside('the end of a string')
    return this.#bytes.toString('latin1', start, end)
  }
}

/** An address of a record: 16 bytes of which the family says how many count. */
function storedAddress(family: number, bytes: Uint8Array): Address {
  if (family === layout.FAMILIES.INET) return { family: 4, bytes: Uint8Array.from(bytes.subarray(0, 4)) }
  if (family === layout.FAMILIES.INET6) return { family: 6, bytes: Uint8Array.from(bytes.subarray(0, 16)) }
  throw new SnapshotError('record', `address family ${family} is unknown`)
}

/** One of the values of a table of numbers, or an error. */
function oneOf<const V extends number>(values: Readonly<Record<string, V>>, value: number, what: string): V {
  const found = Object.values(values).find((known) => known === value)
  if (found === undefined) throw new SnapshotError('record', `${what} ${value} is unknown`)
  return found
}

/** A user of a record. */
export function decodePasswd(record: Uint8Array): PasswdEntry {
  const reader = new RecordReader(layout.PASSWD, record)
  reader.strings(reader.u16('strings_size'))
  return {
    name: reader.string(0),
    passwd: reader.string(reader.u16('passwd')),
    uid: reader.u32('uid'),
    gid: reader.u32('gid'),
    gecos: reader.string(reader.u16('gecos')),
    dir: reader.string(reader.u16('dir')),
    shell: reader.string(reader.u16('shell')),
  }
}

/** A group of a record. */
export function decodeGroup(record: Uint8Array): GroupEntry {
  const reader = new RecordReader(layout.GROUP, record)
  const members = reader.words(reader.u32('member_count'))
  reader.strings(reader.u32('strings_size'))
  return {
    name: reader.string(0),
    passwd: reader.string(reader.u32('passwd')),
    gid: reader.u32('gid'),
    members: members.map((offset) => reader.string(offset)),
  }
}

/** A user's groups of a record. */
export function decodeInitgroups(record: Uint8Array): InitgroupsEntry {
  const reader = new RecordReader(layout.INITGROUPS, record)
  const gids = reader.words(reader.u32('gid_count'))
  reader.strings(reader.u32('strings_size'))
  return { name: reader.string(0), gids }
}

/** A machine of a record. */
export function decodeHost(record: Uint8Array): HostEntry {
  const reader = new RecordReader(layout.HOST, record)
  const addresses = reader.addresses(reader.u16('address_count'))
  const names = reader.words(reader.u16('name_count'))
  reader.strings(reader.u32('strings_size'))
  if (names.length === 0) throw new SnapshotError('record', 'a host has no name')
  return {
    kind: oneOf(layout.HOST_KINDS, reader.u8('kind'), 'host kind'),
    ...(reader.u8('flags') === 0 ? {} : { flags: reader.u8('flags') }),
    number: reader.i32('number'),
    names: names.map((offset) => reader.string(offset)),
    addresses,
  }
}

/** What a host record describes, without its names and addresses: quick. The kind is what stands there, known or not. */
export function decodeMachine(record: Uint8Array): Record<'kind' | 'flags' | 'number', number> {
  const reader = new RecordReader(layout.HOST, record)
  return { kind: reader.u8('kind'), flags: reader.u8('flags'), number: reader.i32('number') }
}

/** A MAC of a record. */
export function decodeEther(record: Uint8Array): EtherEntry {
  const reader = new RecordReader(layout.ETHER, record)
  reader.strings(reader.u16('strings_size'))
  return { mac: reader.raw('mac', 6), name: reader.string(0) }
}

/** A netgroup of a record. */
export function decodeNetgroup(record: Uint8Array): NetgroupEntry {
  const reader = new RecordReader(layout.NETGROUP, record)
  const offsets = reader.words(3 * reader.u32('triple_count'))
  reader.strings(reader.u32('strings_size'))
  const part = (i: number): ByteString | undefined => {
    const offset = offsets[i] ?? layout.WILDCARD
    return offset === layout.WILDCARD ? undefined : reader.string(offset)
  }
  const triples: Triple[] = []
  for (let i = 0; i < offsets.length; i += 3) triples.push({ host: part(i), user: part(i + 1), domain: part(i + 2) })
  return { name: reader.string(0), triples }
}

/** A shadow entry of a record. */
export function decodeShadow(record: Uint8Array): ShadowEntry {
  const reader = new RecordReader(layout.SHADOW, record)
  reader.strings(reader.u16('strings_size'))
  return {
    name: reader.string(0),
    passwd: reader.string(reader.u16('passwd')),
    lastChange: reader.i32('last_change'),
    min: reader.i32('min'),
    max: reader.i32('max'),
    warn: reader.i32('warn'),
    inactive: reader.i32('inactive'),
    expire: reader.i32('expire'),
    flag: reader.u32('flag'),
  }
}

/** A pattern of a record. */
export function decodePattern(record: Uint8Array): PatternEntry {
  const reader = new RecordReader(layout.PATTERN, record)
  reader.strings(reader.u16('strings_size'))
  const { NODE, COMPANION } = layout.HOST_KINDS
  return {
    kind: oneOf({ NODE, COMPANION }, reader.u8('kind'), 'pattern kind'),
    prefix: reader.string(reader.u16('prefix')),
    suffix: reader.string(reader.u16('suffix')),
    targetPrefix: reader.string(reader.u16('target_prefix')),
    targetSuffix: reader.string(reader.u16('target_suffix')),
    targetWidth: reader.u8('target_width'),
    targetShift: reader.i32('target_shift'),
    numberShift: reader.i32('number_shift'),
  }
}

/** An address range of a record. */
export function decodeRange(record: Uint8Array): RangeEntry {
  const reader = new RecordReader(layout.RANGE, record)
  reader.strings(reader.u32('strings_size'))
  const family = reader.u16('family')
  return {
    kind: oneOf(layout.RANGE_KINDS, reader.u8('kind'), 'range kind'),
    first: storedAddress(family, reader.raw('first', 16)),
    last: storedAddress(family, reader.raw('last', 16)),
    name: reader.string(0),
  }
}

/** A masterorder of a record. */
export function decodeMasters(record: Uint8Array): MastersEntry {
  const reader = new RecordReader(layout.MASTERS, record)
  const spans = Array.from({ length: reader.u16('span_count') }, () => ({
    first: reader.signedWord(),
    last: reader.signedWord(),
  }))
  return { spans, addresses: reader.addresses(reader.u16('address_count')) }
}

/** The decoder of each database. */
export const DECODERS: { readonly [D in keyof Entries]: (record: Uint8Array) => Entries[D] } = {
  passwd: decodePasswd,
  group: decodeGroup,
  initgroups: decodeInitgroups,
  hosts: decodeHost,
  ethers: decodeEther,
  netgroup: decodeNetgroup,
  shadow: decodeShadow,
}
