/** One client's connection: frames in, answers out, bounded in all that the client can make grow. */
import type { Asker } from '../../resolver/index.ts'
import { type ByteBudget, type Clock, handlers } from '../../values/index.ts'
import type { Link } from '../transport/link.ts'
import { FrameError, FrameSplitter } from '../wire/frames.ts'
import {
  checkFields,
  decodeMessage,
  encodeFrame,
  encodeFramePieces,
  type Fields,
  MessageError,
  REQUEST_VALUES_MAX,
} from '../wire/message.ts'
import { MESSAGES, OPERATIONS, type OperationName, REQUEST_FIELDS, REQUEST_MAX } from '../wire/protocol.ts'
import type { Held } from './holdings.ts'
import { ANSWERS, announcement } from './operations.ts'
import { type Client, type Question, refusal, type Service } from './question.ts'
import { type Limits, TURN_BYTES, TURN_QUESTIONS } from './shares/limits.ts'
import { Outbox } from './shares/outbox.ts'
import type { Turns, Worker, WorkerKind } from './shares/turns.ts'
import { kindOf } from './shares/visitor.ts'

/** What a session needs of its server. */
interface SessionOptions {
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
  readonly turns: Turns
  readonly kept: ByteBudget<Session>
  readonly unread: ByteBudget<Session>
  /** How many bytes of answers may wait for the client now. */
  readonly queueBound: () => number
  /** Counts one more subscriber; false if there are too many. */
  readonly mayFollow: () => boolean
  /** Counts it no longer. */
  readonly onUnfollowed: () => void
  /** Told of what it holds, once it follows: what it held before, and what it holds now. */
  readonly onHeld: (before: Held | undefined, after: Held | undefined) => void
  /** Called for each question. */
  readonly onQuestion: (operation: OperationName) => void
  /** Called at the end; `broken` is the rule that the client broke, if it did. */
  readonly onClosed: (broken: string | undefined) => void
  /** Called with unexpected errors. */
  readonly onFault: (error: unknown) => void
}

const NAMES: ReadonlyMap<number, OperationName> = new Map(
  Object.entries(OPERATIONS).map(([name, number]) => [number, name as OperationName]),
)

const HALF_SENT = 'left a frame half-sent'

/** Why a slice of work ends. */
type Stop = 'nothing there' | 'turn over' | 'unread' | 'slow answer'

