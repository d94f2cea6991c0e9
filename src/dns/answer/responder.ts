/** Decides what each request gets. Knows no sockets and no clock: bytes in, bytes or work to do out. */
import { type ByteString, type Snapshot, type Zone, Zones } from '../../resolver/index.ts'
import type { DnsSettings, TsigKey } from '../settings.ts'
import { isWellFormed } from '../wire/cookie.ts'
import { CLASS, RCODE, TYPE } from '../wire/dns2.ts'
import { EDNS_VERSION, udpLimit } from '../wire/edns.ts'
import { byteAt, HEADER_SIZE, RD } from '../wire/header.ts'
import { isFault, type Query, readQuery } from '../wire/query.ts'
import { type TsigSigner, verifyTsig } from '../wire/tsig.ts'
import { type Answer, answerFor, type Mentioned, mentionedIn, shortName } from './answer.ts'
import { asksIdentity, identityReply } from './chaos.ts'
import { Denials } from './denial.ts'
import { isAmong, isWithin, namesAbove } from './names-above.ts'
import { ReadyAnswers, type ReadyTable } from './ready.ts'
import { answerReply, bareReply, finished, mentioningReply, optSize, plainReply, type ReplyHeader } from './reply.ts'
import { isLocalhost, isPrivateReverse, specialAnswer } from './special-names.ts'

/** How a request came. */
export type Transport = 'udp' | 'tcp'

/** The servers to ask for other names: resolvers, or the servers of the site's own zone. */
export type Elsewhere = 'forward' | 'fallthrough'

/** A request that was read, and what its replies depend on. */
export interface ReadRequest {
  readonly query: Query
  readonly transport: Transport
  /** The most bytes of a reply, without a signature. */
  readonly limit: number
  /** What checked the request and signs its replies; undefined if it had no signature. */
  readonly proof: { readonly key: TsigKey; readonly signer: TsigSigner } | undefined
  /** The cookie option of the reply; undefined if the request had none. */
  readonly cookie: Uint8Array | undefined
}

/** The origin of a request. */
export interface Origin {
  readonly transport: Transport
  /** Seconds since 1970. */
  readonly time: () => number
  /** The cookie option for the asker, given the one of its request (RFC 7873); undefined for none. */
  readonly cookie: (option: Uint8Array) => Uint8Array | undefined
  /** How many bytes a reply by UDP may have, given the cookie option of the request. */
  readonly room: (option: Uint8Array | undefined) => number
}

/** The result of a request: bytes at once, or work that takes longer. */
export type Verdict =
  | { readonly kind: 'reply'; readonly bytes: Buffer }
  | { readonly kind: 'transfer'; readonly asked: ReadRequest; readonly zone: Zone }
  | {
      readonly kind: 'elsewhere'
      readonly asked: ReadRequest
      readonly to: Elsewhere
      /** Whether the name is known to exist. Then other servers cannot deny it, only say that it has no records of that type. */
      readonly exists: boolean
    }

/** The most bytes of a reply by TCP. */
const TCP_MAX = 65535
/** Where the serial stands in a reply whose last record is a SOA record: it is the first of the five numbers that end one (RFC 1035, 3.3.13). */
const SERIAL_FROM_END = 20
/** Replies that are longer are not kept ready. */
const READY_MAX = 4096

/** Answers from one generation. */
export class Responder {
  readonly zones: Zones
  /** Its ready answers. It shares them with the responder before it if both have the same content. */
  readonly ready: ReadyTable
  readonly #denials = new Denials()
  readonly #settings: DnsSettings
  readonly #above: ReadonlySet<ByteString>
  readonly #forwardZones: ReadonlySet<ByteString>

  /** `renewed`: the zones, where the ready answers are those of a responder with the same content, which may still answer. */
  constructor(snapshot: Snapshot, settings: DnsSettings, ready: ReadyTable = new ReadyAnswers(), renewed?: Zones) {
    this.ready = ready
    this.zones = renewed ?? new Zones(snapshot)
    this.#settings = settings
    this.#above = namesAbove(this.zones.all.map(({ origin }) => origin))
    this.#forwardZones = new Set(settings.forwardZones)
    if (renewed === undefined) this.begin()
  }

