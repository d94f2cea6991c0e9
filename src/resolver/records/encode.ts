/** Records as they are written, and those of entries that belong to no database. A value that does not fit its field throws RangeError: check it before. */
import type { Address } from '../../values/index.ts'
import * as format from '../format.ts'
import type { Structure } from '../structure.ts'
import type { ByteString, MastersEntry, PatternEntry, RangeEntry } from './entries.ts'

/** A buffer for records side by side, which grows as they are written: many records take one piece of memory in place of an object each. */
export class RecordRoom {
  #bytes = NOTHING
  #end = 0

  /** The records so far. A record that follows may move them. */
  get bytes(): Buffer {
    return this.#end === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#end)
  }

  /** How many bytes the records take. */
  get length(): number {
    return this.#end
  }

  /** Makes room for one more record, filled with zeros. It starts at `start` of `bytes`, which is right until the next call. */
  take(length: number): { readonly bytes: Buffer; readonly start: number } {
    const start = this.#end
    this.#end += length
    if (this.#end > this.#bytes.length) this.#grow()
    return { bytes: this.#bytes, start }
  }

  #grow(): void {
    const before = this.#bytes
    // The first has its own length, as one that is alone; from the pool, and so without an allocation of its own.
    if (before.length === 0) this.#bytes = Buffer.allocUnsafe(this.#end).fill(0)
    else {
      this.#bytes = Buffer.alloc(Math.max(ROOM_LEAST, 2 * before.length, this.#end))
      this.#bytes.set(before)
    }
  }
}

const NOTHING = Buffer.alloc(0)
/** The least length of the second allocation, in bytes. */
const ROOM_LEAST = 64 * 1024

/** Writes an entry's record behind those that are in the room. */
export type RecordWriting<Entry> = (entry: Entry, room: RecordRoom) => void

/** Gives an entry's record by itself. */
export function alone<Entry>(write: RecordWriting<Entry>): (entry: Entry) => Uint8Array {
  return (entry) => {
    const room = new RecordRoom()
    write(entry, room)
    return room.bytes
  }
}

/** A record under construction: the fixed part, then words and bytes in order, then the strings. */
export class RecordWriter<Name extends string> {
  readonly #structure: Structure<Name>
  readonly #bytes: Buffer
  readonly #start: number
  readonly #stringsAt: number
  #end: number
  #tail: number

  /** `tail` is the length of what stands between the fixed part and the strings. */
  constructor(structure: Structure<Name>, tail: number, stringsLength: number, room: RecordRoom) {
    const length = (structure.size + tail + stringsLength + format.ALIGNMENT - 1) & -format.ALIGNMENT
    const { bytes, start } = room.take(length)
    this.#structure = structure
    this.#bytes = bytes
    this.#start = start
    this.#tail = start + structure.size
    this.#stringsAt = this.#tail + tail
    this.#end = this.#stringsAt
    bytes.writeUInt32LE(length, start)
  }

  u8(name: Name, value: number): void {
    this.#bytes.writeUInt8(value, this.#at(name))
  }

  u16(name: Name, value: number): void {
    if (value > 0xffff) throw new RangeError(`a ${this.#structure.name} record has no room for ${value} in ${name}`)
    this.#bytes.writeUInt16LE(value, this.#at(name))
  }

  u32(name: Name, value: number): void {
    this.#bytes.writeUInt32LE(value, this.#at(name))
  }

  i32(name: Name, value: number): void {
    this.#bytes.writeInt32LE(value, this.#at(name))
  }

  /** Raw bytes at the start of a field. */
  raw(name: Name, value: Uint8Array): void {
    copied(value, this.#bytes, this.#at(name))
  }

  #at(name: Name): number {
    return this.#start + this.#structure.at[name]
  }

  /** The next 32-bit word of the tail. */
  word(value: number): void {
    this.#tail = this.#bytes.writeUInt32LE(value >>> 0, this.#tail)
  }

  /** The next address of the tail. */
  address(address: Address): void {
    this.#bytes.writeUInt16LE(format.familyNumber(address.family), this.#tail + format.ADDRESS.at.family)
    copied(address.bytes, this.#bytes, this.#tail + format.ADDRESS.at.bytes)
    this.#tail += format.ADDRESS.size
  }

  /** Appends a string and its NUL; gives where it starts among the strings. */
  string(value: ByteString): number {
    const offset = this.#end - this.#stringsAt
    if (value.length > SHORT) this.#bytes.write(value, this.#end, 'latin1')
    else for (let i = 0; i < value.length; i++) this.#bytes[this.#end + i] = value.charCodeAt(i)
    this.#end += value.length + 1
    return offset
  }

  /** The bytes that the strings take so far. */
  get stringsSize(): number {
    return this.#end - this.#stringsAt
  }
}

/** The longest string that is copied here: the system's copy is quicker, but a call of it takes as long as some ten characters. */
const SHORT = 24

/** Copies the few bytes of an address: quicker than a call of `set`. */
function copied(from: Uint8Array, to: Uint8Array, start: number): void {
  for (let i = 0; i < from.length; i++) to[start + i] = from[i] as number
}

/** The bytes that strings take side by side, each with its NUL. */
export function lengthOf(strings: readonly ByteString[]): number {
  let length = strings.length
  for (const string of strings) length += string.length
  return length
}

/** Writes a pattern's record. */
export function writePattern(entry: PatternEntry, room: RecordRoom): void {
  const strings = [entry.prefix, entry.suffix, entry.targetPrefix, entry.targetSuffix]
  const writer = new RecordWriter(format.PATTERN, 0, lengthOf(strings), room)
  writer.u8('kind', entry.kind)
  writer.u8('target_width', entry.targetWidth)
  writer.i32('target_shift', entry.targetShift)
  writer.i32('number_shift', entry.numberShift)
  writer.u16('prefix', writer.string(entry.prefix))
  writer.u16('suffix', writer.string(entry.suffix))
  writer.u16('target_prefix', writer.string(entry.targetPrefix))
  writer.u16('target_suffix', writer.string(entry.targetSuffix))
  writer.u16('strings_size', writer.stringsSize)
}

/** Writes an address range's record. */
export function writeRange(entry: RangeEntry, room: RecordRoom): void {
  const writer = new RecordWriter(format.RANGE, 0, entry.name.length + 1, room)
  writer.u8('kind', entry.kind)
  writer.u16('family', format.familyNumber(entry.first.family))
  writer.raw('first', entry.first.bytes)
  writer.raw('last', entry.last.bytes)
  writer.string(entry.name)
  writer.u32('strings_size', writer.stringsSize)
}

/** Writes a masterorder's record. */
export function writeMasters(entry: MastersEntry, room: RecordRoom): void {
  const tail = 8 * entry.ranges.length + format.ADDRESS.size * entry.addresses.length
  const writer = new RecordWriter(format.MASTERS, tail, 0, room)
  writer.u16('range_count', entry.ranges.length)
  writer.u16('address_count', entry.addresses.length)
  for (const range of entry.ranges) {
    writer.word(range.first)
    writer.word(range.last)
  }
  for (const address of entry.addresses) writer.address(address)
}
