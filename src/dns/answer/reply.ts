/**
 * Writes replies. A plain reply begins with the request's id and question as they were asked, letter case included, and
 * has no OPT record and no additional records; `finished` fits it to the asker.
 */

import { ednsRecord } from '../wire/edns.ts'
import {
  AA,
  ANCOUNT,
  ARCOUNT,
  byteAt,
  HEADER_SIZE,
  NSCOUNT,
  OPCODE_BITS,
  putU16,
  QDCOUNT,
  QR,
  RA,
  RCODE_BITS,
  RD,
  TC,
  u16At,
} from '../wire/header.ts'
import { wireName } from '../wire/name.ts'
import type { Query } from '../wire/query.ts'
import { writeRecord } from '../wire/record.ts'
import { MessageWriter } from '../wire/writer.ts'
import type { Answer, Denial, Mentioned } from './answer.ts'
import type { Denials } from './denial.ts'

/** What a reply's header says. */
export interface ReplyHeader {
  readonly rcode: number
  readonly authoritative: boolean
  /** Whether this server forwards, and says so. */
  readonly recursive: boolean
}

/** A reply that is a header only, to a request that cannot be read or is not supported. */
export function bareReply(message: Uint8Array, rcode: number): Buffer {
  const reply = Buffer.alloc(HEADER_SIZE)
  reply.set(message.subarray(0, 2))
  reply[2] = QR | (byteAt(message, 2) & (OPCODE_BITS | RD))
  reply[3] = rcode
  return reply
}

/** A plain reply with the question and no records. */
export function plainReply(query: Query, header: ReplyHeader): Buffer {
  return startedReply(query, header).bytes()
}

/** A plain reply with an answer's records, whole however long it is. */
export function answerReply(query: Query, answer: Answer, header: ReplyHeader, denials: Denials): Buffer {
  if (answer.denial !== undefined) return denialReply(query, answer.denial, header, denials)
  return answerWriter(query, answer, header).bytes()
}

/**
 * The same with the addresses of what the answer mentions as additional records, as many names as `limit` bytes have room for:
 * a reply is not cut for them (RFC 2181, 9). No name is mentioned with some of its addresses only.
 */
export function mentioningReply(
  query: Query,
  answer: Answer,
  header: ReplyHeader,
  mentioned: readonly Mentioned[],
  limit: number,
): Buffer {
  const writer = answerWriter(query, answer, header)
  let count = 0
  for (const { name, addresses } of mentioned) {
    const before = writer.length
    for (const data of addresses) writeRecord(writer, wireName(name), data, answer.ttl)
    if (writer.length <= limit) count += addresses.length
    else writer.truncate(before)
  }
  writer.patchU16(ARCOUNT, count)
  return writer.bytes()
}

function answerWriter(query: Query, answer: Answer, header: ReplyHeader): MessageWriter {
  const writer = startedReply(query, header)
  const owner = query.message.subarray(HEADER_SIZE, query.questionEnd - 4)
  for (const data of answer.records) writeRecord(writer, owner, data, answer.ttl)
  writer.patchU16(ANCOUNT, answer.records.length)
  return writer
}

/** A plain reply with the zone's SOA. */
function denialReply({ message, questionEnd }: Query, denial: Denial, header: ReplyHeader, denials: Denials): Buffer {
  const name = message.subarray(HEADER_SIZE, questionEnd - 4)
  const tail = denials.tail(name, sizeOfLabels(name, denial.below), denial)
  const reply = Buffer.allocUnsafe(questionEnd + tail.length)
  reply.fill(0, 2, HEADER_SIZE)
  reply.set(message.subarray(0, 2))
  reply[2] = thirdByte(message, header)
  reply[3] = fourthByte(header)
  putU16(reply, QDCOUNT, 1)
  putU16(reply, NSCOUNT, 1)
  reply.set(message.subarray(HEADER_SIZE, questionEnd), HEADER_SIZE)
  reply.set(tail, questionEnd)
  return reply
}

/** How many bytes the OPT record of a reply takes. */
export function optSize(query: Query, cookie: Uint8Array | undefined): number {
  return query.edns === undefined ? 0 : ednsRecord(query.edns, 0, cookie).length
}

/**
 * The reply as it is sent: with OPT where the request had one, and without records but marked as truncated if it would be
 * longer than `limit`. `rcode` is the whole code, of which the header holds four bits.
 */
export function finished(plain: Buffer, query: Query, limit: number, rcode: number, cookie?: Uint8Array): Buffer {
  const opt = query.edns === undefined ? undefined : ednsRecord(query.edns, rcode, cookie)
  const whole = plain.length + (opt?.length ?? 0) <= limit
  const kept = whole ? plain : truncated(plain, query.questionEnd)
  if (opt === undefined) return kept
  const reply = Buffer.concat([kept, opt])
  putU16(reply, ARCOUNT, u16At(reply, ARCOUNT) + 1)
  return reply
}

/** The truncated form of a reply that is too long. */
function truncated(plain: Buffer, questionEnd: number): Buffer {
  const reply = Buffer.from(plain.subarray(0, questionEnd))
  reply[2] = byteAt(reply, 2) | TC
  reply.fill(0, ANCOUNT, HEADER_SIZE)
  return reply
}

/** A reply that has its header and question: records can follow. */
export function startedReply(query: Query, header: ReplyHeader): MessageWriter {
  const { message, questionEnd } = query
  const writer = new MessageWriter()
  writer.raw(message.subarray(0, 2))
  writer.u8(thirdByte(message, header))
  writer.u8(fourthByte(header))
  while (writer.length < HEADER_SIZE) writer.u16(0)
  if (questionEnd === HEADER_SIZE) return writer
  writer.name(message.subarray(HEADER_SIZE, questionEnd - 4))
  writer.raw(message.subarray(questionEnd - 4, questionEnd))
  writer.patchU16(QDCOUNT, 1)
  return writer
}

/** How many bytes the first labels of a name take. */
function sizeOfLabels(name: Uint8Array, labels: number): number {
  let at = 0
  for (let i = 0; i < labels; i++) at += 1 + byteAt(name, at)
  return at
}

function thirdByte(message: Uint8Array, { authoritative }: ReplyHeader): number {
  return QR | (byteAt(message, 2) & (OPCODE_BITS | RD)) | (authoritative ? AA : 0)
}

function fourthByte({ recursive, rcode }: ReplyHeader): number {
  return (recursive ? RA : 0) | (rcode & RCODE_BITS)
}
