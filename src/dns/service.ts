/** What both transports share: who may ask, the generation that is served, the counts. */
import { type Address, parseAddress } from '../config/index.ts'
import { mayAsk, type Snapshot, type ZoneSettings } from '../resolver/index.ts'
import { countReply, type DnsCounters, newCounters } from './counters.ts'
import { RCODE } from './dns2.ts'
import type { Log } from './log.ts'
import { isFault, readQuery } from './query.ts'
import { RateLimit } from './rate-limit.ts'
import { bareReply } from './reply.ts'
import { Responder, type Transport, type Verdict } from './responder.ts'
import type { DnsSettings } from './settings.ts'

/** How many refusals a second a network of strangers gets to see. */
const REFUSALS_PER_SECOND = 10
/** How many askers are remembered as such. */
const ASKERS_MAX = 1 << 16

/** What a service needs. */
export interface ServiceOptions {
  readonly settings: DnsSettings
  readonly snapshot: Snapshot
  readonly log: Log
  /** Milliseconds from any start, never going back. */
  readonly now: () => number
}

/** The service behind all sockets. */
export class Service {
  readonly counters: DnsCounters = newCounters()
  #settings: DnsSettings
  readonly #refusals: RateLimit
  #responder: Responder
  /** Whether an address, as text, may ask; for this generation. */
  readonly #askers = new Map<string, boolean>()

  constructor(options: ServiceOptions) {
    this.#settings = options.settings
    this.#refusals = new RateLimit(REFUSALS_PER_SECOND, options.now)
    this.#responder = new Responder(options.snapshot, options.settings)
  }

  /** The answers of the generation that is served. */
  get responder(): Responder {
    return this.#responder
  }

  /** Serves this snapshot from now on, with other settings of zones where they changed too. */
  publish(snapshot: Snapshot, zones: ZoneSettings = this.#settings.zones): void {
    this.#settings = { ...this.#settings, zones }
    this.#responder = new Responder(snapshot, this.#settings)
    this.#askers.clear()
  }

  /** Whether an address, in text, may ask. */
  permits(peer: string): boolean {
    const known = this.#askers.get(peer)
    if (known !== undefined) return known
    const address = peerAddress(peer)
    const permitted =
      address !== undefined &&
      mayAsk(this.#responder.zones.snapshot, networkAsker(address), 'dns', this.#settings.access)
    if (this.#askers.size >= ASKERS_MAX) this.#askers.clear()
    this.#askers.set(peer, permitted)
    return permitted
  }

  /** The reply that is ready, if one is. */
  ready(request: Uint8Array): Buffer | undefined {
    const reply = this.#responder.ready.reply(request)
    if (reply === undefined) return undefined
    this.counters.ready++
    countReply(this.counters, reply)
    return reply
  }

  /** What a request gets from who may not ask: no more bytes than it had, and only so often. */
  refuse(request: Uint8Array, transport: Transport, peer: string): Buffer | undefined {
    this.counters.refused++
    const address = peerAddress(peer)
    if (address === undefined || !this.#refusals.allows(address)) {
      this.counters.limited++
      return undefined
    }
    const query = readQuery(request)
    if (query === undefined) return undefined
    const reply = isFault(query)
      ? bareReply(request, RCODE.REFUSED)
      : this.#responder.coded(query, transport, RCODE.REFUSED)
    countReply(this.counters, reply)
    return reply
  }

  /** What a request gets from who may ask, and no ready answer fits. */
  verdict(request: Uint8Array, transport: Transport): Verdict | undefined {
    const verdict = this.#responder.respond(request, transport)
    if (verdict === undefined) this.counters.dropped++
    if (verdict?.kind === 'reply') countReply(this.counters, verdict.bytes)
    return verdict
  }
}

const networkAsker = ({ bytes }: Address) => ({ via: 'network', address: bytes }) as const

/** A peer's address; the interface behind a link-local one is not part of it. */
function peerAddress(peer: string): Address | undefined {
  const scope = peer.indexOf('%')
  return parseAddress(scope < 0 ? peer : peer.slice(0, scope))
}
