/** Asks a group of servers on behalf of clients: in order, those that fail last; so many questions at once and no more. */
import { randomInt } from 'node:crypto'
import { RCODE } from './dns2.ts'
import { ednsRecord, UDP_MAX } from './edns.ts'
import { ANCOUNT, ARCOUNT, byteAt, CD, HEADER_SIZE, putU16, RA, RCODE_BITS, RD, TC, u16At } from './header.ts'
import type { Query } from './query.ts'
import type { DnsEndpoint } from './settings.ts'
import { askServer } from './upstream.ts'

/** The bounds of forwarding. */
export interface ForwardLimits {
  /** How many questions are under way at once. */
  readonly inFlight: number
  /** How long each server has for its reply, in milliseconds. */
  readonly patience: number
  /** How many servers are asked, one after the other: a stub resolver waits five seconds. */
  readonly tries: number
  /** How long a server that failed is asked after the others, in milliseconds. */
  readonly rest: number
}

/** The bounds that are used unless a test wants others. */
export const FORWARD_LIMITS: ForwardLimits = { inFlight: 512, patience: 1500, tries: 3, rest: 10_000 }

/** A group of servers that know the same. */
export class Forwarder {
  readonly #servers: readonly DnsEndpoint[]
  readonly #now: () => number
  readonly #limits: ForwardLimits
  /** Until when each server rests. */
  readonly #rests = new Map<DnsEndpoint, number>()
  #inFlight = 0

  /** `now` tells milliseconds from any start, never going back. */
  constructor(servers: readonly DnsEndpoint[], now: () => number, limits: ForwardLimits = FORWARD_LIMITS) {
    this.#servers = servers
    this.#now = now
    this.#limits = limits
  }

  /** The reply for a client's query, not longer than `limit`; undefined where no server has one, or too many are under way. */
  async ask(query: Query, limit: number): Promise<Buffer | undefined> {
    if (this.#inFlight >= this.#limits.inFlight) return undefined
    this.#inFlight++
    try {
      const reply = await this.#askInTurn(forwardedQuery(query))
      return reply && clientReply(reply, query, limit)
    } finally {
      this.#inFlight--
    }
  }

  async #askInTurn(question: Buffer): Promise<Buffer | undefined> {
    let last: Buffer | undefined
    const order = this.#inOrder()
    for (let i = 0; i < this.#limits.tries; i++) {
      const server = order[i % order.length]
      if (server === undefined) return undefined
      putU16(question, 0, randomInt(0x10000))
      const reply = await askServer(server, question, this.#limits.patience)
      if (reply !== undefined && !isFailure(reply)) {
        this.#rests.delete(server)
        return reply
      }
      this.#rests.set(server, this.#now() + this.#limits.rest)
      last = reply ?? last
    }
    return last
  }

  /** The servers in their order, those that rest last. */
  #inOrder(): DnsEndpoint[] {
    const now = this.#now()
    const rests = (server: DnsEndpoint): boolean => (this.#rests.get(server) ?? 0) > now
    return [...this.#servers.filter((server) => !rests(server)), ...this.#servers.filter(rests)]
  }
}

/** Whether a reply says only that this server can't help. */
function isFailure(reply: Buffer): boolean {
  const rcode = byteAt(reply, 3) & RCODE_BITS
  return rcode === RCODE.SERVFAIL || rcode === RCODE.REFUSED || rcode === RCODE.NOTIMP
}

/** The query as we ask it: the client's question, recursion, its wish for DNSSEC; an OPT record of our own, if it had one. */
function forwardedQuery({ message, questionEnd, edns }: Query): Buffer {
  const question = Buffer.from(message.subarray(0, questionEnd))
  question[2] = RD
  question[3] = byteAt(message, 3) & CD
  question.fill(0, ANCOUNT, HEADER_SIZE)
  if (edns === undefined) return question
  putU16(question, ARCOUNT, 1)
  return Buffer.concat([question, ednsRecord({ ...edns, size: UDP_MAX }, 0, undefined)])
}

/** The reply as the client gets it: its own id, recursion available; cut where it would be too long. */
function clientReply(reply: Buffer, query: Query, limit: number): Buffer {
  const whole = reply.length <= limit
  const kept = whole ? Buffer.from(reply) : Buffer.from(reply.subarray(0, query.questionEnd))
  putU16(kept, 0, u16At(query.message, 0))
  kept[2] = (byteAt(kept, 2) & ~RD) | (byteAt(query.message, 2) & RD) | (whole ? 0 : TC)
  kept[3] = byteAt(kept, 3) | RA
  if (whole) return kept
  kept.fill(0, ANCOUNT, HEADER_SIZE)
  if (query.edns === undefined) return kept
  putU16(kept, ARCOUNT, 1)
  return Buffer.concat([kept, ednsRecord(query.edns, 0, undefined)])
}
