/** A client's question as it is sent to other servers: recursion desired, own EDNS, nothing about the client. */
import { hex } from '../../values/index.ts'
import { ednsRecord, UDP_MAX } from '../wire/edns.ts'
import { AD, ANCOUNT, ARCOUNT, byteAt, CD, HEADER_SIZE, putU16, RD } from '../wire/header.ts'
import type { Query } from '../wire/query.ts'

/** A question to other servers. Its id is set when it is sent. */
export interface Question {
  /** Equal for questions that have the same answer: those of equal name in any letter case, type, class, DO and CD. */
  readonly key: string
  /** With an OPT record. AD is set: the reply then says whether it was validated (RFC 6840, 5.7). */
  readonly bytes: Uint8Array
  /** The same for a server that does not know EDNS. */
  readonly withoutEdns: Uint8Array
}

/** The question of a client's query. */
export function forwardedQuestion({ message, questionEnd, labels, edns }: Query): Question {
  const dnssecOk = edns?.dnssecOk ?? false
  const checkingDisabled = byteAt(message, 3) & CD
  const withoutEdns = Buffer.from(message.subarray(0, questionEnd))
  withoutEdns[2] = RD
  withoutEdns[3] = AD | checkingDisabled
  withoutEdns.fill(0, ANCOUNT, HEADER_SIZE)
  const opt = ednsRecord({ size: UDP_MAX, version: 0, dnssecOk, cookie: undefined }, 0, undefined)
  const bytes = Buffer.concat([withoutEdns, opt])
  putU16(bytes, ARCOUNT, 1)
  const typeAndClass = hex(message.subarray(questionEnd - 4, questionEnd))
  // Labels are quoted: one with a dot in it is not two.
  const key = `${JSON.stringify(labels)} ${typeAndClass} ${dnssecOk} ${checkingDisabled}`
  return { key, bytes, withoutEdns }
}
