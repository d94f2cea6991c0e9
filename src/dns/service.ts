/** The common part of both transports: who may ask, the generation that is served, the results of requests, the counters. */

import { hostAt, mayAsk, type Snapshot } from '../resolver/index.ts'
import {
  type Address,
  type Clock,
  defer,
  type Endpoint,
  handlers,
  isLoopback,
  type Log,
  parseSocketAddress,
  QueryLog,
  sameAddress,
} from '../values/index.ts'
import { type Elsewhere, type Origin, Responder, type Transport, type Verdict } from './answer/responder.ts'
import type { BatchSockets } from './batch/batch-sockets.ts'
import type { NativeReady } from './batch/native-ready.ts'
import { countReply, type DnsCounters, newCounters } from './counters.ts'
import { Forwarder } from './forward/forwarder.ts'
import { ownServers } from './forward/own-servers.ts'
import { Preparation } from './preparation.ts'
import { queryFields } from './query-fields.ts'
import { RateLimit } from './rate-limit.ts'
import { type Asker, isShort, ReplyRates, type ReplyRoom } from './reply-rates.ts'
import type { DnsSettings, Peer } from './settings.ts'
import type { Arrival } from './share/handover.ts'
import { cookieSecretOf, type Share } from './share/share.ts'
import type { TcpAnswer } from './tcp.ts'
import type { Guest } from './tcp-connections.ts'
import { Transfers } from './transfer/transfers.ts'
import { Cookies } from './wire/cookie.ts'
import { RCODE } from './wire/dns2.ts'
import { UDP_MAX } from './wire/edns.ts'
import { isFault, readQuery } from './wire/query.ts'

/** How many refusals a network of strangers gets. */
const REFUSALS = { perSecond: 10, burst: 10, bits: { 4: 24, 6: 56 } } as const
/** How many addresses are remembered. */
const GUESTS_MAX = 1 << 16

/** What a service needs. */
export interface ServiceOptions {
  readonly settings: DnsSettings
  /** What is answered at first. */
  readonly snapshot: Snapshot
  readonly log: Log
  readonly clock: Clock
  /** Seconds since 1970, for signatures of transfers. */
  readonly time: () => number
  /** What cookies are made with, 16 bytes; undefined: what this process makes up. */
  readonly cookieSecret?: Uint8Array | undefined
  /** The part of this server, where several answer; undefined: it is alone. */
  readonly share?: Share | undefined
  /** Has the first server answer a request; undefined in the first one. False if it can't be had. */
  readonly handOver?: ((request: Buffer, arrival: Arrival) => boolean) | undefined
  /** The sockets that answer by themselves; undefined: none does. */
  readonly batch?: BatchSockets | undefined
}

/** One who may ask. */
interface Admitted extends Asker {
  /** Whether replies of any length are for them. */
  readonly isLocal: boolean
}

/** A request by UDP whose reply may be long. */
interface LongerReply {
  readonly peer: Peer
  readonly asker: Asker
  readonly ready: Buffer | undefined
  readonly send: (reply: Buffer) => void
  readonly arrival: Arrival | undefined
}

/** The service behind all sockets. */
export class Service {
  readonly counters: DnsCounters = newCounters()
  readonly #refusals: RateLimit
  readonly #rates: ReplyRates
  readonly #time: () => number
  readonly #cookies: Cookies
  /** Undefined where the first server of several has them. */
  readonly #transfers: Transfers | undefined
  readonly #handOver: ServiceOptions['handOver']
  readonly #forwarders: { readonly [To in Elsewhere]: Forwarder }
  readonly #log: Log
  /** Undefined where queries are not logged. */
  readonly #queries: QueryLog | undefined
  /** Servers that are not asked, because they are this server itself. */
  #own: readonly Endpoint[] = []
  readonly #settings: DnsSettings
  readonly #preparation: Preparation
  readonly #batch: BatchSockets | undefined
  #responder: Responder
  /** The responder of the snapshot that was served last: it may still be in preparation. */
  #latest: Responder
  /** How many generations came after the first one: with the same content as the one before (`renewed`), and others. */
  readonly generations = { renewed: 0, others: 0 }
  /** Who asks from an address, as text; undefined for strangers. As this content says. */
  readonly #askers = new Map<string, Admitted | undefined>()

