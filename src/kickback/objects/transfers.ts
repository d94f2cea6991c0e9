/** The bodies that are on their way to clients: how many at once, at which pace, and each in turns with other work. */
import type { ServerResponse } from 'node:http'
import { type Clock, handlers, type Turns, type Worker } from '../../values/index.ts'
import type { ConnectionKind } from '../service/shares/visitor.ts'

/** Places for bodies on their way: of all clients, and of one. A cache has few for each object. */
const PLACES = { all: 256, each: 8 } as const
/** A body of so many bytes needs no place: it is given to the kernel at once. */
const SMALL = 64 * 1024
/** How many bytes are written at once. */
const PIECE = 64 * 1024
/** How many bytes may be in memory for old bodies only because clients still read them. */
const OLD_MAX = 64 * 1024 * 1024
/**
 * How fast a client must read, in bytes a second after a time to begin; where all places are taken, who is slower than `full` makes
 * room. How often that is looked at, and how long the largest body may take. Times are milliseconds.
 */
const PACE = { begin: 20_000, least: 1024, full: 65_536, look: 5_000, longest: 3_600_000 } as const

/** What a transfer is made of. */
interface TransferParts {
  readonly response: ServerResponse
  readonly body: Uint8Array
  /** Of the content that it is of, in hex. */
  readonly digest: string
  /** The bytes of the body that are sent: from the first to before the last. */
  readonly from: number
  readonly to: number
  /** What its client is counted by: see Origin. */
  readonly source: string
  readonly kind: ConnectionKind
}

/** All transfers of a service. */
export class Transfers {
  readonly #clock: Clock
  readonly #turns: Turns<ConnectionKind>
  /** In the order in which they began. */
  readonly #all = new Set<Transfer>()
  #sent = 0
  #cancelLook: (() => void) | undefined

  constructor(clock: Clock, turns: Turns<ConnectionKind>) {
    this.#clock = clock
    this.#turns = turns
  }

  /** How many hold a place. */
  get size(): number {
    return this.#all.size
  }

  /** How many bytes of bodies were sent. */
  get sent(): number {
    return this.#sent
  }

  /** Sends a part of a body, once `begin` has written the head of the response; false where no place is left, and nothing is sent. */
  send(parts: TransferParts, begin: () => void): boolean {
    const { response, body, from, to } = parts
    // The body of a response to HEAD is not sent.
    const isSmall = to - from <= SMALL || response.req.method === 'HEAD'
    if (!isSmall && !this.#hasPlace(parts.source)) return false
    begin()
    if (isSmall) {
      if (response.req.method !== 'HEAD') this.#sent += to - from
      response.end(body.subarray(from, to))
      return true
    }
    this.#sent += to - from
    const transfer = new Transfer(parts, this.#clock.now(), () => this.#turns.ask(transfer))
    this.#all.add(transfer)
    const leave = (): void => this.#leave(transfer)
    response.on('close', handlers.guard('objects transfer end', leave, leave))
    this.#turns.ask(transfer)
    this.#lookLater()
    return true
  }

  /** Bodies of other contents than these are kept for those who read them, the newest as far as OLD_MAX lasts: other transfers are ended. */
  endOld(recent: ReadonlySet<string>): void {
    const kept = new Set<Uint8Array>()
    let bytes = 0
    for (const transfer of [...this.#all].reverse()) {
      const { body, digest } = transfer.parts
      if (recent.has(digest) || kept.has(body)) continue
      bytes += body.length
      if (bytes <= OLD_MAX) kept.add(body)
      else transfer.giveUp()
    }
  }

  /** Ends all. */
  close(): void {
    this.#cancelLook?.()
    for (const transfer of [...this.#all]) transfer.giveUp()
  }

  /** Whether there is a place for one more of this client; the slowest of all makes one, where it is slow. */
  #hasPlace(source: string): boolean {
    const own = [...this.#all].filter(({ parts }) => parts.source === source)
    if (own.length >= PLACES.each) return false
    if (this.#all.size < PLACES.all) return true
    const now = this.#clock.now()
    const slow = [...this.#all].filter((transfer) => transfer.isSlower(PACE.full, now))
    const slowest = slow.sort((a, b) => a.rate(now) - b.rate(now))[0]
    slowest?.giveUp()
    return slowest !== undefined
  }

  #leave(transfer: Transfer): void {
    this.#all.delete(transfer)
    this.#turns.forget(transfer)
  }

  #lookLater(): void {
    if (this.#cancelLook !== undefined) return
    const look = (): void => {
      this.#cancelLook = undefined
      const now = this.#clock.now()
      for (const transfer of [...this.#all]) {
        if (transfer.isSlower(PACE.least, now) || now - transfer.begun > PACE.longest) transfer.giveUp()
      }
      if (this.#all.size > 0) this.#lookLater()
    }
    this.#cancelLook = this.#clock.after(
      PACE.look,
      handlers.guard('objects pace', look, () => this.#lookLater()),
    )
  }
}

/** One body on its way to one client. */
class Transfer implements Worker<ConnectionKind> {
  readonly kind: ConnectionKind
  readonly parts: TransferParts
  readonly begun: number
  #at: number

  constructor(parts: TransferParts, begun: number, drained: () => void) {
    this.parts = parts
    this.kind = parts.kind
    this.begun = begun
    this.#at = parts.from
    parts.response.on(
      'drain',
      handlers.guard('objects drain', drained, () => this.giveUp()),
    )
  }

  /** Writes until the time is over, or the client has to read first. */
  work(): boolean {
    const { response, body, to } = this.parts
    if (response.destroyed) return false
    const piece = body.subarray(this.#at, Math.min(to, this.#at + PIECE))
    this.#at += piece.length
    const isTaken = response.write(piece)
    if (this.#at < to) return isTaken
    response.end()
    return false
  }

  waits(): void {}

  giveUp(): void {
    this.parts.response.destroy()
  }

  /** Bytes a second that the client took. */
  rate(now: number): number {
    const taken = this.#at - this.parts.from - (this.parts.response.socket?.writableLength ?? 0)
    return (taken * 1000) / Math.max(1, now - this.begun)
  }

  /** Whether it is slower than so many bytes a second, after its time to begin. */
  isSlower(least: number, now: number): boolean {
    return now - this.begun > PACE.begin && this.rate(now) < least
  }
}
