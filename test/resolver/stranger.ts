/**
 * A reader of snapshots that imports nothing of ours: every number comes from the tables of docs/snapshot.md, the bytes from its
 * dump, the steps from its sentences. So the page is enough.
 */
import { createHash } from 'node:crypto'

interface Field {
  readonly at: number
  readonly type: string
}

/** The fields of a structure, by name. */
type Fields = ReadonlyMap<string, Field>

/** A record: its fields by name, its strings by where they start. */
export class StrangersRecord {
  readonly #bytes: Buffer
  readonly #fields: Fields
  readonly #strings: number

  constructor(bytes: Buffer, fields: Fields, strings: number) {
    this.#bytes = bytes
    this.#fields = fields
    this.#strings = strings
  }

  /** The number in a field. */
  number(name: string): number {
    return numberAt(this.#bytes, 0, this.#fields, name)
  }

  /** The string that starts so many bytes after the first one. */
  string(offset: number): string {
    const start = this.#strings + offset
    return this.#bytes.toString('latin1', start, this.#bytes.indexOf(0, start))
  }

  /** Whether these bytes stand anywhere in the record: the comparison that an index look-up ends with, made lax. */
  holds(key: Buffer): boolean {
    return this.#bytes.includes(key)
  }
}

/** Reads the example of the page. */
export class Reader {
  readonly bytes: Buffer
  readonly #page: string

  constructor(page: string) {
    this.#page = page
    this.bytes = dumped(page)
  }

