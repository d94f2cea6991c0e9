/** Decides what each request gets. Knows no sockets and no clock: bytes in, bytes or work to do out. */
import { type Snapshot, type Zone, Zones } from '../resolver/index.ts'
import { type Answer, answerFor } from './answer.ts'
import { asksIdentity, identityReply } from './chaos.ts'
import { CLASS, RCODE, TYPE } from './dns2.ts'
import { EDNS_VERSION, udpLimit } from './edns.ts'
import { byteAt, HEADER_SIZE, RD } from './header.ts'
import { locallyServed } from './locally-served.ts'
import { isFault, type Query, readQuery } from './query.ts'
import { ReadyAnswers } from './ready.ts'
import { answerReply, bareReply, finished, plainReply } from './reply.ts'
import type { DnsSettings } from './settings.ts'

/** How a request came. */
export type Transport = 'udp' | 'tcp'

/** Servers that know what we don't: resolvers for all other names, or those of the site's own zone. */
export type Elsewhere = 'forward' | 'fallthrough'

/** What a request gets: bytes at once, or what takes longer. */
export type Verdict =
  | { readonly kind: 'reply'; readonly bytes: Buffer; readonly rcode: number }
  | { readonly kind: 'transfer'; readonly query: Query; readonly zone: Zone }
  | { readonly kind: 'elsewhere'; readonly query: Query; readonly to: Elsewhere }

/** The most bytes of a reply by TCP. */
const TCP_MAX = 65535
/** Replies that are longer are not kept ready. */
const READY_MAX = 4096
/** Types of questions that are no types of records, but for transfers and ANY (RFC 6895, 3.1). */
const isMeta = (type: number): boolean => type === TYPE.OPT || (type >= 128 && type < TYPE.ANY)

/** Answers from one generation. */
export class Responder {
  readonly zones: Zones
  readonly ready = new ReadyAnswers()
  readonly #settings: DnsSettings

  constructor(snapshot: Snapshot, settings: DnsSettings) {
    this.zones = new Zones(snapshot, settings.zones)
    this.#settings = settings
  }

  /** What a request gets from who may ask. Undefined where there must be no reply. */
  respond(request: Uint8Array, transport: Transport): Verdict | undefined {
    const query = readQuery(request)
    if (query === undefined) return undefined
    if (isFault(query)) return { kind: 'reply', bytes: bareReply(request, query.rcode), rcode: query.rcode }
    const early = earlyCode(query)
    if (early !== undefined) return this.#coded(query, transport, early)
    if (query.class === CLASS.CH) return this.#identity(query, transport)
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return this.#transfer(query, transport)
    const answer = answerFor(this.zones, query.labels, query.type)
    const to = this.#elsewhere(query, answer)
    if (to !== undefined) return { kind: 'elsewhere', query, to }
    if (answer !== undefined) return this.#answered(query, transport, answer)
    return this.#local(query, transport) ?? this.#coded(query, transport, RCODE.REFUSED)
  }

  /** A reply with a code and nothing else. */
  coded(query: Query, transport: Transport, rcode: number): Buffer {
    const header = { rcode, authoritative: false, recursive: this.#recursive }
    return finished(plainReply(query, header), query, limitOf(query, transport), rcode)
  }

  #coded(query: Query, transport: Transport, rcode: number): Verdict {
    return { kind: 'reply', bytes: this.coded(query, transport, rcode), rcode }
  }

  #answered(query: Query, transport: Transport, answer: Answer): Verdict {
    const { rcode } = answer
    const plain = answerReply(query, answer, { rcode, authoritative: true, recursive: this.#recursive })
    if (answer.lasting && plain.length <= READY_MAX) this.ready.keep(plain)
    return { kind: 'reply', bytes: finished(plain, query, limitOf(query, transport), rcode), rcode }
  }

  #identity(query: Query, transport: Transport): Verdict {
    if (!asksIdentity(query)) return this.#coded(query, transport, RCODE.REFUSED)
    const plain = identityReply(plainReply(query, { rcode: RCODE.NOERROR, authoritative: true, recursive: false }))
    return { kind: 'reply', bytes: finished(plain, query, limitOf(query, transport), RCODE.NOERROR), rcode: 0 }
  }

  #transfer(query: Query, transport: Transport): Verdict {
    const zone = this.zones.named(query.labels.join('.'))
    if (zone === undefined) return this.#coded(query, transport, RCODE.NOTAUTH)
    if (query.type === TYPE.AXFR && transport === 'udp') return this.#coded(query, transport, RCODE.FORMERR)
    return { kind: 'transfer', query, zone }
  }

  /** Where a question goes that we can't answer, or answer with a no that is not ours to give. */
  #elsewhere(query: Query, answer: Answer | undefined): Elsewhere | undefined {
    const unknown = answer === undefined || answer.rcode === RCODE.NXDOMAIN
    if (!unknown || (byteAt(query.message, 2) & RD) === 0) return undefined
    if (answer !== undefined && this.#settings.fallthrough.length > 0) return 'fallthrough'
    if (answer !== undefined && !answer.foreign) return undefined
    return this.#recursive && locallyServed(query.labels) === undefined ? 'forward' : undefined
  }

  /** The no that keeps questions for private addresses from resolvers that can't know them. */
  #local(query: Query, transport: Transport): Verdict | undefined {
    const answer = this.#recursive ? locallyServed(query.labels) : undefined
    return answer && this.#answered(query, transport, answer)
  }

  get #recursive(): boolean {
    return this.#settings.forward.length > 0
  }
}

/** The code that a request gets before its question is looked at. */
function earlyCode(query: Query): number | undefined {
  if (query.edns !== undefined && query.edns.version !== EDNS_VERSION) return RCODE.BADVERS
  if (query.questionEnd === HEADER_SIZE) return query.edns?.cookie === undefined ? RCODE.FORMERR : RCODE.NOERROR
  if (query.class !== CLASS.IN && query.class !== CLASS.CH) return RCODE.REFUSED
  const isTransfer = query.type === TYPE.AXFR || query.type === TYPE.IXFR
  return isMeta(query.type) && !isTransfer ? RCODE.NOTIMP : undefined
}

function limitOf(query: Query, transport: Transport): number {
  return transport === 'tcp' ? TCP_MAX : udpLimit(query.edns)
}
