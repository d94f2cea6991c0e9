/**
 * The usual replies to look-ups, written straight into bytes. What is any different is left to message.ts, which writes the same bytes for all that
 * is taken here.
 */
import { FRAME_HEAD, type REPLY_FIELDS, type Reply } from '../protocol.ts'
import { BYTES_8, BYTES_16, BYTES_32, MAP, named, ONE_BYTE, UINT_8, UINT_16, UINT_32 } from './tokens.ts'

const UINT_MAX = 0xffffffff

const told = (name: (typeof REPLY_FIELDS)[number]['name'] | keyof Reply<'LOOKUP'>): Buffer => named(name)
const TOLD = { id: told('id'), status: told('status'), record: told('record'), generation: told('generation') }
/** How many bytes of a reply are its map and the names that all replies have. */
const HEAD = 1 + TOLD.id.length + TOLD.status.length + TOLD.generation.length

/**
 * The frame of a reply that has a record, or none, and no signature; undefined for all other replies. It is byte for byte what encodeFrame makes of
 * the same fields, in this order: id, status, record, generation.
 */
export function encodePlainReply(id: number, answer: object): Buffer | undefined {
  const { status, record, generation, error, signature } = answer as Partial<Reply<'LOOKUP'>> & {
    readonly error?: string
  }
  if (status === undefined || status < 0 || error !== undefined || signature !== undefined) return undefined
  if (generation === undefined || generation > UINT_MAX || id > UINT_MAX) return undefined
  const frame = Buffer.allocUnsafe(
    FRAME_HEAD + HEAD + uintSize(id) + uintSize(status) + bytesSize(record) + uintSize(generation),
  )
  let at = putNumber(frame, 0, FRAME_HEAD, frame.length - FRAME_HEAD)
  frame[at++] = MAP + (record === undefined ? 3 : 4)
  at = putUint(frame, putName(frame, at, TOLD.id), id)
  at = putUint(frame, putName(frame, at, TOLD.status), status)
  if (record !== undefined) at = putBytes(frame, putName(frame, at, TOLD.record), record)
  putUint(frame, putName(frame, at, TOLD.generation), generation)
  return frame
}

/** How many bytes a number takes. */
function uintSize(value: number): number {
  return value < ONE_BYTE ? 1 : value <= 0xff ? 2 : value <= 0xffff ? 3 : 5
}

/** How many bytes a record takes with its name. */
function bytesSize(bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return 0
  const { length } = bytes
  return TOLD.record.length + (length <= 0xff ? 2 : length <= 0xffff ? 3 : 5) + length
}

/** Writes a name; where the next byte goes. The same holds for the others. */
function putName(frame: Buffer, at: number, name: Buffer): number {
  for (let i = 0; i < name.length; i++) frame[at + i] = name[i] as number
  return at + name.length
}

function putUint(frame: Buffer, at: number, value: number): number {
  if (value < ONE_BYTE) return putNumber(frame, at, 1, value)
  if (value <= 0xff) return putNumber(frame, putNumber(frame, at, 1, UINT_8), 1, value)
  if (value <= 0xffff) return putNumber(frame, putNumber(frame, at, 1, UINT_16), 2, value)
  return putNumber(frame, putNumber(frame, at, 1, UINT_32), 4, value)
}

function putBytes(frame: Buffer, at: number, bytes: Uint8Array): number {
  const { length } = bytes
  const [token, width] = length <= 0xff ? [BYTES_8, 1] : length <= 0xffff ? [BYTES_16, 2] : [BYTES_32, 4]
  const start = putNumber(frame, putNumber(frame, at, 1, token), width, length)
  frame.set(bytes, start)
  return start + length
}

function putNumber(frame: Buffer, at: number, width: number, value: number): number {
  for (let i = width - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) frame[at + i] = rest % 256
  return at + width
}
