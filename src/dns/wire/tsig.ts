/**
 * Transaction signatures (RFC 8945), hmac-sha256 alone. The record, last in a message:
 *
 *   key name | TSIG 16 | ANY 16 | 0 32 | data size 16 | algorithm name | time signed 48 | fudge 16 | MAC size 16 | MAC
 *   | original id 16 | error 16 | other size 16 | other
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { TsigKey } from '../settings.ts'
import { CLASS, RCODE, TYPE } from './dns2.ts'
import { ARCOUNT, putU16, u16At } from './header.ts'
import { expandedName, foldedName, wireName } from './name.ts'

/** How many seconds both clocks may differ. */
const FUDGE = 300
const ALGORITHM = wireName('hmac-sha256')
const MAC_SIZE = 32
const NOTHING = new Uint8Array(0)

/** What a TSIG record says, as far as it matters. */
interface TsigRecord {
  /** Small letters. */
  readonly keyName: Uint8Array
  readonly algorithm: Uint8Array
  /** Seconds since 1970. */
  readonly time: number
  readonly fudge: number
  readonly mac: Uint8Array
  readonly originalId: number
  readonly error: number
  readonly other: Uint8Array
}

/** A signed request: proved, with what signs its replies; or not, with what puts the reason at the end of the reply. */
export type TsigVerdict =
  | { readonly proved: true; readonly key: TsigKey; readonly signer: TsigSigner }
  | { readonly proved: false; readonly finish: (reply: Uint8Array) => Buffer }

/**
 * Looks at the signature of a request, whose TSIG record starts at `at`; `now` is seconds since 1970. Undefined if the
 * record is not well-formed.
 */
export function verifyTsig(
  request: Uint8Array,
  at: number,
  keys: readonly TsigKey[],
  now: number,
): TsigVerdict | undefined {
  const record = readTsig(request, at)
  if (record === undefined) return undefined
  const key = keys.find(({ name }) => equal(foldedName(wireName(name)), record.keyName))
  if (key === undefined || !equal(foldedName(record.algorithm), ALGORITHM)) return unproved(record, RCODE.BADKEY)
  const mac = macOf(key, [unsigned(request, at, record.originalId), variables(record)])
  if (record.mac.length !== MAC_SIZE || !timingSafeEqual(mac, record.mac)) return unproved(record, RCODE.BADSIG)
  const late = Math.abs(now - record.time) > record.fudge
  if (late) return { proved: false, finish: (reply) => new TsigSigner(key, record.mac, now, RCODE.BADTIME).sign(reply) }
  return { proved: true, key, signer: new TsigSigner(key, record.mac, now) }
}

function unproved(record: TsigRecord, error: number): TsigVerdict {
  const why = tsigRecord({ ...record, mac: NOTHING, error, other: NOTHING })
  return { proved: false, finish: (reply) => withRecord(reply, why) }
}

/** Signs a request of our own. */
export function signRequest(request: Uint8Array, key: TsigKey, now: number): Buffer {
  const record = freshRecord(request, key, now)
  const mac = macOf(key, [request, variables(record)])
  return withRecord(request, tsigRecord({ ...record, mac }))
}

/** Signs the replies to one request, each with what came before it. */
export class TsigSigner {
  readonly #key: TsigKey
  readonly #now: number
  readonly #error: number
  #before: Uint8Array
  #first = true

  /** `now` is seconds since 1970. With the error BADTIME, the signature also tells what time it is (5.2.3). */
  constructor(key: TsigKey, requestMac: Uint8Array, now: number, error = 0) {
    this.#error = error
    this.#key = key
    this.#before = requestMac
    this.#now = now
  }

