/** The dispatcher of one client's requests: each frame becomes a question, and its answer a reply. */
import { type Clock, handlers } from '../../../values/index.ts'
import { decodePlainLookup, type PlainLookup } from '../../wire/lookups/plain-lookup.ts'
import { encodePlainReply } from '../../wire/lookups/plain-reply.ts'
import {
  checkFields,
  decodeMessage,
  encodeFrame,
  encodeFramePieces,
  type Fields,
  MessageError,
  REQUEST_VALUES_MAX,
} from '../../wire/message.ts'
import { MESSAGES, OPERATIONS, type OperationName, REQUEST_FIELDS } from '../../wire/protocol.ts'
import { queryFields } from '../counts/query-fields.ts'
import { askedDatabase, type Tally } from '../counts/tally.ts'
import { ANSWERS } from '../operations.ts'
import { patientAlive } from '../proofs.ts'
import { type Client, type Question, refusal, type Service } from '../question.ts'
import type { Outbox } from '../shares/outbox.ts'

/** What a dispatcher works with. */
interface DispatcherOptions {
  readonly client: Client
  readonly service: Service
  /** Where replies go. */
  readonly outbox: Pick<Outbox, 'send' | 'sendShared'>
  /** Whether the client has ended: nobody reads a reply. */
  readonly isClosed: () => boolean
  /** Called for each question. */
  readonly onQuestion: (operation: OperationName) => void
  /** Counts the answers. */
  readonly tally: Tally
  readonly clock: Pick<Clock, 'now'>
  /** Called with unexpected errors. */
  readonly onFault: (error: unknown) => void
  /** Called when a slow answer has come. */
  readonly settled: () => void
  /** Called where that throws: the connection is given up. */
  readonly failed: () => void
}

/** Operations that may be answered later: the question as it can be kept until then; undefined if it is to be answered now. */
const PATIENT: { readonly [O in OperationName]?: (question: Question<O>) => Question<O> | undefined } = {
  ALIVE: patientAlive,
}

/** How much slow work of one client may be begun: then its next questions wait. */
const WORK_MAX = 64
/**
 * How much of it an operation is that answers later: all, unless it is here. WAIT is answered when something happens elsewhere. A look-up that
 * somebody else is asked for takes as long as that one is silent, and a node has all its users, and its proofs of life, on one connection.
 */
const WORK: { readonly [O in OperationName]?: number } = { WAIT: 0, SHADOW: 0, LOOKUP: 1 }

const NAMES: ReadonlyMap<number, OperationName> = new Map(
  Object.entries(OPERATIONS).map(([name, number]) => [number, name as OperationName]),
)

/** Answers one request after the other. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  #inWork = 0
  #plainLookups = 0

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** Whether its slow answers that are on their way are as much work as it may have: the client's next questions wait for them. */
  get isBusy(): boolean {
    return this.#inWork >= WORK_MAX
  }

  /** How many look-ups were read straight from their bytes. */
  get plainLookups(): number {
    return this.#plainLookups
  }

  /**
   * Answers one frame; whether it was a look-up that is answered now, whose time the caller counts. Throws MessageError if the frame has no id
   * to answer to: then the connection is of no use.
   */
  dispatch(body: Buffer): boolean {
    const lookup = decodePlainLookup(body)
    if (lookup !== undefined) return this.#lookUp(lookup)
    const fields = decodeMessage(body, REQUEST_VALUES_MAX)
    const { id, op } = checkFields(fields, REQUEST_FIELDS)
    const operation = NAMES.get(op)
    if (operation === undefined) {
      this.#options.tally.refused('operation')
      this.#reply(id, refusal('operation'))
      return false
    }
    this.#options.onQuestion(operation)
    const isNow = this.#answer(operation, id, fields)
    return isNow && operation === 'LOOKUP'
  }

  /** Answers a look-up of the usual form, whose fields are of their types. */
  #lookUp(request: PlainLookup): boolean {
    const { onQuestion, service, client } = this.#options
    this.#plainLookups++
    onQuestion('LOOKUP')
    return this.#respond('LOOKUP', { id: request.id, request, client, service })
  }

  /** Answers a question; whether it did at once. */
  #answer<O extends OperationName>(operation: O, id: number, fields: Fields): boolean {
    const { service, client } = this.#options
    try {
      const request = checkFields(fields, MESSAGES[operation].request) as unknown as Question<O>['request']
      const question: Question<O> = { id, request, client, service }
      const patient = PATIENT[operation]?.(question)
      const isPutOff = patient !== undefined && client.wait(() => this.#respond(operation, patient))
      return !isPutOff && this.#respond(operation, question)
    } catch (error) {
      this.#fail(id, error)
      return true
    }
  }

  #respond<O extends OperationName>(operation: O, question: Question<O>): boolean {
    const { id, request } = question
    const { tally } = this.#options
    const begun = tally.queries?.now()
    try {
      const answer = ANSWERS[operation](question)
      if (answer instanceof Promise) {
        this.#answerLater(operation, question, answer)
        return false
      }
      tally.answered(askedDatabase(operation, request), answer)
      if (begun !== undefined) this.#tell(operation, question, answer, begun)
      const frame = operation === 'LOOKUP' ? encodePlainReply(id, answer) : undefined
      if (frame === undefined) this.#reply(id, answer, operation === 'SNAPSHOT' && this.#isPart(answer))
      else if (!this.#options.isClosed()) this.#options.outbox.send(frame)
    } catch (error) {
      this.#fail(id, error)
    }
    return true
  }

  #answerLater<O extends OperationName>(operation: O, question: Question<O>, coming: Promise<object>): void {
    const { id, request } = question
    const { tally, clock } = this.#options
    const work = WORK[operation] ?? WORK_MAX
    const database = askedDatabase(operation, request)
    const begun = clock.now()
    this.#inWork += work
    const settle = async (): Promise<void> => {
      try {
        const answer = await coming
        tally.answered(database, answer)
        this.#tell(operation, question, answer, begun)
        this.#reply(id, answer)
      } catch (error) {
        this.#fail(id, error)
      }
      if (operation === 'LOOKUP') tally.took(clock.now() - begun)
      this.#inWork -= work
      this.#options.settled()
    }
    handlers.float('session answer', settle, this.#options.failed)
  }

  /** Tells the log of queries, where there is one. */
  #tell<O extends OperationName>(operation: O, question: Question<O>, answer: object, begun: number): void {
    const { queries } = this.#options.tally
    queries?.tell(() => queryFields(operation, question, answer, queries.now() - begun))
  }

  #fail(id: number, error: unknown): void {
    const { tally, onFault } = this.#options
    if (error instanceof MessageError) {
      tally.refused('request')
      this.#reply(id, refusal('request', error.message))
      return
    }
    onFault(error)
    tally.refused('internal')
    this.#reply(id, refusal('internal'))
  }

  #isPart(answer: object): boolean {
    const { data } = answer as { readonly data?: Uint8Array }
    const { public: open, shadow } = this.#options.service
    return data !== undefined && (open.isPart(data) || shadow.isPart(data))
  }

  /** `isRead`: it is a part of a generation that this client reads, which need not be copied. */
  #reply(id: number, fields: object, isRead = false): void {
    const { outbox, isClosed } = this.#options
    if (isClosed()) return
    if (!isRead) {
      outbox.send(encodeFrame({ id, ...fields }))
      return
    }
    const [start, part] = encodeFramePieces({ id, ...fields })
    outbox.send(start)
    if (part !== undefined) outbox.sendShared(part)
  }
}
