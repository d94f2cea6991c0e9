/** One client's connection: frames in, answers out, bounded in all that the client can make grow. */
import type { Asker } from '../../../resolver/index.ts'
import { type ByteBudget, type Clock, handlers, type Turns, type Worker } from '../../../values/index.ts'
import type { Link } from '../../transport/link.ts'
import { FrameError, FrameSplitter } from '../../wire/frames.ts'
import { encodeFrame, MessageError } from '../../wire/message.ts'
import { type OperationName, PROOF_BEATS, REQUEST_MAX } from '../../wire/protocol.ts'
import { ENDINGS } from '../counts/endings.ts'
import type { Tally } from '../counts/tally.ts'
import type { Held } from '../holdings.ts'
import type { Client, Service } from '../question.ts'
import { type Limits, TURN_BYTES, TURN_QUESTIONS } from '../shares/limits.ts'
import { Outbox } from '../shares/outbox.ts'
import { type ConnectionKind, kindOf } from '../shares/visitor.ts'
import type { Beats } from './beats.ts'
import { Dispatcher } from './dispatcher.ts'
import { FrameDeadline } from './frame-deadline.ts'
import { Subscription, type SubscriptionOptions } from './subscription.ts'

/** What a session needs of its server. */
export interface SessionOptions extends Omit<SubscriptionOptions, 'generations' | 'onHeld'> {
  readonly link: Link
  readonly asker: Asker
  /** What it is counted by: see Origin. */
  readonly source: string
  /** See Client. */
  readonly isRoot: boolean
  /** Its number in the order in which sessions came: no other one of the service has it. */
  readonly serial: number
  readonly service: Service
  readonly limits: Limits
  readonly clock: Clock
  /** Shared with all other sessions: turns of the event loop, bytes of requests in wait, and bytes of answers in wait. */
  readonly turns: Turns<ConnectionKind>
  readonly kept: ByteBudget<Session>
  readonly unread: ByteBudget<Session>
  /** Those that get signs of life. */
  readonly beats: Beats
  /** How many bytes of answers may wait for the client now. */
  readonly queueBound: () => number
  /** Called when it reports another generation, and at its end, once it follows: what it held before, and what it holds now. */
  readonly onHeld: (before: Held | undefined, after: Held | undefined, session: Session) => void
  /** Called for each question. */
  readonly onQuestion: (operation: OperationName) => void
  /** Counts the answers of its door. */
  readonly tally: Tally
  /** Called at the end; `broken` is the rule that the client broke, if it did. */
  readonly onClosed: (broken: string | undefined) => void
  /** Called with unexpected errors. */
  readonly onFault: (error: unknown) => void
}

/** An answer that is put off until there are news. */
interface WaitingAnswer {
  readonly answer: () => void
  /** How many signs of life were due since. */
  beats: number
}

/** Why a slice of work ends. */
type Stop = 'nothing there' | 'turn over' | 'unread' | 'slow answer'

