/** Host names that stay where they stand in a record: a netgroup of 100,000 nodes needs no string for each to be asked. */
import { foldByte } from '../../values/index.ts'
import { SnapshotError } from '../records/decode.ts'
import type { ByteString } from '../records/entries.ts'

/** FNV-1a, 32 bits: only this table's own, one byte at a time. */
const START = 0x811c9dc5
const step = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193)

/** A set of the NUL-terminated strings of some bytes, which are matched without regard to ASCII case. */
export class HostTable {
  readonly #bytes: Uint8Array
  /** Where the strings may reach to. */
  readonly #end: number
  /** By hash: where a string starts, plus 1; 0 is free. */
  readonly #slots: Uint32Array
  #size = 0

  /** A table for at most `most` strings, which lie before `end`. */
  constructor(bytes: Uint8Array, end: number, most: number) {
    let slots = 8
    while (slots < 2 * most) slots *= 2
    this.#bytes = bytes
    this.#end = end
    this.#slots = new Uint32Array(slots)
  }

  /** How many different strings there are. */
  get size(): number {
    return this.#size
  }

  /** Adds the string that starts at `position`. Throws SnapshotError if it has no end. */
  add(position: number): void {
    let hash = START
    let at = position
    for (; at < this.#end && this.#bytes[at] !== 0; at++) hash = step(hash, foldByte(this.#bytes[at] ?? 0))
    if (at >= this.#end) throw new SnapshotError('record', 'a string has no end')
    const slot = this.#find(hash, (other) => this.#isSame(other, position))
    if (this.#slots[slot] !== 0) return
    this.#slots[slot] = position + 1
    this.#size++
  }

  /** Whether the name was added. */
  has(name: ByteString): boolean {
    let hash = START
    for (let i = 0; i < name.length; i++) hash = step(hash, foldByte(name.charCodeAt(i)))
    return this.#slots[this.#find(hash, (position) => this.#isName(position, name))] !== 0
  }

  /** The slot of the string of this hash for which `fits` holds, else the free one if it would go. */
  #find(hash: number, fits: (position: number) => boolean): number {
    const last = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & last
    for (let taken = this.#slots[slot] ?? 0; taken !== 0; taken = this.#slots[slot] ?? 0) {
      if (fits(taken - 1)) return slot
      slot = (slot + 1) & last
    }
    return slot
  }

  #isSame(one: number, other: number): boolean {
    for (let i = 0; ; i++) {
      const byte = this.#bytes[one + i] ?? 0
      if (foldByte(byte) !== foldByte(this.#bytes[other + i] ?? 0)) return false
      if (byte === 0) return true
    }
  }

  #isName(position: number, name: ByteString): boolean {
    for (let i = 0; i < name.length; i++) {
      const byte = this.#bytes[position + i] ?? 0
      if (byte === 0 || foldByte(byte) !== foldByte(name.charCodeAt(i))) return false
    }
    return this.#bytes[position + name.length] === 0
  }
}