  /** Whether the digest in the header is that of the bytes that the page says it covers. */
  digestFits(): boolean {
    const said = /SHA-256 over bytes 0 to (\d+) and the bytes from (\d+) to the end of the section table/
    const [, last, from] = said.exec(this.#page) ?? []
    const end = Math.max(...this.#entries())
    const covered = [
      this.bytes.subarray(0, Number(last) + 1),
      this.bytes.subarray(Number(from), end + this.#entrySize()),
    ]
    return sha256(...covered).equals(this.#bytesOf('header', 0, 'digest'))
  }

  /** Whether each section's digest in the table is that of its bytes. */
  sectionsFit(): boolean {
    const fields = this.#fields('section')
    return this.#entries().every((at) => {
      const offset = numberAt(this.bytes, at, fields, 'offset')
      const end = Math.ceil((offset + numberAt(this.bytes, at, fields, 'size')) / 8) * 8
      return sha256(this.bytes.subarray(offset, end)).equals(this.#bytesOf('section', at, 'digest'))
    })
  }

  /** The bytes of a field of a structure that starts here. */
  #bytesOf(structure: string, start: number, name: string): Buffer {
    const { at, type } = this.#fields(structure).get(name) ?? { at: 0, type: '0 bytes' }
    return this.bytes.subarray(start + at, start + at + sizeOf(type))
  }

  /** Where the entries of the section table start. */
  #entries(): number[] {
    const header = this.#fields('header')
    const table = numberAt(this.bytes, 0, header, 'header_size')
    const count = numberAt(this.bytes, 0, header, 'section_count')
    return Array.from({ length: count }, (_, i) => table + i * this.#entrySize())
  }

  #entrySize(): number {
    return Math.max(...Array.from(this.#fields('section').values(), ({ at, type }) => at + sizeOf(type)))
  }

  /** The record of a key, by what the page calls the records and the index. */
  find(structure: string, records: string, index: string, key: Buffer): StrangersRecord | undefined {
    const slots = this.#section(index)
    const fields = this.#fields('slot')
    const wanted = this.hash(key)
    for (let i = wanted % (slots.size / 8); ; i = (i + 1) % (slots.size / 8)) {
      const at = slots.offset + i * 8
      const record = numberAt(this.bytes, at, fields, 'record')
      if (record === 0) return undefined
      const start = this.#section(records).offset + (record - 1) * 8
      if (numberAt(this.bytes, at, fields, 'hash') === wanted) return this.#record(structure, start, key)
    }
  }

  #record(structure: string, at: number, key: Buffer): StrangersRecord | undefined {
    const fields = this.#fields(structure)
    const bytes = this.bytes.subarray(at, at + numberAt(this.bytes, at, fields, 'size'))
    const addresses = fields.has('address_count') ? numberAt(bytes, 0, fields, 'address_count') : 0
    const names = fields.has('name_count') ? numberAt(bytes, 0, fields, 'name_count') : 0
    const end = Math.max(...Array.from(fields.values(), ({ at, type }) => at + sizeOf(type)))
    const record = new StrangersRecord(bytes, fields, end + addresses * 20 + names * 4)
    return record.holds(key) ? record : undefined
  }

  /** Where a section is, by the start of what the page says that it holds. */
  #section(what: string): { offset: number; size: number } {
    const row = new RegExp(`^\\| (\\d+) \\| \\w+ \\| ${what}`, 'm').exec(this.#page)
    const fields = this.#fields('section')
    for (const at of this.#entries()) {
      if (numberAt(this.bytes, at, fields, 'id') !== Number(row?.[1])) continue
      return { offset: numberAt(this.bytes, at, fields, 'offset'), size: numberAt(this.bytes, at, fields, 'size') }
    }
    throw new Error(`the page names no section ${what}`)
  }

  /** The table below a structure's heading or after its marker. */
  #fields(structure: string): Fields {
    const from = this.#page.search(new RegExp(`^(?:### ${structure}$|<!-- ${structure}: made)`, 'm'))
    const fields = new Map<string, Field>()
    for (const line of this.#page.slice(from).split('\n')) {
      const [, at, name, type] = /^\| (\d+) \| `(\w+)` \| ([\w ]+) \|/.exec(line) ?? []
      if (name !== undefined && type !== undefined) fields.set(name, { at: Number(at), type })
      else if (fields.size > 0) break
    }
    return fields
  }

  /** The page's examples of hashes. */
  hashes(): { text: string; hash: number }[] {
    const rows = this.#page.matchAll(/^\| "(.*)" \| 0x([0-9a-f]{8}) \|$/gm)
    return Array.from(rows, ([, text = '', hash = '']) => ({ text, hash: Number.parseInt(hash, 16) }))
  }

  /** The hash, with BigInt so that it has nothing in common with ours. */
  hash(key: Buffer): number {
    const wrap = (value: bigint): bigint => BigInt.asUintN(32, value)
    const rotated = (value: bigint, by: bigint): bigint => wrap(value << by) | (value >> (32n - by))
    const mix = (word: bigint): bigint => wrap(rotated(wrap(word * 0xcc9e2d51n), 15n) * 0x1b873593n)
    const words = Math.floor(key.length / 4)
    let h = 0n
    for (let i = 0; i < words; i++) {
      h = wrap(rotated(h ^ mix(BigInt(key.readUInt32LE(4 * i))), 13n) * 5n + 0xe6546b64n)
    }
    const rest = [...key.subarray(4 * words)].reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n)
    h ^= mix(rest) ^ BigInt(key.length)
    h = wrap((h ^ (h >> 16n)) * 0x85ebca6bn)
    h = wrap((h ^ (h >> 13n)) * 0xc2b2ae35n)
    return Number(h ^ (h >> 16n))
  }
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

function sizeOf(type: string): number {
  return /^\d/.test(type) ? Number.parseInt(type, 10) : Number.parseInt(type.slice(1), 10) / 8
}

function numberAt(bytes: Buffer, start: number, fields: Fields, name: string): number {
  const field = fields.get(name)
  if (field === undefined) throw new Error(`the page names no field ${name}`)
  return bytes.readUIntLE(start + field.at, Math.min(6, sizeOf(field.type)))
}

/** The file of the page's dump; lines that are left out are zeros. */
function dumped(page: string): Buffer {
  const lines = [...page.matchAll(/^ *(\d+) {2}((?:[0-9a-f]{2} ?){1,16}) /gm)]
  const parts = lines.map(([, at, hex = '']) => ({
    at: Number(at),
    bytes: Buffer.from(hex.replaceAll(' ', ''), 'hex'),
  }))
  const last = parts.at(-1)
  const file = Buffer.alloc((last?.at ?? 0) + (last?.bytes.length ?? 0))
  for (const { at, bytes } of parts) file.set(bytes, at)
  return file
}