/** A connection of the server. Answers to questions that take time come when they come; all others in order. */
export class Session implements Client, Worker<ConnectionKind> {
  readonly asker: Asker
  readonly source: string
  readonly isRoot: boolean
  readonly kind: ConnectionKind
  /** Its number in the order in which sessions came, over all doors. */
  readonly serial: number
  software = ''
  /** When it last sent something, on the clock. */
  active: number
  readonly #options: SessionOptions
  readonly #outbox: Outbox
  readonly #splitter = new FrameSplitter(REQUEST_MAX)
  readonly #subscription: Subscription
  readonly #deadline: FrameDeadline
  readonly #dispatcher: Dispatcher
  #broken: string | undefined
  #isClosed = false
  /** Whether no more is read or answered until something has happened. */
  #isWaiting = false
  #hasEnded = false
  #cancelStalled: (() => void) | undefined
  #waiting: WaitingAnswer | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#outbox = new Outbox(options.link, () => {
      // A proof that waits comes by the next signs of life, however much else is sent: what else comes is no proof.
      if (this.#subscription.beats && this.#waiting === undefined) options.beats.sent(this)
    })
    this.#subscription = new Subscription({
      ...options,
      generations: options.service.public,
      onHeld: (before, after) => options.onHeld(before, after, this),
    })
    this.#deadline = new FrameDeadline({
      clock: options.clock,
      limit: options.limits.halfSent,
      expired: () => {
        // The rest may be here, and wait for our turn: then it is looked at before this is decided.
        if (!this.#isWaiting) this.destroy(ENDINGS['half-sent'])
      },
      failed: () => options.link.destroy(),
    })
    this.#dispatcher = new Dispatcher({
      ...{ client: this, service: options.service, outbox: this.#outbox },
      ...{ onQuestion: options.onQuestion, onFault: options.onFault, tally: options.tally, clock: options.clock },
      isClosed: () => this.#isClosed,
      settled: () => {
        this.noteBytes()
        this.#goOn()
      },
      failed: () => options.link.destroy(),
    })
    this.asker = options.asker
    this.source = options.source
    this.isRoot = options.isRoot
    this.kind = kindOf(options.asker, options.isRoot)
    this.serial = options.serial
    this.active = options.clock.now()
  }

  /** Begins to listen. */
  start(): void {
    this.#options.link.listen({
      onData: (chunk) => this.#received(chunk),
      onEnded: () => this.#ended(),
      onDrained: () => this.#drained(),
      onClosed: () => this.#closed(),
    })
  }

  /** Whether it gets announcements of new generations. */
  get follows(): boolean {
    return this.#subscription.follows
  }

  /** Who asks, in words. */
  get peer(): Link['peer'] {
    return this.#options.link.peer
  }

  get waitingShared(): number {
    return this.#outbox.waitingShared
  }

  /** The generation that it reported; undefined if it has not reported, or does not follow. */
  get held(): Held | undefined {
    return this.#subscription.held
  }

  holds(generation: number, digest?: Uint8Array): void {
    this.#subscription.holds(generation, digest)
  }

  subscribe(id: number, beat = false): boolean {
    const isBegun = this.#subscription.begin(id, beat)
    if (this.#subscription.beats) this.#options.beats.sent(this)
    else this.#options.beats.forget(this)
    return isBegun
  }

  wait(answer: () => void): boolean {
    if (!this.#subscription.beats || this.#waiting !== undefined) return false
    this.#waiting = { answer, beats: 0 }
    return true
  }

  /** A sign of life is due: what is put off comes in its place now and then. */
  beat(): void {
    if (this.#isClosed || this.#outbox.waiting >= this.#options.queueBound()) return
    const isDue = this.#waiting !== undefined && ++this.#waiting.beats >= PROOF_BEATS
    // It may not have been told of the current generation yet: not all are at once.
    const news = this.#subscription.news()
    const again = news ?? (isDue ? undefined : this.#subscription.again())
    this.#sendWaiting(again, news !== undefined || again === undefined)
  }

  /** Tells a subscriber of the current generation, at once or when it has read what it was sent. */
  announce(): void {
    if (this.#outbox.waiting >= this.#options.queueBound()) return
    const news = this.#subscription.news()
    if (news !== undefined) this.#sendWaiting(news, true)
  }

  /** Sends an announcement, if there is one, and what was put off, if it is its time: in one piece, since to hand it over is half of the work. */
  #sendWaiting(announcement: object | undefined, isTime: boolean): void {
    this.#options.link.together(() => {
      if (announcement !== undefined) this.#outbox.send(encodeFrame(announcement))
      if (isTime) this.#answerWaiting()
    })
    this.noteBytes()
  }

  /** Answers what was put off. */
  #answerWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.answer()
  }

  /** Ends at once for having broken a rule. */
  destroy(broken: string): void {
    this.#broken ??= broken
    this.#options.link.destroy()
    this.#closed()
  }

  /** Sends this and ends: nothing more is read or answered. */
  expel(frame: Buffer): void {
    const { link } = this.#options
    if (this.#isClosed) return
    link.turnAway(frame)
    this.#closed()
  }

  /** Sends what is queued, and ends. */
  end(): void {
    this.#options.link.end()
  }

  /** Bytes that it sent and that wait. */
  get keptBytes(): number {
    return this.#isClosed ? 0 : this.#splitter.keptBytes + this.#options.link.unreadBytes
  }

  /** Bytes of answers that wait for it, without parts of snapshots. */
  get unreadBytes(): number {
    return this.#isClosed ? 0 : this.#outbox.waitingOwn
  }

  /** Counts the bytes that are kept for it now. May end it. */
  noteBytes(): void {
    this.#options.kept.note(this)
    this.#options.unread.note(this)
  }

  #received(chunk: Buffer): void {
    if (this.#isClosed) return
    this.active = this.#options.clock.now()
    this.#splitter.push(chunk)
    if (this.#isWaiting) this.noteBytes()
    else this.#options.turns.ask(this)
  }

  /** The client sends nothing more: what it asked is answered, and then this end ends too. */
  #ended(): void {
    this.#hasEnded = true
    if (!this.#isWaiting) this.#options.turns.ask(this)
  }

  work(until: number): boolean {
    if (this.#isClosed) return false
    try {
      const stop = this.#options.link.together(() => this.#slice(until))
      this.noteBytes()
      return this.#stopped(stop)
    } catch (error) {
      if (!(error instanceof MessageError || error instanceof FrameError)) throw error
      this.destroy(error.message)
      return false
    }
  }

  waits(): void {
    this.#holdBack()
    this.noteBytes()
  }

  giveUp(): void {
    this.destroy(ENDINGS.fault)
  }

  /** Answers one question after the other; why it stops. */
  #slice(until: number): Stop {
    const { link, clock, queueBound, tally } = this.#options
    const start = link.queuedBytes
    const bound = queueBound()
    let now = clock.now()
    for (let questions = 0; ; questions++) {
      if (this.#dispatcher.isBusy) return 'slow answer'
      if (link.queuedBytes >= bound) return 'unread'
      if (questions >= TURN_QUESTIONS || link.queuedBytes - start >= TURN_BYTES) return 'turn over'
      if (questions > 0 && now >= until) return 'turn over'
      const body = this.#isClosed ? undefined : this.#splitter.next()
      if (body === undefined) return 'nothing there'
      // Its frame is whole: the next one has all of its time.
      this.#deadline.end()
      const isLookup = this.#dispatcher.dispatch(body)
      const begun = now
      now = clock.now()
      if (isLookup) tally.took(now - begun)
    }
  }

  /** What follows from the end of a slice; whether another one is wanted. */
  #stopped(stop: Stop): boolean {
    if (stop === 'nothing there') {
      this.#watchHalfSent()
      this.#goOnReading()
      if (this.#hasEnded) this.#endAnswered()
      return false
    }
    const { link, limits, clock, queueBound } = this.#options
    // The kernel may have taken all at once: then the client is not a slow reader, and no event will say that it has read.
    if (stop === 'turn over' || (stop === 'unread' && link.queuedBytes < queueBound())) return true
    this.#holdBack()
    if (stop === 'unread') {
      const stalled = handlers.guard(
        'session stalled',
        () => this.destroy(ENDINGS.slow),
        () => link.destroy(),
      )
      this.#cancelStalled ??= clock.after(limits.stalled, stalled)
    }
    return false
  }

  /** Ends, once what it waits for is answered as it stands. */
  #endAnswered(): void {
    if (this.#options.service.waits.finish(this)) this.#holdBack()
    else this.end()
  }

  /** Reads no more until there is time, or until the client has read. */
  #holdBack(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#options.link.pause()
  }

  #goOnReading(): void {
    if (!this.#isWaiting) return
    this.#isWaiting = false
    this.#options.link.resume()
  }

  #drained(): void {
    this.#cancelStalled?.()
    this.#cancelStalled = undefined
    this.announce()
    this.#goOn()
  }

  /** What was waited for has happened. */
  #goOn(): void {
    if (!this.#isClosed && this.#isWaiting) this.#options.turns.ask(this)
  }

  /** What is left of what came is the begin of a frame, or nothing. */
  #watchHalfSent(): void {
    const isHalfSent = this.#splitter.isHalfSent && !this.#isClosed && !this.#hasEnded
    if (!isHalfSent) this.#deadline.end()
    else if (!this.#deadline.wait()) this.destroy(ENDINGS['half-sent'])
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const { turns, service } = this.#options
    turns.forget(this)
    service.public.forget(this)
    service.shadow.forget(this)
    service.waits.finish(this)
    service.shadowWaits.finish(this)
    service.otherIds?.forget(this)
    service.nodeFacts?.machines.forget(this)
    this.noteBytes()
    this.#subscription.end()
    this.#options.beats.forget(this)
    this.#waiting = undefined
    this.#deadline.end()
    this.#cancelStalled?.()
    this.#options.onClosed(this.#broken)
  }
}
