/**
 * The usual look-up, read straight from its bytes: no map is made of them. What is any different is left to message.ts, which reads the same of all
 * that is taken here.
 */
import { DATABASE_NAMES } from '../../../resolver/index.ts'
import { OPERATIONS, type REQUEST_FIELDS, type Request } from '../protocol.ts'
import { BYTES_8, MAP, named, ONE_BYTE, TEXT, TEXT_8, TEXT_MAX, UINT_8, UINT_16, UINT_32 } from './tokens.ts'

/** A look-up without a nonce, with the fields that all requests have. */
export interface PlainLookup extends Pick<Request<'LOOKUP'>, 'db' | 'key'> {
  readonly id: number
  readonly op: typeof OPERATIONS.LOOKUP
}

const asked = (name: (typeof REQUEST_FIELDS)[number]['name'] | keyof Request<'LOOKUP'>): Buffer => named(name)
const ASKED = {
  id: Buffer.concat([Buffer.of(MAP + 4), asked('id')]),
  op: asked('op'),
  db: asked('db'),
  key: asked('key'),
}

/** The names of databases, as they are in a message: a string that is made of bytes is new each time, and slower to look up than a known one. */
const DATABASES = DATABASE_NAMES.map((name) => ({ name, bytes: named(name) }))

/** Reads values one after the other. What it does not know, or what is cut short, ends it: `failed`. */
class Reader {
  readonly #body: Buffer
  at = 0
  failed = false

  constructor(body: Buffer) {
    this.#body = body
  }

  /** Goes past these bytes, which must be there. */
  expect(bytes: Buffer): void {
    if (!this.#isNext(bytes)) this.failed = true
    this.at += bytes.length
  }

  #isNext(bytes: Buffer): boolean {
    for (let i = 0; i < bytes.length; i++) if (this.#body[this.at + i] !== bytes[i]) return false
    return true
  }

  uint(): number {
    const token = this.#number(1)
    if (token < ONE_BYTE) return token
    const width = token === UINT_8 ? 1 : token === UINT_16 ? 2 : token === UINT_32 ? 4 : 0
    if (width === 0) return this.#fail(0)
    return this.#number(width)
  }

  /** A string of ASCII. */
  text(): string {
    const token = this.#number(1)
    if (token !== TEXT_8 && (token < TEXT || token > TEXT + TEXT_MAX)) return this.#fail('')
    const length = token === TEXT_8 ? this.#number(1) : token - TEXT
    const from = this.at
    this.at += length
    if (this.at > this.#body.length) return this.#fail('')
    for (let i = from; i < this.at; i++) if ((this.#body[i] as number) >= ONE_BYTE) return this.#fail('')
    return this.#body.toString('latin1', from, this.at)
  }

  /** A string of ASCII that is the name of a database in most cases. */
  database(): string {
    for (const { name, bytes } of DATABASES) {
      if (!this.#isNext(bytes)) continue
      this.at += bytes.length
      return name
    }
    return this.text()
  }

  /** Fewer than 256 bytes, which share the memory of the body. */
  bytes(): Uint8Array {
    this.at++
    const length = this.#number(1)
    const from = this.at
    this.at += length
    if (this.at > this.#body.length) this.failed = true
    return this.#body.subarray(from, this.at)
  }

  key(): PlainLookup['key'] {
    const token = this.#body[this.at] ?? 0
    if (token === BYTES_8) return this.bytes()
    return token === TEXT_8 || (token >= TEXT && token <= TEXT + TEXT_MAX) ? this.text() : this.uint()
  }

  /** A number of so many bytes, the greatest first. */
  #number(width: number): number {
    let value = 0
    for (let i = 0; i < width; i++) {
      const byte = this.#body[this.at++]
      if (byte === undefined) return this.#fail(0)
      value = value * 256 + byte
    }
    return value
  }

  #fail<T>(value: T): T {
    this.failed = true
    return value
  }
}

/**
 * A frame's body that is a look-up with the fields id, op, db and key in this order and nothing else, its strings ASCII; undefined for all other
 * bodies, right or wrong. A key of bytes shares the body's memory.
 */
export function decodePlainLookup(body: Buffer): PlainLookup | undefined {
  if (body[0] !== MAP + 4) return undefined
  const reader = new Reader(body)
  reader.expect(ASKED.id)
  const id = reader.uint()
  reader.expect(ASKED.op)
  const op = reader.uint()
  if (reader.failed || op !== OPERATIONS.LOOKUP) return undefined
  reader.expect(ASKED.db)
  const db = reader.database()
  reader.expect(ASKED.key)
  const key = reader.key()
  return reader.failed || reader.at !== body.length ? undefined : { id, op: OPERATIONS.LOOKUP, db, key }
}
