/** EDNS(0): the OPT record (RFC 6891). */
import { TYPE } from './dns2.ts'
import { u16At } from './header.ts'

/** The most bytes of a reply by UDP, and the size that this server announces: it passes every network without fragments. */
export const UDP_MAX = 1232
/** The most bytes of a reply by UDP to a client that does not announce a size. */
export const UDP_PLAIN = 512
/** The only version there is. */
export const EDNS_VERSION = 0
/** The size of an OPT record without options. */
export const OPT_SIZE = 11
/** DNSSEC records wanted: the first bit of the flags. It is repeated in the reply, although no zone is signed (RFC 3225). */
export const DO = 0x80

/** Option codes. */
const COOKIE = 10

/** What a request's OPT record says. */
export interface Edns {
  /** The most bytes of a reply by UDP that the asker takes. */
  readonly size: number
  readonly version: number
  readonly dnssecOk: boolean
  /** The cookie option's data (RFC 7873): 8 bytes of the client's, and perhaps the server's. */
  readonly cookie: Uint8Array | undefined
}

/** Reads an OPT record whose type stands at `fixed` and whose data ends at `end`. Undefined if its options overrun it. */
export function readEdns(message: Uint8Array, fixed: number, end: number): Edns | undefined {
  let cookie: Uint8Array | undefined
  let at = fixed + 10
  while (at < end) {
    const dataEnd = at + 4 + u16At(message, at + 2)
    if (dataEnd > end) return undefined
    if (u16At(message, at) === COOKIE) cookie ??= message.subarray(at + 4, dataEnd)
    at = dataEnd
  }
  const version = message[fixed + 5] ?? 0
  return { size: u16At(message, fixed + 2), version, dnssecOk: ((message[fixed + 6] ?? 0) & DO) !== 0, cookie }
}

/** The most bytes of a reply by UDP. */
export function udpLimit(edns: Edns | undefined): number {
  return edns === undefined ? UDP_PLAIN : Math.min(UDP_MAX, Math.max(UDP_PLAIN, edns.size))
}

/** The OPT record of a reply; `rcode` gives it the bits above four. */
export function ednsRecord(edns: Edns, rcode: number, cookie: Uint8Array | undefined): Uint8Array {
  const options = cookie === undefined ? 0 : 4 + cookie.length
  const record = Buffer.alloc(OPT_SIZE + options)
  record.writeUInt16BE(TYPE.OPT, 1)
  record.writeUInt16BE(UDP_MAX, 3)
  record[5] = rcode >> 4
  record[6] = EDNS_VERSION
  record[7] = edns.dnssecOk ? DO : 0
  record.writeUInt16BE(options, 9)
  if (cookie === undefined) return record
  record.writeUInt16BE(COOKIE, OPT_SIZE)
  record.writeUInt16BE(cookie.length, OPT_SIZE + 2)
  record.set(cookie, OPT_SIZE + 4)
  return record
}
