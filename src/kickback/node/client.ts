/** A client of the service: typed questions over one link, pipelined, each with its own monotonic deadline. */
import type { SecureContext } from 'node:tls'
import type { DatabaseName } from '../../resolver/index.ts'
import { type Clock, handlers, printable, sleep } from '../../values/index.ts'
import { dial } from '../transport/dialler.ts'
import type { Link, Place } from '../transport/link.ts'
import { TransportError } from '../transport/transport-error.ts'
import { FrameSplitter } from '../wire/frames.ts'
import {
  checkFields,
  decodeMessage,
  encodeFrame,
  type Fields,
  MessageError,
  REPLY_VALUES_MAX,
} from '../wire/message.ts'
import {
  type Cursor,
  MESSAGES,
  OPERATIONS,
  type OperationName,
  PROTOCOL_VERSION,
  REPLY_FIELDS,
  REPLY_MAX,
  type Reply,
  type Request,
  STATUSES,
} from '../wire/protocol.ts'
import type { GenerationReport, NodeReport, ReloadReport, StatusReport } from '../wire/report.ts'
import { databaseChanges, generationReports, nodeReports, reloadReport, statusReport } from '../wire/report-shape.ts'
import { MESSAGE_MAX, refusalOf, ServiceError } from './service-error.ts'

export { ServiceError } from './service-error.ts'

/** How a client behaves. */
export interface ClientOptions {
  readonly clock: Clock
  /** Name and version, sent by HELLO. */
  readonly software: string
  /** How long a question, and connecting, may take, in milliseconds. */
  readonly timeout: number
  /** When all must be over, on the clock; later questions fail. Without it only `timeout` counts. */
  readonly deadline?: number
  /** The longest reply that is taken, in bytes, where that is less than REPLY_MAX: who asks for little keeps little. */
  readonly replyMax?: number
  /** Once this aborts no connection is waited for any more. */
  readonly signal?: AbortSignal
  /** Speaks TLS, for a place of TCP; plain TCP unless set. */
  readonly tls?: ClientTls | undefined
}

/** How a client speaks TLS. */
export interface ClientTls {
  /** What this end shows. */
  readonly context: SecureContext
  /** Throws for a certificate of the service that is not believed, in DER; undefined if it shows none. Nothing is sent before. */
  readonly judge: (certificate: Uint8Array | undefined) => void
}

/** What a look-up asks by: a name, an id, or the bytes of an address or a MAC. */
export type LookupKey = string | number | Uint8Array

/** A question that waits for its reply. */
interface Waiting {
  readonly resolve: (fields: Fields) => void
  readonly reject: (error: ServiceError) => void
  readonly cancel: () => void
}

/** The id of a reply that speaks of the whole connection: no question has it. */
const CONNECTION_ID = 0
/** How long a full queue of connections is left alone before it is tried again, in milliseconds. */
const FULL_QUEUE_PAUSE = 20

/** A connection to a service. After an error of code `closed`, `timeout` or `protocol` it is of no use. */
export class KickbackClient {
  readonly #link: Link
  readonly #options: ClientOptions
  readonly #splitter: FrameSplitter
  readonly #waiting = new Map<number, Waiting>()
  readonly #following = new Map<number, (fields: Fields) => void>()
  #onClosed: (() => void) | undefined
  #onHeard: () => void = () => {}
  #end: ServiceError | undefined
  #id = 0
  #heard: number

  private constructor(link: Link, options: ClientOptions) {
    this.#link = link
    this.#options = options
    this.#heard = options.clock.now()
    this.#splitter = new FrameSplitter(options.replyMax ?? REPLY_MAX)
  }

  /** Connects to a service. Throws ServiceError `unreachable` or `timeout`, and what `tls.judge` throws. */
  static async connect(place: Place, options: ClientOptions): Promise<KickbackClient> {
    const link = await dialPatiently(place, options)
    if (options.tls !== undefined) judgePeer(link, options.tls)
    const client = new KickbackClient(link, options)
    client.#listen()
    return client
  }

