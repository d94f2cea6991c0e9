/** Writes a DNS message, names compressed where RFC 1035 and RFC 3597 allow it. */
import { foldedByte } from './name.ts'

/** The last offset that a compression pointer can name. */
const POINTER_MAX = 0x3fff
const INITIAL = 512

/** A message under construction. Numbers are big-endian. */
export class MessageWriter {
  #bytes: Buffer = Buffer.allocUnsafe(INITIAL)
  #length = 0
  /** Where each name so far stands, by its bytes in small letters. */
  readonly #names = new Map<string, number>()

  /** How many bytes there are. */
  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  u16(value: number): void {
    this.#room(2)
    this.#length = this.#bytes.writeUInt16BE(value, this.#length)
  }

  u32(value: number): void {
    this.#room(4)
    this.#length = this.#bytes.writeUInt32BE(value, this.#length)
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Sets a number that was written before. */
  patchU16(at: number, value: number): void {
    this.#bytes.writeUInt16BE(value, at)
  }

  /** Writes a name, with a pointer for the longest part that already stands in the message, and remembers its parts. */
  name(name: Uint8Array): void {
    const key = foldedKey(name)
    let at = 0
    for (let length = name[0] ?? 0; length !== 0; length = name[at] ?? 0) {
      const suffix = key.slice(at)
      const known = this.#names.get(suffix)
      if (known !== undefined) {
        this.u16(0xc000 | known)
        return
      }
      if (this.#length <= POINTER_MAX) this.#names.set(suffix, this.#length)
      this.raw(name.subarray(at, at + 1 + length))
      at += 1 + length
    }
    this.u8(0)
  }

  /** The length of record data, before what `write` writes: the data itself. */
  counted(write: () => void): void {
    const at = this.#length
    this.u16(0)
    write()
    this.patchU16(at, this.#length - at - 2)
  }

  /** Takes back everything from an offset on. */
  truncate(length: number): void {
    this.#length = length
    for (const [name, at] of this.#names) if (at >= length) this.#names.delete(name)
  }

  /** The message so far, as a copy. */
  bytes(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** The bytes of a name in small letters, as a Map's key. Length bytes are below the letters, and stay. */
function foldedKey(name: Uint8Array): string {
  let key = ''
  for (const byte of name) key += String.fromCharCode(foldedByte(byte))
  return key
}
