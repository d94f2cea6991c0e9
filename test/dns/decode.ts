/** A strict reader of DNS messages, for tests: whatever is not exactly right throws. */

/** A record as a test looks at it. `data` is text for the types that we know, hexadecimal for others. */
export interface DecodedRecord {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttl: number
  readonly data: string
}

/** A message, taken apart. Names have a final dot; dots and other odd bytes in labels are \DDD. */
export interface Decoded {
  readonly id: number
  readonly qr: boolean
  readonly opcode: number
  readonly aa: boolean
  readonly tc: boolean
  readonly rd: boolean
  readonly ra: boolean
  readonly rcode: number
  readonly questions: readonly { readonly name: string; readonly type: number; readonly class: number }[]
  readonly answers: readonly DecodedRecord[]
  readonly authorities: readonly DecodedRecord[]
  readonly additionals: readonly DecodedRecord[]
}

/** Reads a message. Throws where it is not well-formed, or has bytes left over. */
export function decode(message: Buffer): Decoded {
  const reader = new Reader(message)
  const id = reader.u16()
  const flags = reader.u16()
  const [qd, an, ns, ar] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()]
  const decoded = {
    id,
    qr: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    aa: (flags & 0x400) !== 0,
    tc: (flags & 0x200) !== 0,
    rd: (flags & 0x100) !== 0,
    ra: (flags & 0x80) !== 0,
    rcode: flags & 15,
    questions: times(qd, () => ({ name: reader.name(), type: reader.u16(), class: reader.u16() })),
    answers: times(an, () => reader.record()),
    authorities: times(ns, () => reader.record()),
    additionals: times(ar, () => reader.record()),
  }
  reader.end()
  return decoded
}

function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read)
}

class Reader {
  readonly #message: Buffer
  #at = 0

  constructor(message: Buffer) {
    this.#message = message
  }

  u16(): number {
    const value = this.#message.readUInt16BE(this.#at)
    this.#at += 2
    return value
  }

  u32(): number {
    const value = this.#message.readUInt32BE(this.#at)
    this.#at += 4
    return value
  }

  name(): string {
    const { text, end } = nameAt(this.#message, this.#at)
    this.#at = end
    return text
  }

  record(): DecodedRecord {
    const name = this.name()
    const type = this.u16()
    const class_ = this.u16()
    const ttl = this.u32()
    const end = this.u16() + this.#at
    const data = this.#data(type, end)
    if (this.#at !== end || end > this.#message.length)
      throw new Error(`data of type ${type} ends at ${this.#at}, not ${end}`)
    return { name, type, class: class_, ttl, data }
  }

  #data(type: number, end: number): string {
    if (type === 2 || type === 12) return this.name()
    if (type === 6) return [this.name(), this.name(), ...times(5, () => this.u32())].join(' ')
    if (type === 33) return [this.u16(), this.u16(), this.u16(), this.name()].join(' ')
    const bytes = this.#message.subarray(this.#at, end)
    this.#at = end
    return type === 1 && bytes.length === 4 ? [...bytes].join('.') : bytes.toString('hex')
  }

  end(): void {
    if (this.#at !== this.#message.length) throw new Error(`${this.#message.length - this.#at} bytes left over`)
  }
}

function nameAt(message: Buffer, start: number): { text: string; end: number } {
  let text = ''
  let end = -1
  for (let at = start, last = start; ; ) {
    const length = message.readUInt8(at)
    if (length >= 0xc0) {
      const to = message.readUInt16BE(at) & 0x3fff
      if (end < 0) end = at + 2
      if (to >= last) throw new Error(`a pointer at ${at} that does not lead back`)
      last = to
      at = to
      continue
    }
    if (length > 63) throw new Error(`a label of ${length} bytes at ${at}`)
    if (length === 0) return { text: text === '' ? '.' : text, end: end < 0 ? at + 1 : end }
    if (at + 1 + length > message.length) throw new Error(`a label at ${at} has no end`)
    text += `${presented(message.toString('latin1', at + 1, at + 1 + length))}.`
    at += 1 + length
  }
}

function presented(label: string): string {
  return label.replace(/[^-\w]/g, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`)
}