  /** How many bytes a signature adds. */
  get size(): number {
    return wireName(this.#key.name).length + 10 + ALGORITHM.length + 16 + MAC_SIZE
  }

  /** The reply with its signature. Of several replies all but the first prove only times besides themselves (5.3.1). */
  sign(reply: Uint8Array): Buffer {
    const other = this.#error === 0 ? NOTHING : time48(this.#now)
    const record = { ...freshRecord(reply, this.#key, this.#now), error: this.#error, other }
    return withRecord(reply, tsigRecord({ ...record, mac: this.#chained(reply, record) }))
  }

  #chained(reply: Uint8Array, record: TsigRecord): Uint8Array {
    const size = Buffer.alloc(2)
    size.writeUInt16BE(this.#before.length)
    const last = this.#first ? variables(record) : Buffer.concat([time48(record.time), u16(record.fudge)])
    this.#before = macOf(this.#key, [size, this.#before, reply, last])
    this.#first = false
    return this.#before
  }
}

/** A message with one more additional record. */
export function withRecord(message: Uint8Array, record: Uint8Array): Buffer {
  const whole = Buffer.concat([message, record])
  putU16(whole, ARCOUNT, u16At(whole, ARCOUNT) + 1)
  return whole
}

function freshRecord(message: Uint8Array, key: TsigKey, time: number): TsigRecord {
  const keyName = foldedName(wireName(key.name))
  const originalId = u16At(message, 0)
  return { keyName, algorithm: ALGORITHM, time, fudge: FUDGE, mac: NOTHING, originalId, error: 0, other: NOTHING }
}

function readTsig(message: Uint8Array, at: number): TsigRecord | undefined {
  const keyName = expandedName(message, at)
  const fixed = keyName?.end ?? message.length
  if (keyName === undefined || u16At(message, fixed + 2) !== CLASS.ANY) return undefined
  if (u16At(message, fixed + 4) !== 0 || u16At(message, fixed + 6) !== 0) return undefined
  const algorithm = expandedName(message, fixed + 10)
  const fields = algorithm?.end ?? message.length
  if (algorithm === undefined || fields + 16 > message.length) return undefined
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length)
  const macEnd = fields + 10 + bytes.readUInt16BE(fields + 8)
  if (macEnd + 6 > message.length || macEnd + 6 + bytes.readUInt16BE(macEnd + 4) !== message.length) return undefined
  return {
    keyName: foldedName(keyName.name),
    algorithm: algorithm.name,
    time: bytes.readUIntBE(fields, 6),
    fudge: bytes.readUInt16BE(fields + 6),
    mac: message.subarray(fields + 10, macEnd),
    originalId: bytes.readUInt16BE(macEnd),
    error: bytes.readUInt16BE(macEnd + 2),
    other: message.subarray(macEnd + 6),
  }
}

/** The record as bytes. */
function tsigRecord(record: TsigRecord): Uint8Array {
  const { keyName, algorithm, time, fudge, mac, originalId, error, other } = record
  const data = Buffer.concat([
    algorithm,
    time48(time),
    u16(fudge),
    u16(mac.length),
    mac,
    u16(originalId),
    u16(error),
    u16(other.length),
    other,
  ])
  return Buffer.concat([keyName, u16(TYPE.TSIG), u16(CLASS.ANY), Buffer.alloc(4), u16(data.length), data])
}

/** What of the record is signed along with the message (4.3.3). */
function variables({ keyName, algorithm, time, fudge, error, other }: TsigRecord): Buffer {
  const fixed = [u16(CLASS.ANY), Buffer.alloc(4), foldedName(algorithm), time48(time), u16(fudge), u16(error)]
  return Buffer.concat([keyName, ...fixed, u16(other.length), other])
}

/** The message as it was before its TSIG record was added. */
function unsigned(message: Uint8Array, at: number, id: number): Buffer {
  const before = Buffer.from(message.subarray(0, at))
  putU16(before, 0, id)
  putU16(before, ARCOUNT, u16At(before, ARCOUNT) - 1)
  return before
}

function macOf(key: TsigKey, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', key.secret)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255)
}

function time48(seconds: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUIntBE(Math.floor(seconds), 0, 6)
  return bytes
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
