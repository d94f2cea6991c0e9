/**
 * Messages: maps of msgpack, held against the tables of protocol.ts. The one file that knows msgpackr; without its native
 * part.
 */
import { Packr, RESERVE_START_SPACE } from 'msgpackr/pack'
import { assertPlain, MessageError } from './plain.ts'
import { CURSOR_FIELDS, type FieldsOf, type FieldType, FRAME_HEAD, type MessageField } from './protocol.ts'

export { MessageError } from './plain.ts'

/** A message as it came, with all fields of its sender. */
export interface Fields {
  readonly [name: string]: unknown
}

/** The most values of a request: far more than any operation has fields, far fewer than 64 KiB could hold. */
export const REQUEST_VALUES_MAX = 1024
/** The most values of a reply: a user's groups are the longest list (NGROUPS_MAX is 65536, LDAP sites know more). */
export const REPLY_VALUES_MAX = 4 * 1024 * 1024

/** msgpack's token for bytes with a length of 32 bits. */
const BIN32 = 0xc6
/** Plain maps and no records: what any msgpack library writes and reads. */
const packr = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true, int64AsType: 'number' })

/**
 * What messages are written into before they are copied out: msgpackr would give parts of ever larger buffers, and the
 * smallest answer that waits for a slow reader would hold a whole one.
 */
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024)
/** From how many bytes on a field's bytes are not copied into the frame. */
const LARGE = 4096

/**
 * A message as a whole frame, head included. Fields that are undefined are left out; integers beyond 32 bits are written as
 * 64-bit integers.
 */
export function encodeFrame(fields: object): Buffer {
  packr.useBuffer(SCRATCH)
  const packed = packr.pack(plain(fields), RESERVE_START_SPACE + FRAME_HEAD)
  const frame = packed.length < LARGE ? Buffer.allocUnsafe(packed.length) : Buffer.allocUnsafeSlow(packed.length)
  frame.set(packed)
  frame.writeUInt32BE(frame.length - FRAME_HEAD)
  return frame
}

/**
 * The same frame in pieces, of which a large field of bytes, if there is one, is the last: not copied, so that a snapshot that
 * waits for a thousand readers is in memory once.
 */
export function encodeFramePieces(fields: object): readonly [whole: Buffer] | readonly [start: Buffer, large: Buffer] {
  const large = Object.entries(fields).find(([, value]) => isBytes(value) && value.length >= LARGE)
  if (large === undefined) return [encodeFrame(fields)]
  const [name, bytes] = large as [string, Uint8Array]
  const start = encodeFrame({ ...fields, [name]: undefined })
  const key = Buffer.concat([packr.pack(name), Buffer.of(BIN32), Buffer.alloc(4)])
  key.writeUInt32BE(bytes.length, key.length - 4)
  // One field more than the map has now: maps of less than 16 fields have their number in their first byte.
  start.writeUInt8(start.readUInt8(FRAME_HEAD) + 1, FRAME_HEAD)
  start.writeUInt32BE(start.length - FRAME_HEAD + key.length + bytes.length)
  return [Buffer.concat([start, key]), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)]
}

/**
 * The message in a frame's body. Bytes in it share the body's memory. Throws MessageError unless it is one map of plain
 * msgpack with at most `valuesMax` values.
 */
export function decodeMessage(body: Buffer, valuesMax: number): Fields {
  assertPlain(body, valuesMax)
  const value = unpacked(body)
  if (!isMap(value)) throw new MessageError('the message is not a map')
  return value
}

/** msgpackr's value; what it can't make of plain msgpack (keys that are maps) is a MessageError too. */
function unpacked(body: Buffer): unknown {
  try {
    return packr.unpack(body)
  } catch (error) {
    throw new MessageError('the message is not a map', { cause: error })
  }
}

/**
 * Holds a message against a table of fields: each that must be there is, each that is there is of its type. Unknown fields
 * pass. Throws MessageError naming the first field that is wrong.
 */
export function checkFields<const T extends readonly MessageField[]>(fields: Fields, table: T): FieldsOf<T> {
  for (const { name, type, optional } of table) {
    if (!Object.hasOwn(fields, name)) {
      if (!optional) throw new MessageError(`${name} is missing`)
    } else if (!isOfType(type, fields[name])) {
      throw new MessageError(`${name} is not of type ${type}`)
    }
  }
  return fields as FieldsOf<T>
}

function isOfType(type: FieldType, value: unknown): boolean {
  return TYPE_CHECKS[type](value)
}

const isUint = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
const isString = (value: unknown): value is string => typeof value === 'string'

const TYPE_CHECKS: { readonly [T in FieldType]: (value: unknown) => boolean } = {
  uint: isUint,
  int: Number.isSafeInteger,
  str: isString,
  bin: isBytes,
  bool: (value) => typeof value === 'boolean',
  name: (value) => isString(value) || isBytes(value),
  key: (value) => isString(value) || isUint(value) || isBytes(value),
  cursor: (value) => isMap(value) && CURSOR_FIELDS.every(({ name, type }) => isOfType(type, value[name])),
  map: isMap,
  'uint[]': (value) => Array.isArray(value) && value.every(isUint),
  'bin[]': (value) => Array.isArray(value) && value.every(isBytes),
  'map[]': (value) => Array.isArray(value) && value.every(isMap),
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBytes(value)
}

/** The value with its large integers as bigint (msgpackr writes large numbers as floats) and without undefined fields. */
function plain(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && Math.abs(value) > 0xffffffff ? BigInt(value) : value
  if (typeof value !== 'object' || value === null || isBytes(value)) return value
  if (Array.isArray(value)) return value.map(plain)
  const kept: { [name: string]: unknown } = {}
  for (const [name, field] of Object.entries(value)) if (field !== undefined) kept[name] = plain(field)
  return kept
}
