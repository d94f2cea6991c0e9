/** The answers that are on their way to clients: how many large bodies at once, at which pace, and each in turns with other work. */
import type { ServerResponse } from 'node:http'
import { type Clock, handlers, type Turns, type Worker } from '../../values/index.ts'
import type { ConnectionKind } from '../service/shares/visitor.ts'

/** Places for bodies on their way: of all clients, and of one. A cache has few for each object. */
const PLACES = { all: 256, each: 8 } as const
/** A part of so many bytes needs no place: it is handed over at once, and the kernel has it soon unless its client does not read. */
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

/** What is sent. */
interface SentParts {
  readonly response: ServerResponse
  readonly body: Uint8Array
  /** Of the content that it is of, in hex; undefined where it is of none. */
  readonly digest?: string
  /** The bytes of the body that are sent: from the first to before the last. */
  readonly from: number
  readonly to: number
}

/** What a transfer is made of. */
interface TransferParts extends SentParts {
  /** What its client is counted by: see Origin. */
  readonly source: string
  readonly kind: ConnectionKind
}

/** All that is on its way from a service. */
export class Transfers {
  readonly #clock: Clock
  readonly #turns: Turns<ConnectionKind>
  /** In the order in which they began. */
  readonly #all = new Set<Sending>()
  /** Those that hold a place. */
  readonly #large = new Set<Transfer>()
  #sent = 0
  #cancelLook: (() => void) | undefined

  constructor(clock: Clock, turns: Turns<ConnectionKind>) {
    this.#clock = clock
    this.#turns = turns
  }

  /** How many hold a place. */
  get size(): number {
    return this.#large.size
  }

  /** How many are on their way, small ones as well. */
  get unread(): number {
    return this.#all.size
  }

  /** How many bytes of bodies were sent. */
  get sent(): number {
    return this.#sent
  }

  /** Sends a part of a body, once `begin` has written the head of the response; false where no place is left, and nothing is sent. */
  send(parts: TransferParts, begin: () => void): boolean {
    const { response, from, to } = parts
    // The body of a response to HEAD is not sent.
    const isHead = response.req.method === 'HEAD'
    const isSmall = to - from <= SMALL || isHead
    if (!isSmall && !this.#hasPlace(parts.source)) return false
    begin()
    if (!isHead) this.#sent += to - from
    if (isSmall) this.#answer(parts)
    else this.#transfer(parts)
    return true
  }

  /** Ends a response whose head is written with these bytes, which are of no body. */
  answer(response: ServerResponse, bytes: Uint8Array = NOTHING): void {
    this.#answer({ response, body: bytes, from: 0, to: bytes.length })
  }

  /** Bodies of other contents than these are kept for those who read them, the newest as far as OLD_MAX lasts: other transfers are ended. */
  endOld(recent: ReadonlySet<string>): void {
    const kept = new Set<ArrayBufferLike>()
    let bytes = 0
    for (const sending of [...this.#all].reverse()) {
      const { digest, body } = sending.parts
      // The smallest part keeps the memory of the whole.
      if (digest === undefined || recent.has(digest) || kept.has(body.buffer)) continue
      bytes += body.length
      if (bytes <= OLD_MAX) kept.add(body.buffer)
      else sending.giveUp()
    }
  }

  /** Ends all. */
  close(): void {
    for (const sending of [...this.#all]) sending.giveUp()
    this.#lookNoMore()
  }

  #answer(parts: SentParts): void {
    const { response, body, from, to } = parts
    const sending = new Sending(parts, this.#clock.now(), to)
    this.#watch(sending, () => {})
    response.end(body.subarray(from, to))
  }

  #transfer(parts: TransferParts): void {
    const transfer = new Transfer(parts, this.#clock.now(), () => this.#turns.ask(transfer))
    this.#large.add(transfer)
    this.#watch(transfer, () => {
      this.#large.delete(transfer)
      this.#turns.forget(transfer)
    })
    this.#turns.ask(transfer)
  }

  /** Whether there is a place for one more of this client; the slowest of all makes one, where it is slow. */
  #hasPlace(source: string): boolean {
    const own = [...this.#large].filter(({ source: other }) => other === source)
    if (own.length >= PLACES.each) return false
    if (this.#large.size < PLACES.all) return true
    const now = this.#clock.now()
    const slow = [...this.#large].filter((transfer) => transfer.isSlower(PACE.full, now))
    const slowest = slow.sort((a, b) => a.rate(now) - b.rate(now))[0]
    slowest?.giveUp()
    return slowest !== undefined
  }

  /** Looks at its pace until it has gone, or its client has. */
  #watch(sending: Sending, gone: () => void): void {
    this.#all.add(sending)
    const leave = (): void => {
      this.#all.delete(sending)
      gone()
      // An idle machine is not woken.
      if (this.#all.size === 0) this.#lookNoMore()
    }
    sending.parts.response.on('close', handlers.guard('objects transfer end', leave, leave))
    this.#lookLater()
  }

  #lookNoMore(): void {
    this.#cancelLook?.()
    this.#cancelLook = undefined
  }

  #lookLater(): void {
    if (this.#cancelLook !== undefined) return
    const look = (): void => {
      this.#cancelLook = undefined
      const now = this.#clock.now()
      for (const sending of [...this.#all]) {
        sending.look(now)
        if (sending.isSlower(PACE.least, now) || now - sending.begun > PACE.longest) sending.giveUp()
      }
      if (this.#all.size > 0) this.#lookLater()
    }
    this.#cancelLook = this.#clock.after(
      PACE.look,
      handlers.guard('objects pace', look, () => this.#lookLater()),
    )
  }
}

/** Bytes on their way to one client. */
class Sending {
  readonly parts: SentParts
  begun: number
  /** Up to where they were handed over. */
  protected at: number

  constructor(parts: SentParts, begun: number, at: number) {
    this.parts = parts
    this.begun = begun
    this.at = at
  }

  /** Its time begins when it is its turn: answers to requests that were sent together go out one after the other. */
  look(now: number): void {
    if (this.parts.response.socket === null) this.begun = now
  }

  giveUp(): void {
    this.parts.response.destroy()
  }

  /** Bytes a second that the client took. */
  rate(now: number): number {
    const taken = this.at - this.parts.from - this.parts.response.writableLength
    return (taken * 1000) / Math.max(1, now - this.begun)
  }

  /** Whether it is slower than so many bytes a second, after its time to begin. */
  isSlower(least: number, now: number): boolean {
    return now - this.begun > PACE.begin && this.rate(now) < least
  }
}

/** One large body on its way to one client. */
class Transfer extends Sending implements Worker<ConnectionKind> {
  readonly kind: ConnectionKind
  readonly source: string

  constructor(parts: TransferParts, begun: number, drained: () => void) {
    super(parts, begun, parts.from)
    this.kind = parts.kind
    this.source = parts.source
    parts.response.on(
      'drain',
      handlers.guard('objects drain', drained, () => this.giveUp()),
    )
  }

  /** Writes until the time is over, or the client has to read first. */
  work(): boolean {
    const { response, body, to } = this.parts
    if (response.destroyed) return false
    const piece = body.subarray(this.at, Math.min(to, this.at + PIECE))
    this.at += piece.length
    const isTaken = response.write(piece)
    if (this.at < to) return isTaken
    response.end()
    return false
  }

  waits(): void {}
}

const NOTHING = new Uint8Array()
