/** Records being written, and the entries of no database to them. What does not fit a field's width throws RangeError; check before. */
import type { Address } from '../../values/index.ts'
import * as format from '../format.ts'
import type { Structure } from '../structure.ts'
import type { ByteString, MastersEntry, PatternEntry, RangeEntry } from './entries.ts'

/** A record under construction: the fixed part, then words and bytes in order, then the strings. */
export class RecordWriter<Name extends string> {
  readonly #structure: Structure<Name>
  readonly #bytes: Buffer
  readonly #stringsAt: number
  #end: number
  #tail: number

  /** `tail` is the length of what stands between the fixed part and the strings. */
  constructor(structure: Structure<Name>, tail: number, stringsLength: number) {
    const length = structure.size + tail + stringsLength
    this.#structure = structure
    // From the pool, and so without an allocation of its own for each of many small records.
    this.#bytes = Buffer.allocUnsafe((length + format.ALIGNMENT - 1) & -format.ALIGNMENT).fill(0)
    this.#tail = structure.size
    this.#stringsAt = structure.size + tail
    this.#end = this.#stringsAt
    this.#bytes.writeUInt32LE(this.#bytes.length, 0)
  }

  u8(name: Name, value: number): void {
    this.#bytes.writeUInt8(value, this.#structure.at[name])
  }

  u16(name: Name, value: number): void {
    if (value > 0xffff) throw new RangeError(`a ${this.#structure.name} record has no room for ${value} in ${name}`)
    this.#bytes.writeUInt16LE(value, this.#structure.at[name])
  }

  u32(name: Name, value: number): void {
    this.#bytes.writeUInt32LE(value, this.#structure.at[name])
  }

  i32(name: Name, value: number): void {
    this.#bytes.writeInt32LE(value, this.#structure.at[name])
  }

  /** Raw bytes at the start of a field. */
  raw(name: Name, value: Uint8Array): void {
    this.#bytes.set(value, this.#structure.at[name])
  }

  /** The next 32-bit word of the tail. */
  word(value: number): void {
    this.#tail = this.#bytes.writeUInt32LE(value >>> 0, this.#tail)
  }

  /** The next address of the tail. */
  address(address: Address): void {
    this.#bytes.writeUInt16LE(format.familyNumber(address.family), this.#tail + format.ADDRESS.at.family)
    this.#bytes.set(address.bytes, this.#tail + format.ADDRESS.at.bytes)
    this.#tail += format.ADDRESS.size
  }

  /** Appends a string and its NUL; gives where it starts among the strings. */
  string(value: ByteString): number {
    const offset = this.#end - this.#stringsAt
    this.#end += this.#bytes.write(value, this.#end, 'latin1') + 1
    return offset
  }

  /** The bytes that the strings take so far. */
  get stringsSize(): number {
    return this.#end - this.#stringsAt
  }

  /** The record, once all of it was written. */
  done(): Uint8Array {
    return this.#bytes
  }
}

/** The bytes that strings take side by side, each with its NUL. */
export function lengthOf(strings: readonly ByteString[]): number {
  let length = strings.length
  for (const string of strings) length += string.length
  return length
}

/** A pattern's record. */
export function encodePattern(entry: PatternEntry): Uint8Array {
  const strings = [entry.prefix, entry.suffix, entry.targetPrefix, entry.targetSuffix]
  const writer = new RecordWriter(format.PATTERN, 0, lengthOf(strings))
  writer.u8('kind', entry.kind)
  writer.u8('target_width', entry.targetWidth)
  writer.i32('target_shift', entry.targetShift)
  writer.i32('number_shift', entry.numberShift)
  writer.u16('prefix', writer.string(entry.prefix))
  writer.u16('suffix', writer.string(entry.suffix))
  writer.u16('target_prefix', writer.string(entry.targetPrefix))
  writer.u16('target_suffix', writer.string(entry.targetSuffix))
  writer.u16('strings_size', writer.stringsSize)
  return writer.done()
}

/** An address range's record. */
export function encodeRange(entry: RangeEntry): Uint8Array {
  const writer = new RecordWriter(format.RANGE, 0, entry.name.length + 1)
  writer.u8('kind', entry.kind)
  writer.u16('family', format.familyNumber(entry.first.family))
  writer.raw('first', entry.first.bytes)
  writer.raw('last', entry.last.bytes)
  writer.string(entry.name)
  writer.u32('strings_size', writer.stringsSize)
  return writer.done()
}

/** A masterorder's record. */
export function encodeMasters(entry: MastersEntry): Uint8Array {
  const tail = 8 * entry.ranges.length + format.ADDRESS.size * entry.addresses.length
  const writer = new RecordWriter(format.MASTERS, tail, 0)
  writer.u16('range_count', entry.ranges.length)
  writer.u16('address_count', entry.addresses.length)
  for (const range of entry.ranges) {
    writer.word(range.first)
    writer.word(range.last)
  }
  for (const address of entry.addresses) writer.address(address)
  return writer.done()
}
