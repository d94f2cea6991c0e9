/** The slots of an index: which record each key leads to. */
import { SLOT } from '../layout.ts'
import type { ByteString } from '../records/entries.ts'
import { hash } from './hash.ts'

/** How many slots keep the load at one half or less: a power of two, 8 at least. */
export function slotCount(keys: number): number {
  let slots = 8
  while (slots < 2 * keys) slots *= 2
  return slots
}

/** The keys of an index, each with the number of the first record that has it. Keys are kept as bytes side by side: no object each. */
export class IndexKeys {
  #count = 0
  #bytes: Uint8Array
  /** Where each key ends in the bytes, which is where the next one starts. */
  #ends: Uint32Array
  #hashes: Uint32Array
  #records: Uint32Array
  /** By hash, the numbers of the keys from 1 on, at a load of one half or less. */
  #seen: Uint32Array

  /** Room for so many keys at first. */
  constructor(expected = 0) {
    const slots = slotCount(expected)
    this.#bytes = new Uint8Array(EXPECTED_LENGTH * slots)
    this.#ends = new Uint32Array(slots / 2)
    this.#hashes = new Uint32Array(slots / 2)
    this.#records = new Uint32Array(slots / 2)
    this.#seen = new Uint32Array(slots)
  }

  /** How many keys there are. */
  get count(): number {
    return this.#count
  }

  /** Adds a key of a record, unless an earlier one has it. */
  add(key: ByteString | Uint8Array, record: number): void {
    if (this.#count === this.#ends.length) this.#grow()
    const start = this.#startOf(this.#count)
    const end = start + key.length
    this.#append(key, start)
    const keyHash = hash(this.#bytes, start, end)
    const i = this.#placeOf(keyHash, start, end)
    if (this.#seen[i] !== 0) return
    this.#hashes[this.#count] = keyHash
    this.#records[this.#count] = record
    this.#ends[this.#count] = end
    this.#seen[i] = ++this.#count
  }

  #startOf(key: number): number {
    return key === 0 ? 0 : (this.#ends[key - 1] as number)
  }

  #append(key: ByteString | Uint8Array, start: number): void {
    while (start + key.length > this.#bytes.length) this.#bytes = twice(this.#bytes)
    const bytes = this.#bytes
    if (typeof key === 'string') for (let i = 0; i < key.length; i++) bytes[start + i] = key.charCodeAt(i)
    else for (let i = 0; i < key.length; i++) bytes[start + i] = key[i] as number
  }

  /** Where the key that has these bytes is among those seen, or would be. */
  #placeOf(keyHash: number, start: number, end: number): number {
    const last = this.#seen.length - 1
    let i = keyHash & last
    for (let other = this.#seen[i] as number; other !== 0; other = this.#seen[i] as number) {
      if (this.#hashes[other - 1] === keyHash && this.#isKey(other - 1, start, end)) return i
      i = (i + 1) & last
    }
    return i
  }

  #isKey(key: number, start: number, end: number): boolean {
    const from = this.#startOf(key)
    if ((this.#ends[key] as number) - from !== end - start) return false
    for (let i = start, k = from; i < end; i++, k++) if (this.#bytes[i] !== this.#bytes[k]) return false
    return true
  }

  #grow(): void {
    this.#ends = twice(this.#ends)
    this.#hashes = twice(this.#hashes)
    this.#records = twice(this.#records)
    this.#seen = new Uint32Array(2 * this.#seen.length)
    const last = this.#seen.length - 1
    for (let key = 0; key < this.#count; key++) {
      let i = (this.#hashes[key] as number) & last
      while (this.#seen[i] !== 0) i = (i + 1) & last
      this.#seen[i] = key + 1
    }
  }

  /** The length of the index in bytes. */
  get size(): number {
    return slotCount(this.#count) * SLOT.size
  }

  /** Writes the slots from `at` on, where zeros are. `content` gives what a slot holds for a record's number: not 0. */
  write(bytes: Uint8Array, at: number, content: (record: number) => number): void {
    const last = slotCount(this.#count) - 1
    const slots = new DataView(bytes.buffer, bytes.byteOffset + at, (last + 1) * SLOT.size)
    for (let key = 0; key < this.#count; key++) {
      const keyHash = this.#hashes[key] as number
      let i = keyHash & last
      while (slots.getUint32(i * SLOT.size + SLOT.at.record, true) !== 0) i = (i + 1) & last
      slots.setUint32(i * SLOT.size + SLOT.at.hash, keyHash, true)
      slots.setUint32(i * SLOT.size + SLOT.at.record, content(this.#records[key] as number), true)
    }
  }
}

/** How long keys are at first guess, in bytes for each slot: half as much for each key. */
const EXPECTED_LENGTH = 4

function twice<Items extends Uint8Array | Uint32Array>(items: Items): Items {
  const more = new (items.constructor as new (length: number) => Items)(2 * items.length)
  more.set(items)
  return more
}
