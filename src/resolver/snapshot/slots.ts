/** The slots of an index: which record each key leads to. */
import { SLOT } from '../layout.ts'
import type { ByteString } from '../records/entries.ts'
import { hashOfText } from './hash.ts'

/** How many slots keep the load at one half or less: a power of two, 8 at least. */
export function slotCount(keys: number): number {
  let slots = 8
  while (slots < 2 * keys) slots *= 2
  return slots
}

/** The keys of an index, each with the number of the first record that has it. */
export class IndexKeys {
  /** How many keys there are. */
  readonly count: number
  readonly #hashes: Uint32Array
  readonly #records: Uint32Array

  /** `keys` of each record, in order: byte strings. */
  constructor(keys: readonly (readonly ByteString[])[]) {
    let length = 0
    for (const own of keys) length += own.length
    const all: ByteString[] = []
    this.#hashes = new Uint32Array(length)
    this.#records = new Uint32Array(length)
    const seen = new Uint32Array(slotCount(length))
    keys.forEach((own, record) => {
      for (const key of own) this.#add(key, record, all, seen)
    })
    this.count = all.length
  }

  /** Adds a key that is new. `seen` has, by hash, the numbers from 1 on of the keys in `all`. */
  #add(key: ByteString, record: number, all: ByteString[], seen: Uint32Array): void {
    const keyHash = hashOfText(key)
    let i = keyHash & (seen.length - 1)
    for (let other = seen[i] ?? 0; other !== 0; other = seen[i] ?? 0) {
      if (this.#hashes[other - 1] === keyHash && all[other - 1] === key) return
      i = (i + 1) & (seen.length - 1)
    }
    this.#hashes[all.length] = keyHash
    this.#records[all.length] = record
    seen[i] = all.push(key)
  }

  /** The length of the index in bytes. */
  get size(): number {
    return slotCount(this.count) * SLOT.size
  }

  /** Writes the slots from `at` on, where zeros are. `content` gives what a slot holds for a record's number. */
  write(bytes: Buffer, at: number, content: (record: number) => number): void {
    const last = slotCount(this.count) - 1
    const taken = new Uint8Array(last + 1)
    for (let key = 0; key < this.count; key++) {
      const keyHash = this.#hashes[key] ?? 0
      let i = keyHash & last
      while (taken[i] === 1) i = (i + 1) & last
      taken[i] = 1
      bytes.writeUInt32LE(keyHash, at + i * SLOT.size + SLOT.at.hash)
      bytes.writeUInt32LE(content(this.#records[key] ?? 0), at + i * SLOT.size + SLOT.at.record)
    }
  }
}
