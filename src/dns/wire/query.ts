/** Reads a request: header, question, and the records that matter (OPT, TSIG). Whatever the bytes, it gives one of three answers. */
import type { ByteString } from '../../resolver/index.ts'
import { CLASS, OPCODE, RCODE, TYPE } from './dns2.ts'
import { type Edns, readEdns } from './edns.ts'
import { ANCOUNT, ARCOUNT, byteAt, HEADER_SIZE, NSCOUNT, OPCODE_BITS, QDCOUNT, QR, u16At } from './header.ts'
import { foldedLabels, nameEnd, skipName } from './name.ts'

/** A request that can be answered. Offsets count from the message's start. */
export interface Query {
  readonly message: Uint8Array
  /** Where the question ends; it starts after the header. The same as HEADER_SIZE if there is none. */
  readonly questionEnd: number
  /** The labels of the name, ASCII letters small. */
  readonly labels: readonly ByteString[]
  readonly type: number
  readonly class: number
  readonly edns: Edns | undefined
  /** Where the TSIG record starts; undefined without one. */
  readonly tsigAt: number | undefined
}

/** A request that is answered with a code alone. */
interface Fault {
  readonly message: Uint8Array
  readonly rcode: number
}

/** Reads a request. Undefined if no answer may be given: the message is not a request, or too short to be one. */
export function readQuery(message: Uint8Array): Query | Fault | undefined {
  if (message.length < HEADER_SIZE || (byteAt(message, 2) & QR) !== 0) return undefined
  const opcode = (byteAt(message, 2) & OPCODE_BITS) >> 3
  if (opcode === OPCODE.NOTIFY) return { message, rcode: RCODE.REFUSED }
  if (opcode !== OPCODE.QUERY) return { message, rcode: RCODE.NOTIMP }
  const questions = u16At(message, QDCOUNT)
  const nameStop = questions === 1 ? nameEnd(message, HEADER_SIZE) : HEADER_SIZE - 4
  if (questions > 1 || nameStop < 0 || nameStop + 4 > message.length) return { message, rcode: RCODE.FORMERR }
  const records = readRecords(message, nameStop + 4)
  if (records === undefined || (questions === 0 && records.edns === undefined)) return { message, rcode: RCODE.FORMERR }
  return {
    message,
    questionEnd: nameStop + 4,
    labels: questions === 1 ? foldedLabels(message, HEADER_SIZE) : [],
    type: questions === 1 ? u16At(message, nameStop) : 0,
    class: questions === 1 ? u16At(message, nameStop + 2) : CLASS.IN,
    ...records,
  }
}

/** True for what `readQuery` could not read. */
export function isFault(request: Query | Fault): request is Fault {
  return 'rcode' in request
}

/** OPT and TSIG among the records behind the question. Undefined if the records are not well-formed. */
function readRecords(message: Uint8Array, start: number): Pick<Query, 'edns' | 'tsigAt'> | undefined {
  const before = u16At(message, ANCOUNT) + u16At(message, NSCOUNT)
  const count = before + u16At(message, ARCOUNT)
  let edns: Edns | undefined
  let tsigAt: number | undefined
  let at = start
  for (let i = 0; i < count; i++) {
    const fixed = skipName(message, at)
    if (fixed < 0 || fixed + 10 > message.length) return undefined
    const end = fixed + 10 + u16At(message, fixed + 8)
    if (end > message.length) return undefined
    const type = u16At(message, fixed)
    if (type === TYPE.OPT || type === TYPE.TSIG) {
      // Both belong among the additional records; OPT once and at the root, TSIG last (RFC 6891, 6.1.1; RFC 8945, 5.1).
      if (i < before) return undefined
      if (type === TYPE.TSIG && i !== count - 1) return undefined
      if (type === TYPE.TSIG) tsigAt = at
      else if (edns !== undefined || fixed !== at + 1) return undefined
      else edns = readEdns(message, fixed, end)
      if (type === TYPE.OPT && edns === undefined) return undefined
    }
    at = end
  }
  return at === message.length ? { edns, tsigAt } : undefined
}