/** A connection of the server. Answers to questions that take time come when they come; all others in order. */
export class Session implements Client, Worker {
  readonly asker: Asker
  readonly source: string
  readonly isRoot: boolean
  readonly kind: WorkerKind
  /** Its number in the order in which sessions came, over all doors. */
  readonly serial: number
  software = ''
  /** When it last sent something, on the clock. */
  active: number
  readonly #options: SessionOptions
  readonly #outbox: Outbox
  readonly #splitter = new FrameSplitter(REQUEST_MAX)
  #broken: string | undefined
  #isClosed = false
  /** Whether no more is read or answered until something has happened. */
  #isWaiting = false
  #hasEnded = false
  #followId: number | undefined
  /** How many generations had been published when the last one was announced. */
  #announced = 0
  #cancelHalfSent: (() => void) | undefined
  /** When the frame that has begun must have ended, on the clock. */
  #halfSentDue: number | undefined
  #cancelStalled: (() => void) | undefined
  #inWork = 0
  #held: Held | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#outbox = new Outbox(options.link)
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
    return this.#followId !== undefined
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
    return this.follows ? this.#held : undefined
  }

  holds(generation: number, digest?: Uint8Array): void {
    const before = this.held
    const known = this.#held?.generation === generation ? this.#held.digest : undefined
    this.#held = { generation, digest: digest === undefined ? known : Buffer.from(digest).toString('hex') }
    if (this.follows) this.#options.onHeld(before, this.#held)
  }

  subscribe(id: number): boolean {
    if (!this.follows) {
      if (!this.#options.mayFollow()) return false
      this.#options.onHeld(undefined, this.#held)
    }
    this.#followId = id
    this.#announced = this.#options.service.public.published
    return true
  }

  /** Tells a subscriber of the current generation, at once or when it has read what it was sent. */
  announce(): void {
    const { service, queueBound } = this.#options
    const { current, published } = service.public
    if (this.#followId === undefined || current === undefined || published === this.#announced) return
    if (this.#outbox.waiting >= queueBound()) return
    this.#announced = published
    this.#outbox.send(encodeFrame({ id: this.#followId, ...announcement(current) }))
    this.noteBytes()
  }

  /** Ends at once for having broken a rule. */
  destroy(broken: string): void {
    this.#broken ??= broken
    this.#options.link.destroy()
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
    this.destroy('an unexpected error')
  }

  /** Answers one question after the other; why it stops. */
  #slice(until: number): Stop {
    const { link, clock, queueBound } = this.#options
    const start = link.queuedBytes
    const bound = queueBound()
    for (let questions = 0; ; questions++) {
      if (this.#inWork > 0) return 'slow answer'
      if (link.queuedBytes >= bound) return 'unread'
      if (questions >= TURN_QUESTIONS || link.queuedBytes - start >= TURN_BYTES) return 'turn over'
      if (questions > 0 && clock.now() >= until) return 'turn over'
      const body = this.#isClosed ? undefined : this.#splitter.next()
      if (body === undefined) return 'nothing there'
      this.#question(body)
    }
  }

  /** What follows from the end of a slice; whether another one is wanted. */
  #stopped(stop: Stop): boolean {
    if (stop === 'nothing there') {
      this.#watchHalfSent()
      this.#goOnReading()
      if (this.#hasEnded) this.end()
      return false
    }
    const { link, limits, clock, queueBound } = this.#options
    // The kernel may have taken all at once: then the client is not a slow reader, and no event will say that it has read.
    if (stop === 'turn over' || (stop === 'unread' && link.queuedBytes < queueBound())) return true
    this.#holdBack()
    if (stop === 'unread') {
      const stalled = handlers.guard(
        'session stalled',
        () => this.destroy('reads too slowly'),
        () => link.destroy(),
      )
      this.#cancelStalled ??= clock.after(limits.stalled, stalled)
    }
    return false
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

  /** A frame that has begun must end in time, however slowly its bytes drip, and however long we make it wait for its turn. */
  #watchHalfSent(): void {
    const { link, limits, clock } = this.#options
    this.#cancelHalfSent?.()
    this.#cancelHalfSent = undefined
    if (!this.#splitter.isHalfSent || this.#isClosed || this.#hasEnded) {
      this.#halfSentDue = undefined
      return
    }
    this.#halfSentDue ??= clock.now() + limits.halfSent
    const expired = (): void => {
      // The rest may be here, and wait for our turn: then it is looked at before this is decided.
      if (!this.#isWaiting) this.destroy(HALF_SENT)
    }
    const left = this.#halfSentDue - clock.now()
    if (left <= 0) this.destroy(HALF_SENT)
    else
      this.#cancelHalfSent = clock.after(
        left,
        handlers.guard('session half-sent', expired, () => link.destroy()),
      )
  }

  /** Answers one frame. Throws MessageError if it has no id to answer to: then the connection is of no use. */
  #question(body: Buffer): void {
    this.#halfSentDue = undefined
    const fields = decodeMessage(body, REQUEST_VALUES_MAX)
    const { id, op } = checkFields(fields, REQUEST_FIELDS)
    const operation = NAMES.get(op)
    if (operation === undefined) {
      this.#reply(id, refusal('operation'))
      return
    }
    this.#options.onQuestion(operation)
    this.#answer(operation, id, fields)
  }

  #answer<O extends OperationName>(operation: O, id: number, fields: Fields): void {
    const { service } = this.#options
    try {
      const request = checkFields(fields, MESSAGES[operation].request) as unknown as Question<O>['request']
      const answer = ANSWERS[operation]({ id, request, client: this, service })
      if (answer instanceof Promise) this.#answerLater(id, answer)
      else this.#reply(id, answer, operation === 'SNAPSHOT' && this.#isPart(answer))
    } catch (error) {
      this.#fail(id, error)
    }
  }

  /** A slow answer: the client's next questions wait for it, so that one client starts no more than one slow thing. */
  #answerLater(id: number, answer: Promise<object>): void {
    this.#inWork++
    const settle = async (): Promise<void> => {
      try {
        this.#reply(id, await answer)
      } catch (error) {
        this.#fail(id, error)
      }
      this.#inWork--
      this.noteBytes()
      this.#goOn()
    }
    handlers.float('session answer', settle, () => this.#options.link.destroy())
  }

  #fail(id: number, error: unknown): void {
    if (error instanceof MessageError) {
      this.#reply(id, refusal('request', error.message))
      return
    }
    this.#options.onFault(error)
    this.#reply(id, refusal('internal'))
  }

  #isPart(answer: object): boolean {
    const { data } = answer as { readonly data?: Uint8Array }
    const { public: open, shadow } = this.#options.service
    return data !== undefined && (open.isPart(data) || shadow.isPart(data))
  }

  /** `isRead`: it is a part of a generation that this client reads, which need not be copied. */
  #reply(id: number, fields: object, isRead = false): void {
    if (this.#isClosed) return
    if (!isRead) {
      this.#outbox.send(encodeFrame({ id, ...fields }))
      return
    }
    const [start, part] = encodeFramePieces({ id, ...fields })
    this.#outbox.send(start)
    if (part !== undefined) this.#outbox.sendShared(part)
  }

  #closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const { turns, service } = this.#options
    turns.forget(this)
    service.public.forget(this)
    service.shadow.forget(this)
    this.noteBytes()
    if (this.follows) {
      this.#options.onHeld(this.held, undefined)
      this.#options.onUnfollowed()
    }
    this.#followId = undefined
    this.#cancelHalfSent?.()
    this.#cancelStalled?.()
    this.#options.onClosed(this.#broken)
  }
}
