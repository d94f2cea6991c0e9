/**
 * How large replies by UDP may be. They go to the address that a request names as its own, and anyone may have named it: so an address
 * gets in full what is little longer than its requests, and only so much more a second. Beyond that, replies are cut: who asked by TCP,
 * or sends a cookie of ours, has the address.
 */
import { type Address, isLoopback } from '../values/index.ts'
import { type NetworkRate, RateLimit } from './rate-limit.ts'
import type { Guest } from './tcp-connections.ts'
import { UDP_MAX } from './wire/edns.ts'
import { byteAt, TC } from './wire/header.ts'

/** A reply may be so many times as long as its request, as in QUIC (RFC 9000, 8.1). */
const FREE = 3
/** How many bytes beyond that: each machine of the configuration for itself, all others by their networks. */
const BYTES = { perSecond: 128 * 1024, burst: 512 * 1024 } as const
const EACH = { 4: 32, 6: 128 } as const
const NETWORKS = { 4: 24, 6: 56 } as const

/** How the rates are kept: by `now`, in milliseconds; `proves` tells whether a cookie option was made for an address and is good. */
interface ReplyRatesParts {
  readonly now: () => number
  readonly proves: (option: Uint8Array, address: Address) => boolean
  /** How many servers share the rates; one by default. */
  readonly of?: number
}

/** Who asks. */
export interface Asker {
  readonly address: Address
  readonly guest: Guest
}

/** The room for the reply to one request. */
export interface ReplyRoom {
  /** How many bytes it may have, where the request has this cookie option. */
  bytes(cookie: Uint8Array | undefined): number
  /** It is sent. Whether it was cut for want of room. */
  sent(reply: Uint8Array): boolean
}

/** The rates of all askers. */
export class ReplyRates {
  readonly #proves: ReplyRatesParts['proves']
  readonly #rates: { readonly [G in Guest]: RateLimit }

  constructor({ now, proves, of }: ReplyRatesParts) {
    this.#proves = proves
    const limit = (bits: NetworkRate['bits']): RateLimit => new RateLimit({ ...BYTES, bits }, now, of)
    const networks = limit(NETWORKS)
    this.#rates = { member: limit(EACH), other: networks, stranger: networks }
  }

  /** The room for the reply to a request. No other machine can send from loopback: its programs have all that they ask for. */
  roomFor(request: Uint8Array, { address, guest }: Asker): ReplyRoom {
    if (isLoopback(address)) return UNBOUNDED
    return new Room(FREE * request.length, this.#rates[guest], address, (option) => this.#proves(option, address))
  }
}

/** Whether a reply is so short that nobody need ask for room. */
export function isShort(reply: Uint8Array, request: Uint8Array): boolean {
  return reply.length <= FREE * request.length
}

/** For who can't be somebody else. */
const UNBOUNDED: ReplyRoom = { bytes: () => UDP_MAX, sent: () => false }

class Room implements ReplyRoom {
  readonly #free: number
  readonly #rate: RateLimit
  readonly #address: Address
  readonly #proves: (option: Uint8Array) => boolean
  #cookie: Uint8Array | undefined
  #isProved = false
  #isTight = false

  constructor(free: number, rate: RateLimit, address: Address, proves: (option: Uint8Array) => boolean) {
    this.#free = free
    this.#rate = rate
    this.#address = address
    this.#proves = proves
  }

  bytes(cookie: Uint8Array | undefined): number {
    this.#cookie = cookie
    const room = this.#free >= UDP_MAX ? UDP_MAX : this.#free + Math.floor(this.#rate.left(this.#address))
    this.#isTight = room < UDP_MAX && !this.#hasProof
    return this.#isTight ? room : UDP_MAX
  }

  sent(reply: Uint8Array): boolean {
    if (reply.length > this.#free && !this.#hasProof) this.#rate.take(this.#address, reply.length - this.#free)
    return this.#isTight && (byteAt(reply, 2) & TC) !== 0
  }

  /** Whether the cookie proves the address. It is looked at only where that matters: it costs as much as a short answer. */
  get #hasProof(): boolean {
    this.#isProved ||= this.#cookie !== undefined && this.#proves(this.#cookie)
    return this.#isProved
  }
}
