/**
 * The part of msgpack that the protocol uses, read as its specification says: transcripts are not read by the program's own reader, which
 * could have changed in step with its writer.
 */

/** Reads one value after the other. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  value(): unknown {
    const token = this.#number(1)
    if (token < 0x80) return token
    if (token >= 0xe0) return token - 0x100
    if (token < 0x90) return this.#map(token & 0x0f)
    if (token < 0xa0) return this.#list(token & 0x0f)
    if (token < 0xc0) return this.#take(token & 0x1f).toString()
    return this.#long(token)
  }

  #long(token: number): unknown {
    if (token === 0xc0) return null
    if (token === 0xc2 || token === 0xc3) return token === 0xc3
    if (token >= 0xc4 && token <= 0xc6) return this.#take(this.#number(1 << (token - 0xc4)))
    if (token === 0xca) return this.#take(4).readFloatBE()
    if (token === 0xcb) return this.#take(8).readDoubleBE()
    if (token >= 0xcc && token <= 0xcf) return this.#number(1 << (token - 0xcc))
    if (token >= 0xd0 && token <= 0xd3) return this.#signed(1 << (token - 0xd0))
    if (token >= 0xd9 && token <= 0xdb) return this.#take(this.#number(1 << (token - 0xd9))).toString()
    if (token === 0xdc || token === 0xdd) return this.#list(this.#number(token === 0xdc ? 2 : 4))
    if (token === 0xde || token === 0xdf) return this.#map(this.#number(token === 0xde ? 2 : 4))
    throw new Error(`no plain value: ${token.toString(16)}`)
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('cut short')
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }

  #number(width: number): number {
    return this.#take(width).reduce((value, byte) => value * 256 + byte, 0)
  }

  #signed(width: number): number {
    const bytes = this.#take(width)
    return width === 8 ? Number(bytes.readBigInt64BE()) : bytes.readIntBE(0, width)
  }

  #list(length: number): unknown[] {
    return Array.from({ length }, () => this.value())
  }

  #map(length: number): object {
    return Object.fromEntries(Array.from({ length }, () => [String(this.value()), this.value()]))
  }
}

/** The map in these bytes. Throws where they are something else, or more. */
export function messageOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const reader = new Reader(bytes)
  const value = reader.value()
  if (!reader.isAtEnd || typeof value !== 'object' || value === null) throw new Error('not one map')
  return value as Readonly<Record<string, unknown>>
}