  /** The address of this end, for TCP. */
  get localAddress(): Link['localAddress'] {
    return this.#link.localAddress
  }

  /** Who answers, from the transport. */
  get peer(): Link['peer'] {
    return this.#link.peer
  }

  /** Calls `then` once the connection has ended, for whatever reason. */
  onClosed(then: () => void): void {
    if (this.#end !== undefined) then()
    else this.#onClosed = then
  }

  /** When something came of the service last, on the clock; at first when it was connected to. */
  get heard(): number {
    return this.#heard
  }

  /** Calls `then` whenever something comes of the service. */
  onHeard(then: () => void): void {
    this.#onHeard = then
  }

  /** Ends the connection. Questions that still wait, and later ones, fail with this reason. */
  close(reason: ServiceError = new ServiceError('closed', 'the connection was closed')): void {
    this.#fail(reason)
  }

  /** Asks for an answer of any kind, which costs the service as little as may be. `timeout` is in milliseconds. */
  async sign(timeout: number): Promise<void> {
    await this.ask('HELLO', { versions: [PROTOCOL_VERSION], software: this.#options.software }, timeout)
  }

  /**
   * Tells who asks, and which generation it holds; who answers. Throws ServiceError `protocol` if the service answers in no version that
   * this program speaks: what it sends then means something else.
   */
  async hello(generation?: number): Promise<Reply<'HELLO'>> {
    const reply = await this.ask('HELLO', {
      versions: [PROTOCOL_VERSION],
      software: this.#options.software,
      ...(generation !== undefined && { generation }),
    })
    if (reply.version === PROTOCOL_VERSION) return reply
    const theirs = `${printable(reply.software, MESSAGE_MAX)} speaks version ${reply.version} of the kickback protocol`
    const error = new ServiceError('protocol', `${theirs}, this program ${PROTOCOL_VERSION}: upgrade the older one`)
    this.#fail(error)
    throw error
  }

  /** The record of a key (docs/snapshot.md), or undefined if there is none. */
  async lookup(db: DatabaseName, key: LookupKey): Promise<Uint8Array | undefined> {
    const { record, status } = await this.ask('LOOKUP', { db, key })
    return status === STATUSES.SUCCESS ? record : undefined
  }

  /**
   * The records of a database in order, a batch at a time. `isRestarted` says that the generation which was gone through is no
   * more, and that this batch is the first again: what came before is to be forgotten.
   */
  async *enumerate(
    db: DatabaseName,
    limit?: number,
  ): AsyncGenerator<{ readonly isRestarted: boolean; readonly records: readonly Uint8Array[] }, void, undefined> {
    let cursor: Cursor | undefined
    let isRestarted = false
    do {
      try {
        const reply = await this.ask('ENUMERATE', { db, ...(cursor && { cursor }), ...(limit && { limit }) })
        yield { isRestarted, records: reply.records ?? [] }
        cursor = reply.cursor
        isRestarted = false
      } catch (error) {
        if (cursor === undefined || !(error instanceof ServiceError) || error.code !== 'cursor') throw error
        cursor = undefined
        isRestarted = true
      }
    } while (cursor !== undefined || isRestarted)
  }

  /** All records of a database, of one generation, in order. */
  async list(db: DatabaseName): Promise<Uint8Array[]> {
    let all: Uint8Array[] = []
    for await (const { isRestarted, records } of this.enumerate(db)) {
      if (isRestarted) all = []
      for (const record of records) all.push(record)
    }
    return all
  }

  /** Whether a netgroup holds a triple; absent fields fit everything. */
  async innetgr(netgroup: string, triple: Omit<Request<'INNETGR'>, 'netgroup'> = {}): Promise<boolean> {
    return (await this.ask('INNETGR', { netgroup, ...triple })).status === STATUSES.SUCCESS
  }

  /**
   * Asks for announcements of generations, and for signs of life. `then` is called with the current one, and from then on with each new one,
   * and perhaps with one again as a sign of life; the promise resolves with the first. It gives after how many seconds of silence a sign
   * of life comes; undefined: the service sends none.
   */
  async subscribe(then: (generation: number, digest: Uint8Array) => void): Promise<number | undefined> {
    const announced = (fields: Fields): void => {
      const { generation, digest } = checkFields(fields, MESSAGES.SUBSCRIBE.reply)
      then(generation, digest)
    }
    const id = this.#nextId()
    this.#following.set(id, announced)
    try {
      const first = await this.#ask('SUBSCRIBE', id, { beat: true })
      announced(first)
      return checkFields(first, MESSAGES.SUBSCRIBE.reply).beat
    } catch (error) {
      this.#following.delete(id)
      throw error
    }
  }

  /** What the service is doing. */
  async status(): Promise<StatusReport> {
    const { report } = await this.ask('STATUS', {})
    return this.#arrived(() => shown(statusReport(report), MESSAGE_MAX) as StatusReport)
  }

  /** The nodes that follow the service, or that have `gone`, and what they hold, a page at a time. */
  async *nodes(gone = false): AsyncGenerator<readonly NodeReport[], void, undefined> {
    let cursor: number | undefined
    do {
      const page = await this.ask('NODES', { ...(gone && { gone }), ...(cursor !== undefined && { cursor }) })
      yield this.#arrived(() => shown(nodeReports(page.nodes), MESSAGE_MAX) as readonly NodeReport[])
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  /** The generations that a master keeps, the oldest first, and the number of the one that it serves. */
  async history(): Promise<{ readonly generation: number; readonly generations: readonly GenerationReport[] }> {
    const { generation, generations: all } = await this.ask('HISTORY', {})
    return {
      generation,
      generations: this.#arrived(() => shown(generationReports(all), MESSAGE_MAX) as GenerationReport[]),
    }
  }

  /** What is different in a generation that a master keeps from the one before it, by record. `timeout` is its own, in ms. */
  async difference(of: number, timeout: number): Promise<ReloadReport['databases']> {
    const { databases = {} } = await this.ask('HISTORY', { of }, timeout)
    return this.#arrived(() => shown(databaseChanges(databases), MESSAGE_MAX) as ReloadReport['databases'])
  }

  /** Has the configuration read again. A reload may take longer than other questions: `timeout` is its own, in ms. */
  async reload(request: Request<'RELOAD'>, timeout: number): Promise<ReloadReport> {
    const { report } = await this.ask('RELOAD', request, timeout)
    return this.#arrived(() => reloadReport(report))
  }

  /** Asks any operation; the reply's fields have been checked. Throws ServiceError if there is no answer. */
  async ask<O extends OperationName>(operation: O, request: Request<O>, timeout?: number): Promise<Reply<O>> {
    const fields = await this.#ask(operation, this.#nextId(), request, timeout)
    return this.#arrived(() => checkFields(fields, MESSAGES[operation].reply) as unknown as Reply<O>)
  }

  /** What `read` makes of a reply; where it throws, the reply makes no sense. */
  #arrived<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.#broken(error)
    }
  }

  #nextId(): number {
    do this.#id = (this.#id + 1) >>> 0
    while (this.#id === CONNECTION_ID || this.#waiting.has(this.#id) || this.#following.has(this.#id))
    return this.#id
  }

  #ask(operation: OperationName, id: number, request: object, timeout = this.#options.timeout): Promise<Fields> {
    const { clock, deadline = Number.POSITIVE_INFINITY } = this.#options
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#end)
        return
      }
      const left = Math.min(timeout, deadline - clock.now())
      const late = (): void => this.#fail(new ServiceError('timeout', 'no answer in time'))
      const cancel = clock.after(Math.max(0, left), handlers.guard('question timeout', late, late))
      this.#waiting.set(id, { resolve, reject, cancel })
      this.#link.send(encodeFrame({ id, op: OPERATIONS[operation], ...request }))
    })
  }

  #listen(): void {
    this.#link.listen({
      onData: (chunk) => this.#received(chunk),
      onDrained: () => {},
      onClosed: (error) =>
        this.#fail(new ServiceError('closed', error?.message ?? 'the service closed the connection')),
    })
  }

  #received(chunk: Buffer): void {
    this.#heard = this.#options.clock.now()
    this.#onHeard()
    try {
      this.#splitter.push(chunk)
      for (let body = this.#splitter.next(); body !== undefined; body = this.#splitter.next()) this.#reply(body)
    } catch (error) {
      this.#broken(error)
    }
  }

  #reply(body: Buffer): void {
    const fields = decodeMessage(body, REPLY_VALUES_MAX)
    const { id, status, error, message } = checkFields(fields, REPLY_FIELDS)
    const isAnswer = status === STATUSES.SUCCESS || status === STATUSES.NOTFOUND
    const refusal = isAnswer ? undefined : refusalOf(status, error, message)
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) {
      this.#unasked(id, fields, refusal)
      return
    }
    this.#waiting.delete(id)
    waiting.cancel()
    if (refusal === undefined) waiting.resolve(fields)
    else waiting.reject(refusal)
  }

  /**
   * A reply that no request waits for: a generation for a follower, or the refusal of the whole connection. Anything else
   * ends the connection.
   */
  #unasked(id: number, fields: Fields, refusal: ServiceError | undefined): void {
    const announced = this.#following.get(id)
    if (announced !== undefined && refusal === undefined) announced(fields)
    else if (id === CONNECTION_ID && refusal !== undefined) this.#fail(refusal)
    else throw new MessageError('a reply without a question')
  }

  /** What came makes no sense: the connection is of no use. */
  #broken(cause: unknown): ServiceError {
    const reason = printable(cause instanceof Error ? cause.message : String(cause), MESSAGE_MAX)
    const error = new ServiceError('protocol', `the service did not answer in the kickback protocol: ${reason}`, cause)
    this.#fail(error)
    return error
  }

  #fail(error: ServiceError): void {
    if (this.#end !== undefined) return
    this.#end = error
    this.#link.destroy()
    for (const { reject, cancel } of this.#waiting.values()) {
      cancel()
      reject(error)
    }
    this.#waiting.clear()
    this.#following.clear()
    this.#onClosed?.()
  }
}

