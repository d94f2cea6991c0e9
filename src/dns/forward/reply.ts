/** Replies of other servers: read as far as needed, and made fit for the client that asked. */
import { RCODE, TYPE } from '../wire/dns2.ts'
import { ednsRecord } from '../wire/edns.ts'
import {
  AD,
  ANCOUNT,
  ARCOUNT,
  byteAt,
  HEADER_SIZE,
  NSCOUNT,
  putU16,
  QDCOUNT,
  RA,
  RCODE_BITS,
  RD,
  TC,
  u16At,
} from '../wire/header.ts'
import { nameEnd, skipName } from '../wire/name.ts'
import type { Query } from '../wire/query.ts'

/** What is known of a reply that was read. */
interface UpstreamReply {
  /** Where the records end that the client gets: before the OPT record, which is between us and the server. */
  readonly end: number
  /** How many additional records stand before that. */
  readonly additional: number
  /** The whole response code, with the bits of the OPT record. */
  readonly rcode: number
  /** Where the OPT record starts; undefined without one. */
  readonly opt: number | undefined
}

/** What the reply to a client depends on. */
export interface ClientNeeds {
  readonly query: Query
  /** The most bytes of the reply. */
  readonly limit: number
  /** The cookie option of the reply; undefined for none. */
  readonly cookie: Uint8Array | undefined
  /** Whether we know that the name exists: that it does not is then no answer, and becomes that it has no such records. */
  readonly exists: boolean
}

/** Reads a reply. Undefined if it is not well-formed. */
export function readReply(message: Uint8Array): UpstreamReply | undefined {
  const questions = u16At(message, QDCOUNT)
  let at = questions === 0 ? HEADER_SIZE : nameEnd(message, HEADER_SIZE) + 4
  const before = u16At(message, ANCOUNT) + u16At(message, NSCOUNT)
  const count = before + u16At(message, ARCOUNT)
  let opt: { readonly at: number; readonly additional: number; readonly rcode: number } | undefined
  if (at < HEADER_SIZE || at > message.length) return undefined
  for (let i = 0; i < count; i++) {
    const fixed = skipName(message, at)
    const next = fixed + 10 + u16At(message, fixed + 8)
    if (fixed < 0 || fixed + 10 > message.length || next > message.length) return undefined
    if (u16At(message, fixed) === TYPE.OPT && i >= before) {
      opt ??= { at, additional: i - before, rcode: byteAt(message, fixed + 4) << 4 }
    }
    at = next
  }
  const additional = opt?.additional ?? count - before
  const rcode = (opt?.rcode ?? 0) | (byteAt(message, 3) & RCODE_BITS)
  return { end: opt?.at ?? at, additional, rcode, opt: opt?.at }
}

/**
 * The reply as the client gets it: its own id and letters, recursion available, an OPT record of ours where it sent one; cut to
 * the question if it would be too long. `reply` has the client's question. Undefined if it is not well-formed.
 */
export function clientReply(reply: Uint8Array, { query, limit, cookie, exists }: ClientNeeds): Buffer | undefined {
  const read = readReply(reply)
  if (read === undefined || u16At(reply, QDCOUNT) !== 1) return undefined
  const opt = query.edns === undefined ? undefined : ednsRecord(query.edns, read.rcode, cookie)
  const isWhole = read.end + (opt?.length ?? 0) <= limit
  const kept = Buffer.from(reply.subarray(0, isWhole ? read.end : query.questionEnd))
  putU16(kept, 0, u16At(query.message, 0))
  kept[2] = (byteAt(kept, 2) & ~RD) | (byteAt(query.message, 2) & RD) | (isWhole ? 0 : TC)
  kept[3] = (byteAt(kept, 3) & (wantsAuthentic(query) ? 0xff : ~AD)) | RA
  if (exists && read.rcode === RCODE.NXDOMAIN) kept[3] = byteAt(kept, 3) & ~(RCODE_BITS | AD)
  kept.set(query.message.subarray(HEADER_SIZE, query.questionEnd), HEADER_SIZE)
  if (!isWhole) kept.fill(0, ANCOUNT, HEADER_SIZE)
  const additional = isWhole ? read.additional : 0
  putU16(kept, ARCOUNT, additional + (opt === undefined ? 0 : 1))
  return opt === undefined ? kept : Buffer.concat([kept, opt])
}

/** Whether the client asks to be told of validation: by AD or by DO (RFC 6840, 5.8). */
function wantsAuthentic({ message, edns }: Query): boolean {
  return (byteAt(message, 3) & AD) !== 0 || edns?.dnssecOk === true
}
