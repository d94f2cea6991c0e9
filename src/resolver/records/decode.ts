/** Records being read, and those of no database to entries. Any bytes are safe: what lies outside the record throws SnapshotError. */
import type { Address } from '../../values/index.ts'
import * as format from '../format.ts'
import type { Structure } from '../structure.ts'
import type { ByteString, MastersEntry, PatternEntry, RangeEntry } from './entries.ts'

/** Why bytes are not a snapshot, or a record no record. */
export type SnapshotErrorCode =
  | 'short'
  | 'magic'
  | 'layout'
  | 'size'
  | 'section'
  | 'index'
  | 'record'
  | 'digest'
  | 'delta'

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
    this.#bytes = Buffer.isBuffer(record) ? record : Buffer.from(record.buffer, record.byteOffset, record.length)
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

  /** A field that is an unsigned number of 16 or 32 bits, as its structure says. */
  number(name: Name): number {
    return this.#structure.types[name] === 'u16' ? this.u16(name) : this.u32(name)
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
    const at = this.#take(format.ADDRESS.size)
    const family = this.#bytes.readUInt16LE(at + format.ADDRESS.at.family)
    const start = at + format.ADDRESS.at.bytes
    return storedAddress(family, this.#bytes.subarray(start, start + 16))
  }

  /** The next `count` addresses of the tail. */
  addresses(count: number): Address[] {
    if (this.#tail + count * format.ADDRESS.size > this.#bytes.length) throw outside('an address')
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
  if (family === format.FAMILIES.INET) return { family: 4, bytes: Uint8Array.from(bytes.subarray(0, 4)) }
  if (family === format.FAMILIES.INET6) return { family: 6, bytes: Uint8Array.from(bytes.subarray(0, 16)) }
  throw new SnapshotError('record', `address family ${family} is unknown`)
}

/** One of the values of a table of numbers; undefined for another, as a later release may write it. */
export function knownOf<const V extends number>(values: Readonly<Record<string, V>>, value: number): V | undefined {
  return Object.values(values).find((known) => known === value)
}

/** A pattern of a record; undefined if it is of a kind that this release does not know. */
export function decodePattern(record: Uint8Array): PatternEntry | undefined {
  const reader = new RecordReader(format.PATTERN, record)
  const { NODE, COMPANION } = format.HOST_KINDS
  const kind = knownOf({ NODE, COMPANION }, reader.u8('kind'))
  if (kind === undefined) return undefined
  reader.strings(reader.u16('strings_size'))
  return {
    kind,
    prefix: reader.string(reader.u16('prefix')),
    suffix: reader.string(reader.u16('suffix')),
    targetPrefix: reader.string(reader.u16('target_prefix')),
    targetSuffix: reader.string(reader.u16('target_suffix')),
    targetWidth: reader.u8('target_width'),
    targetShift: reader.i32('target_shift'),
    numberShift: reader.i32('number_shift'),
  }
}

/** An address range of a record; undefined if it is of a kind that this release does not know. */
export function decodeRange(record: Uint8Array): RangeEntry | undefined {
  const reader = new RecordReader(format.RANGE, record)
  const kind = knownOf(format.RANGE_KINDS, reader.u8('kind'))
  if (kind === undefined) return undefined
  reader.strings(reader.u32('strings_size'))
  const family = reader.u16('family')
  return {
    kind,
    first: storedAddress(family, reader.raw('first', 16)),
    last: storedAddress(family, reader.raw('last', 16)),
    name: reader.string(0),
  }
}

/** A masterorder of a record. */
export function decodeMasters(record: Uint8Array): MastersEntry {
  const reader = new RecordReader(format.MASTERS, record)
  const ranges = Array.from({ length: reader.u16('range_count') }, () => ({
    first: reader.signedWord(),
    last: reader.signedWord(),
  }))
  return { ranges, addresses: reader.addresses(reader.u16('address_count')) }
}