  /** A responder for a generation that changes only the serial of these answers; undefined if it changes more. */
  renewed(snapshot: Snapshot): Responder | undefined {
    const zones = this.zones.renewed(snapshot)
    return zones && new Responder(snapshot, this.#settings, this.ready, zones)
  }

  /** Whether both have the same content, so that only the serial differs. */
  isRenewalOf(other: Responder): boolean {
    return this.zones.content === other.zones.content
  }

  /** Has to be called when this responder begins to answer: the ready answers then have its serial. */
  begin(): void {
    this.ready.renumber(this.zones.authority.serial)
  }

  /** The result of a request from a client that may ask. Undefined if there must be no reply. */
  respond(request: Uint8Array, origin: Origin): Verdict | undefined {
    const query = readQuery(request)
    if (query === undefined) return undefined
    if (isFault(query)) return { kind: 'reply', bytes: bareReply(request, query.rcode) }
    const asked = askedBy(query, origin)
    if (query.tsigAt === undefined) return this.#verdict(asked)
    const checked = verifyTsig(request, query.tsigAt, this.#settings.tsig, origin.time())
    if (checked === undefined) return { kind: 'reply', bytes: bareReply(request, RCODE.FORMERR) }
    if (!checked.proved) return { kind: 'reply', bytes: checked.finish(this.coded(asked, RCODE.NOTAUTH)) }
    return this.#verdict({ ...asked, limit: asked.limit - checked.signer.size, proof: checked })
  }

  /** The result of a request that is not looked at: the code, or nothing if it is not a request. */
  refusal(request: Uint8Array, origin: Origin): Buffer | undefined {
    const query = readQuery(request)
    if (query === undefined) return undefined
    return isFault(query) ? bareReply(request, RCODE.REFUSED) : this.coded(askedBy(query, origin), RCODE.REFUSED)
  }

  /** A reply with a code and nothing else. */
  coded(asked: ReadRequest, rcode: number): Buffer {
    const header = { rcode, authoritative: false, recursive: this.#recursive }
    return this.#finished(plainReply(asked.query, header), asked, rcode)
  }

  #verdict(asked: ReadRequest): Verdict {
    const { query } = asked
    const early = earlyCode(query)
    if (early !== undefined) return this.#coded(asked, early)
    if (query.class === CLASS.CH) return this.#identity(asked)
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return this.#transfer(asked)
    const answer = answerFor(this.zones, query.labels, query.type) ?? this.#special(query)
    const to = this.#elsewhere(query, answer)
    if (to !== undefined) return { kind: 'elsewhere', asked, to, exists: this.#exists(query) }
    return answer === undefined ? this.#coded(asked, this.#codeOfStrange(query)) : this.#answered(asked, answer)
  }

  /**
   * The answer for names that are special by standard, with forwarding or without: authoritative servers answer them too
   * (RFC 6761, 6.1 to 6.4; RFC 6762, 22.1; RFC 7686, 2). Undefined for names that others are asked for.
   */
  #special({ labels, type }: Query): Answer | undefined {
    if (this.#isForwarded(labels) || this.#isOfSite(labels)) return undefined
    if (!this.#recursive && labels.length === 1 && !isLocalhost(labels)) return undefined
    const answer = specialAnswer(labels, type)
    return answer !== undefined && isAmong(this.#above, labels) ? { ...answer, rcode: RCODE.NOERROR } : answer
  }

  /**
   * The code for a name that is not ours where nobody else is asked. A name without dots that is not a host's exists nowhere for
   * a client that has no other resolver: it needs a definite answer, and would take a refusal for a fault of the server.
   */
  #codeOfStrange(query: Query): number {
    if (this.#recursive) return RCODE.REFUSED
    if (this.#exists(query)) return RCODE.NOERROR
    return query.labels.length === 1 ? RCODE.NXDOMAIN : RCODE.REFUSED
  }

  /** Whether a name outside the zones of the cluster is known to exist: it is above one of them, or the short name of a host. */
  #exists({ labels }: Query): boolean {
    return isAmong(this.#above, labels) || shortName(this.zones, labels) !== undefined
  }

  #coded(asked: ReadRequest, rcode: number): Verdict {
    return { kind: 'reply', bytes: this.coded(asked, rcode) }
  }

  #answered(asked: ReadRequest, answer: Answer): Verdict {
    const { rcode } = answer
    const header = { rcode, authoritative: true, recursive: this.#recursive }
    const mentioned = mentionedIn(answer.records, this.zones)
    if (mentioned.length > 0) return this.#mentioning(asked, answer, header, mentioned)
    const plain = answerReply(asked.query, answer, header, this.#denials)
    if (plain.length <= READY_MAX && this.#isForAll(answer)) {
      this.ready.keep(plain, !answer.lasting, this.#endsWithSerial(answer) ? plain.length - SERIAL_FROM_END : 0)
    }
    return { kind: 'reply', bytes: this.#finished(plain, asked, rcode) }
  }

  /** Whether an answer does not depend on the wish for recursion, which sends some to other servers instead. */
  #isForAll({ rcode, denial, foreign }: Answer): boolean {
    if (rcode !== RCODE.NXDOMAIN || denial?.origin === undefined) return true
    return this.#settings.fallthrough.length === 0 && !(foreign && this.#recursive)
  }

  /** Whether the last record of a reply, and the only one, is the SOA record of our zones: that of special names has a serial of its own. */
  #endsWithSerial({ denial, records }: Answer): boolean {
    const { authority } = this.zones
    return denial?.soa === authority || records.includes(authority)
  }

  #mentioning(asked: ReadRequest, answer: Answer, header: ReplyHeader, mentioned: readonly Mentioned[]): Verdict {
    const limit = asked.limit - optSize(asked.query, asked.cookie)
    const plain = mentioningReply(asked.query, answer, header, mentioned, limit)
    return { kind: 'reply', bytes: this.#finished(plain, asked, answer.rcode) }
  }

  #identity(asked: ReadRequest): Verdict {
    if (!asksIdentity(asked.query)) return this.#coded(asked, RCODE.REFUSED)
    const header = { rcode: RCODE.NOERROR, authoritative: true, recursive: false }
    const plain = identityReply(plainReply(asked.query, header))
    return { kind: 'reply', bytes: this.#finished(plain, asked, RCODE.NOERROR) }
  }

  #transfer(asked: ReadRequest): Verdict {
    const zone = this.zones.named(asked.query.labels.join('.'))
    if (zone === undefined) return this.#coded(asked, RCODE.NOTAUTH)
    if (asked.query.type === TYPE.AXFR && asked.transport === 'udp') return this.#coded(asked, RCODE.FORMERR)
    return { kind: 'transfer', asked, zone }
  }

  /** The servers for a question that this server cannot answer, or may not deny. */
  #elsewhere({ message, labels }: Query, answer: Answer | undefined): Elsewhere | undefined {
    if ((byteAt(message, 2) & RD) === 0) return undefined
    if (answer === undefined) {
      if (this.#isOfSite(labels)) return 'fallthrough'
      return this.#recursive ? 'forward' : undefined
    }
    if (answer.rcode !== RCODE.NXDOMAIN || answer.denial?.origin === undefined) return undefined
    if (this.#settings.fallthrough.length > 0) return 'fallthrough'
    if (!answer.foreign || !this.#recursive) return undefined
    const isPrivate = !this.#isForwarded(labels) && specialAnswer(labels, TYPE.PTR) !== undefined
    return isPrivate ? undefined : 'forward'
  }

  /** Whether a name is in one of the zones of private names that the resolvers know. */
  #isForwarded(labels: readonly ByteString[]): boolean {
    return this.#recursive && isWithin(this.#forwardZones, labels)
  }

  /** Whether a name outside the zones of the cluster is one of a private network that the site's own servers are asked for. */
  #isOfSite(labels: readonly ByteString[]): boolean {
    return this.#settings.fallthrough.length > 0 && !this.#isForwarded(labels) && isPrivateReverse(labels)
  }

  #finished(plain: Buffer, { query, limit, proof, cookie }: ReadRequest, rcode: number): Buffer {
    const reply = finished(plain, query, limit, rcode, cookie)
    return proof === undefined ? reply : proof.signer.sign(reply)
  }

  get #recursive(): boolean {
    return this.#settings.forward.length > 0
  }
}

function askedBy(query: Query, { transport, cookie, room }: Origin): ReadRequest {
  const option = query.edns?.cookie
  return {
    query,
    transport,
    limit: transport === 'tcp' ? TCP_MAX : Math.min(udpLimit(query.edns), room(option)),
    proof: undefined,
    cookie: option === undefined ? undefined : cookie(option),
  }
}

/** The code that a request gets before its question is looked at. */
function earlyCode(query: Query): number | undefined {
  if (query.edns !== undefined && query.edns.version !== EDNS_VERSION) return RCODE.BADVERS
  const cookie = query.edns?.cookie
  if (cookie !== undefined && !isWellFormed(cookie)) return RCODE.FORMERR
  // A question is not needed to get a cookie (RFC 7873, 5.4).
  if (query.questionEnd === HEADER_SIZE) return cookie === undefined ? RCODE.FORMERR : RCODE.NOERROR
  if (query.class !== CLASS.IN && query.class !== CLASS.CH) return RCODE.REFUSED
  return isMeta(query.type) ? RCODE.NOTIMP : undefined
}

/** Whether a type means an operation that is not supported (RFC 6895, 3.1). */
function isMeta(type: number): boolean {
  if (type === TYPE.AXFR || type === TYPE.IXFR || type === TYPE.ANY) return false
  return type === TYPE.OPT || (type >= 128 && type < TYPE.ANY)
}
