/** What both transports share: who may ask, the generation that is served, what requests get, the counts. */
import { type Address, parseAddress, sameAddress } from '../config/index.ts'
import { mayAsk, type Snapshot, type ZoneSettings } from '../resolver/index.ts'
import { handlers, type Log } from '../values/index.ts'
import { Cookies } from './cookie.ts'
import { countReply, type DnsCounters, newCounters } from './counters.ts'
import { RCODE } from './dns2.ts'
import { Forwarder } from './forwarder.ts'
import { RateLimit } from './rate-limit.ts'
import { type Asked, type Elsewhere, Responder, type Source, type Transport, type Verdict } from './responder.ts'
import type { DnsSettings } from './settings.ts'
import type { TcpAnswer } from './tcp.ts'
import { Transfers } from './transfers.ts'

/** How many refusals a second a network of strangers gets to see. */
const REFUSALS_PER_SECOND = 10
/** How many askers are remembered as such. */
const ASKERS_MAX = 1 << 16

/** What a service needs. */
export interface ServiceOptions {
  readonly settings: DnsSettings
  /** What is answered at first. */
  readonly snapshot: Snapshot
  readonly log: Log
  /** Milliseconds from any start, never going back. */
  readonly now: () => number
  /** Seconds since 1970, for signatures of transfers. The system's clock unless a test wants another. */
  readonly time?: () => number
}

/** The service behind all sockets. */
export class Service {
  readonly counters: DnsCounters = newCounters()
  readonly #refusals: RateLimit
  readonly #time: () => number
  readonly #cookies = new Cookies()
  readonly #transfers: Transfers
  readonly #forwarders: { readonly [To in Elsewhere]: Forwarder }
  #settings: DnsSettings
  #responder: Responder
  /** Whether an address, as text, may ask; for this generation. */
  readonly #askers = new Map<string, boolean>()

  constructor({ settings, snapshot, log, now, time = () => Date.now() / 1000 }: ServiceOptions) {
    this.#settings = settings
    this.#refusals = new RateLimit(REFUSALS_PER_SECOND, now)
    this.#time = time
    this.#forwarders = {
      forward: new Forwarder(settings.forward, now),
      fallthrough: new Forwarder(settings.fallthrough, now),
    }
    this.#responder = new Responder(snapshot, settings)
    const { counters } = this
    this.#transfers = new Transfers(this.#responder.zones, { settings, counters, log, time, defer: setImmediate })
  }

  /** Serves this snapshot from now on, with other settings of zones where they changed too. */
  publish(snapshot: Snapshot, zones: ZoneSettings = this.#settings.zones): void {
    this.#settings = { ...this.#settings, zones }
    this.#responder = new Responder(snapshot, this.#settings)
    this.#askers.clear()
    this.#transfers.publish(this.#responder.zones)
  }

  /** Ends what goes on besides requests. */
  close(): void {
    this.#transfers.close()
  }

  /** What a request by UDP gets: `send` is called once, at once or later, or never. */
  udp(request: Buffer, peer: string, send: (reply: Buffer) => void): void {
    this.counters.udp++
    const answer = this.#permits(peer) ? this.#answer(request, 'udp', peer) : this.#refuse(request, 'udp', peer)
    if (answer instanceof Buffer) send(answer)
    else if (answer instanceof Promise) handlers.float('DNS late answer by UDP', () => sendLate(answer, send))
  }

  unanswerable(): void {
    this.counters.udp++
    this.counters.dropped++
  }

  /** What a request by TCP gets. */
  tcp(request: Buffer, peer: string): TcpAnswer | Promise<TcpAnswer> {
    this.counters.tcp++
    return this.#permits(peer) ? this.#answer(request, 'tcp', peer) : this.#refuse(request, 'tcp', peer)
  }

  /** Whether an address, in text, may ask. */
  #permits(peer: string): boolean {
    const known = this.#askers.get(peer)
    if (known !== undefined) return known
    const address = peerAddress(peer)
    const permitted = address !== undefined && (this.#isMember(address) || this.#isSecondary(address))
    if (this.#askers.size >= ASKERS_MAX) this.#askers.clear()
    this.#askers.set(peer, permitted)
    return permitted
  }

  #isMember({ bytes: address }: Address): boolean {
    return mayAsk(this.#responder.zones.snapshot, { via: 'network', address }, 'dns', this.#settings.access)
  }

  #isSecondary(address: Address): boolean {
    return this.#settings.secondaries.some(({ endpoint }) => sameAddress(endpoint.address, address))
  }

  /** What a request gets from who may not ask: no more bytes than it had, and only so often. */
  #refuse(request: Buffer, transport: Transport, peer: string): Buffer | undefined {
    this.counters.refused++
    const address = peerAddress(peer)
    if (address === undefined || !this.#refusals.allows(address)) {
      this.counters.limited++
      return undefined
    }
    return this.#counted(this.#responder.refusal(request, this.#source(transport, peer)))
  }

  #source(transport: Transport, peer: string): Source {
    const time = this.#time
    const cookie = (option: Uint8Array) => {
      const address = peerAddress(peer)
      return address && this.#cookies.reply(option, address, time())
    }
    return { transport, time, cookie }
  }

  #answer(request: Buffer, transport: Transport, peer: string): TcpAnswer | Promise<TcpAnswer> {
    const ready = transport === 'udp' ? this.#responder.ready.reply(request) : undefined
    if (ready !== undefined) {
      this.counters.ready++
      return this.#counted(ready)
    }
    const verdict = this.#responder.respond(request, this.#source(transport, peer))
    if (verdict === undefined) this.counters.dropped++
    return verdict && this.#settled(verdict, peer)
  }

  #settled(verdict: Verdict, peer: string): TcpAnswer | Promise<TcpAnswer> {
    if (verdict.kind === 'reply') return this.#counted(verdict.bytes)
    if (verdict.kind === 'elsewhere') return this.#elsewhere(verdict.asked, verdict.to)
    const messages = this.#transfers.messages(verdict.asked, verdict.zone, peerAddress(peer))
    return messages ?? this.#counted(this.#responder.coded(verdict.asked, RCODE.REFUSED))
  }

  /** What other servers say; where none of them says anything, that we could not find out. */
  async #elsewhere(asked: Asked, to: Elsewhere): Promise<TcpAnswer> {
    this.counters.forwarded++
    const responder = this.#responder
    const reply = await this.#forwarders[to].ask(asked.query, asked.limit)
    if (reply === undefined) this.counters.unanswered++
    const told = reply ?? responder.coded(asked, RCODE.SERVFAIL)
    return this.#counted(reply === undefined || asked.proof === undefined ? told : asked.proof.signer.sign(told))
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

/** A peer's address; the interface behind a link-local one is not part of it. */
function peerAddress(peer: string): Address | undefined {
  const scope = peer.indexOf('%')
  return parseAddress(scope < 0 ? peer : peer.slice(0, scope))
}