/** The report of a service, with all text in it made printable. */
function shown(value: unknown, max: number): unknown {
  if (typeof value === 'string') return printable(value, max)
  if (Array.isArray(value)) return value.map((one) => shown(one, max))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [printable(name), shown(one, max)]))
}

/** Ends the connection and throws where the other end does not show who it is to be. */
function judgePeer(link: Link, { judge }: ClientTls): void {
  try {
    judge(link.peer.via === 'tcp' ? link.peer.tls?.certificate : undefined)
  } catch (error) {
    link.destroy()
    throw error
  }
}

/** Dials until the deadline while the service's queue of connections is full (EAGAIN), which only waiting helps. */
async function dialPatiently(place: Place, options: ClientOptions): Promise<Link> {
  const { clock, timeout, deadline = Number.POSITIVE_INFINITY, signal } = options
  const end = Math.min(clock.now() + timeout, deadline)
  for (;;) {
    try {
      return await dial(place, { clock, deadline: end, signal, tls: options.tls?.context })
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      const isOver = clock.now() + FULL_QUEUE_PAUSE >= end || signal?.aborted
      if (error.systemCode === 'EAGAIN' && !isOver) await sleep(clock, FULL_QUEUE_PAUSE, signal)
      else throw new ServiceError(isOver ? 'timeout' : 'unreachable', error.message, error)
    }
  }
}