  constructor(options: ServiceOptions) {
    const { settings, snapshot, log, clock, time, batch, cookieSecret, share, handOver } = options
    this.#batch = batch
    this.#handOver = handOver
    this.#cookies = new Cookies(share === undefined ? cookieSecret : cookieSecretOf(share))
    this.#settings = settings
    this.#log = log
    this.#queries = settings.logQueries ? new QueryLog({ log, clock }) : undefined
    this.#time = time
    this.#refusals = new RateLimit(REFUSALS, () => clock.now(), share?.of)
    this.#rates = new ReplyRates({
      now: () => clock.now(),
      proves: (option, address) => this.#cookies.proves(option, address, time()),
      ...(share && { of: share.of }),
    })
    this.#forwarders = {
      forward: new Forwarder(settings.forward, clock),
      fallthrough: new Forwarder(settings.fallthrough, clock),
    }
    this.#responder = this.#newResponder(snapshot)
    this.#latest = this.#responder
    // Nobody can ask yet.
    while (this.#responder.zones.prepare());
    this.#preparation = new Preparation(defer, (responder) => this.#answerFrom(responder))
    this.#serveBatch()
    const { counters } = this
    const parts = { settings, counters, log, clock, time, defer }
    this.#transfers = handOver === undefined ? new Transfers(this.#responder.zones, parts) : undefined
  }

  /**
   * Serves this snapshot from now on, or, if it needs preparation, a little later. If DNS has the same content in it as in the one before, zones and ready
   * answers stay.
   */
  serve(snapshot: Snapshot): void {
    this.#latest = this.#latest.renewed(snapshot) ?? this.#newResponder(snapshot)
    this.#preparation.add(this.#latest)
  }

  #newResponder(snapshot: Snapshot): Responder {
    return new Responder(snapshot, this.#settings, this.#batch?.newReady())
  }

  #answerFrom(responder: Responder): void {
    const isRenewal = responder.isRenewalOf(this.#responder)
    this.generations[isRenewal ? 'renewed' : 'others']++
    this.#responder = responder
    responder.begin()
    if (!isRenewal) this.#askers.clear()
    this.#serveBatch()
    this.#transfers?.serve(responder.zones)
  }

  /** Queries that are logged are seen one by one. */
  #serveBatch(): void {
    this.#batch?.serve(this.#responder.ready as NativeReady, this.#queries !== undefined)
  }

  /** The counters, with what the sockets answered by themselves. */
  get counted(): DnsCounters {
    return this.#batch?.counted(this.counters) ?? this.counters
  }

  /** Learns the addresses where requests arrive: a server there is this server itself, and is not asked. */
  exclude(listen: readonly Endpoint[], local: readonly Address[]): void {
    const { forward, fallthrough } = this.#settings
    const own = ownServers([...forward, ...fallthrough], listen, local)
    for (const { host, port } of own.filter((server) => !this.#own.includes(server))) {
      this.#log.error({ host, port }, 'a server to ask is this server itself, and is not asked')
    }
    this.#own = own
    for (const forwarder of Object.values(this.#forwarders)) forwarder.exclude(new Set(own), local)
  }

  /** Ends what goes on besides requests. */
  close(): void {
    this.#preparation.close()
    this.#transfers?.close()
  }

  /** What a request by UDP gets: `send` is called once, at once or later, or never. */
  udp(request: Buffer, peer: Peer, send: (reply: Buffer) => void, arrival?: Arrival): void {
    this.counters.udp++
    this.handed(request, peer, send, arrival)
  }

  /** The same for a request that another server has counted, and hands over. */
  handed(request: Buffer, peer: Peer, send: (reply: Buffer) => void, arrival?: Arrival): void {
    const queries = this.#queries
    if (queries === undefined) {
      this.#udp(request, peer, send, arrival)
      return
    }
    const begun = queries.now()
    const told = (reply: Buffer): void => {
      send(reply)
      queries.tell(() => queryFields(request, { peer, transport: 'udp' }, reply, queries.now() - begun))
    }
    this.#udp(request, peer, told, arrival)
  }

  #udp(request: Buffer, peer: Peer, send: (reply: Buffer) => void, arrival: Arrival | undefined): void {
    const asker = this.#askerAt(peer.address)
    if (asker === undefined) {
      const refusal = this.#refuse(request, 'udp', peer)
      if (refusal !== undefined) send(refusal)
      return
    }
    const answers = this.#responder.ready
    answers.admit(asker.address, asker.isLocal)
    const ready = answers.reply(request)
    if (ready !== undefined && isShort(ready, request)) send(this.#ready(ready))
    else this.#udpInRoom(request, { peer, asker, ready, send, arrival })
  }

  /** The same for a reply that may be long. */
  #udpInRoom(request: Buffer, { peer, asker, ready, send, arrival }: LongerReply): void {
    const room = this.#rates.roomFor(request, asker)
    const sent = (reply: Buffer): void => {
      if (room.sent(reply)) this.counters.shortened++
      send(reply)
    }
    if (ready !== undefined && ready.length <= room.bytes(undefined)) {
      sent(this.#ready(ready))
      return
    }
    const answer = this.#answer(request, this.#origin('udp', peer, room), peer, arrival)
    if (answer instanceof Buffer) sent(answer)
    else if (answer instanceof Promise) handlers.float('DNS late answer by UDP', () => sendLate(answer, sent))
  }

  #ready(reply: Buffer): Buffer {
    this.counters.ready++
    return this.#counted(reply)
  }

  /** Counts a request that nobody can be answered. */
  unanswerable(): void {
    this.counters.udp++
    this.counters.dropped++
  }

  /** Counts a reply by UDP that was not sent. */
  unsent(): void {
    this.counters.unsent++
  }

  /** What a request by TCP gets. */
  tcp(request: Buffer, peer: Peer): TcpAnswer | Promise<TcpAnswer> {
    const queries = this.#queries
    if (queries === undefined) return this.#tcp(request, peer)
    const begun = queries.now()
    const told = (answer: TcpAnswer): TcpAnswer => {
      queries.tell(() => queryFields(request, { peer, transport: 'tcp' }, answer, queries.now() - begun))
      return answer
    }
    const answer = this.#tcp(request, peer)
    return answer instanceof Promise ? answer.then(told) : told(answer)
  }

  #tcp(request: Buffer, peer: Peer): TcpAnswer | Promise<TcpAnswer> {
    this.counters.tcp++
    return this.guest(peer.address) !== 'stranger'
      ? this.#answer(request, this.#origin('tcp', peer), peer)
      : this.#refuse(request, 'tcp', peer)
  }

  /** How many addresses are remembered. */
  get remembered(): number {
    return this.#askers.size
  }

  /** Who has an address, in text. Strangers may not ask. */
  guest(peer: string): Guest {
    return this.#askerAt(peer)?.guest ?? 'stranger'
  }

  #askerAt(peer: string): Admitted | undefined {
    const known = this.#askers.get(peer)
    if (known !== undefined || this.#askers.has(peer)) return known
    const address = parseSocketAddress(peer)
    const guest = address === undefined ? 'stranger' : this.#guestAt(address)
    const asker =
      address === undefined || guest === 'stranger' ? undefined : { address, guest, isLocal: isLoopback(address) }
    if (this.#askers.size >= GUESTS_MAX) this.#askers.clear()
    this.#askers.set(peer, asker)
    return asker
  }

  /** Members are the machines that the configuration or the settings name. */
  #guestAt(address: Address): Guest {
    const { content: snapshot } = this.#responder.zones
    if (this.#isSecondary(address)) return 'member'
    if (!mayAsk(snapshot, { via: 'network', address: address.bytes }, 'dns', this.#settings.access)) return 'stranger'
    return hostAt(snapshot, address.bytes) === undefined ? 'other' : 'member'
  }

  #isSecondary(address: Address): boolean {
    return this.#settings.secondaries.some(({ endpoint }) => sameAddress(endpoint.address, address))
  }

  /**
   * What a request gets from who may not ask: no more bytes than it had, except for a cookie, and only so often. Who brings a
   * cookie of ours back has the address that it says, so nobody else is flooded in its name.
   */
  #refuse(request: Buffer, transport: Transport, peer: Peer): Buffer | undefined {
    this.counters.refused++
    const address = parseSocketAddress(peer.address)
    if (address === undefined || !(this.#refusals.allows(address) || this.#isProved(request, address))) {
      this.counters.limited++
      return undefined
    }
    return this.#counted(this.#responder.refusal(request, this.#origin(transport, peer)))
  }

  /** Whether a request has a cookie of ours that was made for the address. */
  #isProved(request: Buffer, address: Address): boolean {
    const query = readQuery(request)
    const cookie = query === undefined || isFault(query) ? undefined : query.edns?.cookie
    return cookie !== undefined && this.#cookies.proves(cookie, address, this.#time())
  }

  #origin(transport: Transport, peer: Peer, room?: ReplyRoom): Origin {
    const time = this.#time
    const cookie = (option: Uint8Array) => {
      const address = parseSocketAddress(peer.address)
      return address && this.#cookies.reply(option, address, time())
    }
    return { transport, time, cookie, room: (option) => room?.bytes(option) ?? UDP_MAX }
  }

  #answer(request: Buffer, origin: Origin, peer: Peer, arrival?: Arrival): TcpAnswer | Promise<TcpAnswer> {
    const verdict = this.#responder.respond(request, origin)
    if (verdict === undefined) this.counters.dropped++
    if (verdict === undefined || verdict.kind === 'reply' || this.#handOver === undefined) {
      return verdict && this.#settled(verdict, peer)
    }
    // Its client asks again.
    if (arrival === undefined || !this.#handOver(request, arrival)) this.counters.unsent++
    return undefined
  }

  #settled(verdict: Verdict, peer: Peer): TcpAnswer | Promise<TcpAnswer> {
    if (verdict.kind === 'reply') return this.#counted(verdict.bytes)
    if (verdict.kind === 'elsewhere') return this.#elsewhere(verdict, peer)
    const messages = this.#transfers?.messages(verdict.asked, verdict.zone, parseSocketAddress(peer.address))
    return messages ?? this.#counted(this.#responder.coded(verdict.asked, RCODE.REFUSED))
  }

  /** The reply of other servers; SERVFAIL if none of them answers. */
  async #elsewhere({ asked, to, exists }: Verdict & { kind: 'elsewhere' }, peer: Peer): Promise<TcpAnswer> {
    const address = parseSocketAddress(peer.address)
    if (address === undefined) return undefined
    this.counters.forwarded++
    const responder = this.#responder
    const { query, limit, cookie } = asked
    const reply = await this.#forwarders[to].ask({ query, limit, cookie, exists }, { address, port: peer.port })
    if (typeof reply !== 'number')
      return this.#counted(asked.proof === undefined ? reply : asked.proof.signer.sign(reply))
    this.counters.unanswered++
    return this.#counted(responder.coded(asked, reply))
  }

  #counted<Reply extends Uint8Array | undefined>(reply: Reply): Reply {
    if (reply !== undefined) countReply(this.counters, reply)
    return reply
  }
}

async function sendLate(answer: Promise<TcpAnswer>, send: (reply: Buffer) => void): Promise<void> {
  const late = await answer
  if (late instanceof Buffer) send(late)
}
