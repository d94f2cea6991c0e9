/** The answers of the boot endpoint: what is asked is put to the daemon, with the address of who asks; files are sent from here. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type BootRequest, parseBootRequest } from '../../boot/index.ts'
import { type Clock, formatAddress, formatEndpoint, type Log, parseSocketAddress } from '../../values/index.ts'
import { AskRates } from './ask-rates.ts'
import { UntoldError } from './http-server.ts'
import { ImageError, imageHead, openImage } from './image-file.ts'
import type { AskDaemon } from './pages.ts'
import { Transfers } from './transfers.ts'

/** What the daemon says to a request. */
export type BootReply =
  /** A text. `isStranger`: the configuration has no node at the address that asks. */
  | { readonly status: number; readonly text: string; readonly retryAfter?: number; readonly isStranger?: true }
  /** A file: the first of these that there is. */
  | { readonly paths: readonly string[] }

/** What the endpoint has done since the start. */
export interface BootCounters {
  /** Transfers that go on now. */
  readonly transfers: number
  /** Bytes of files that were sent. */
  readonly bytes: number
  /** Requests that were told to come back later. */
  readonly delayed: number
  /** Requests that were refused. */
  readonly refused: number
}

/** What answers are made of. */
interface BootAnswersParts {
  readonly ask: AskDaemon
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
}

/** How long who has no place in a queue is told to wait at least, in seconds, and how many seconds it may be more: not all of them come at once. */
const LATER = { least: 5, spread: 10 }
const [OK, NOT_FOUND, NO_METHOD, FAILED, BUSY] = [200, 404, 405, 500, 503]
/** How many files are remembered that could not be sent: each is logged once. */
const TOLD_MAX = 256

/** Who asks, and where. */
interface Caller {
  readonly address: string
  /** This end of the connection, as an address of HTTP has it. */
  readonly here: string
}

/** Answers nodes that boot. */
export class BootAnswers {
  readonly #ask: AskDaemon
  readonly #log: Pick<Log, 'warn'>
  readonly #rates: AskRates
  readonly #transfers: Transfers
  readonly #told = new Set<string>()
  #delayed = 0
  #refused = 0

  constructor({ ask, clock, log }: BootAnswersParts) {
    this.#ask = ask
    this.#log = log
    this.#rates = new AskRates(clock)
    this.#transfers = new Transfers(clock)
  }

  /** What was done. */
  get counters(): BootCounters {
    const { count: transfers, bytes } = this.#transfers
    return { transfers, bytes, delayed: this.#delayed, refused: this.#refused }
  }

  /** Answers a request. Rejects with UntoldError where the daemon does not say anything in time. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', socket } = request
    if (method !== 'GET' && method !== 'HEAD')
      return this.#say(response, NO_METHOD, 'only GET and HEAD are answered here', { allow: 'GET, HEAD' })
    const asked = parseBootRequest(url)
    if (asked === undefined) return this.#say(response, NOT_FOUND, 'there is nothing at this address')
    if (method === 'HEAD' && !isFile(asked))
      return this.#say(response, NO_METHOD, 'only files can be asked for with HEAD', { allow: 'GET' })
    const from = parseSocketAddress(socket.remoteAddress ?? '')
    if (from === undefined) return void response.destroy()
    const address = formatAddress(from)
    const here = formatEndpoint({
      host: formatAddress(parseSocketAddress(socket.localAddress ?? '') ?? from),
      port: socket.localPort ?? 0,
    })
    if (!this.#rates.take(address))
      return this.#later(response, 'too many requests', this.#rates.secondsUntilRoom(address))
    await this.#answered(request, response, asked, { address, here })
  }

  /** Ends. */
  close(): void {
    this.#transfers.close()
  }

  async #answered(
    request: IncomingMessage,
    response: ServerResponse,
    asked: BootRequest,
    caller: Caller,
  ): Promise<void> {
    if (!isFile(asked) || request.method !== 'GET') return this.#replied(request, response, asked, caller)
    const leave = this.#transfers.enter(caller.address)
    if (leave === undefined) return this.#later(response, 'the master sends to as many nodes as it may at once')
    try {
      await this.#replied(request, response, asked, caller)
    } finally {
      leave()
    }
  }

  async #replied(
    request: IncomingMessage,
    response: ServerResponse,
    asked: BootRequest,
    caller: Caller,
  ): Promise<void> {
    const reply = await this.#asked(asked.kind, fieldsOf(asked), caller)
    if ('paths' in reply) return this.#send(request, response, { asked, caller, paths: reply.paths })
    const later = reply.retryAfter === undefined ? {} : { 'retry-after': String(reply.retryAfter) }
    this.#say(response, reply.status, reply.text, later)
  }

  async #asked(what: string, of: { readonly [name: string]: string }, { address, here }: Caller): Promise<BootReply> {
    const reply = (await this.#ask(what, { ...of, address, here })) as BootReply
    if ('isStranger' in reply && reply.isStranger) this.#rates.stranger(address)
    return reply
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    {
      asked,
      caller,
      paths,
    }: { readonly asked: BootRequest; readonly caller: Caller; readonly paths: readonly string[] },
  ): Promise<void> {
    let file: Awaited<ReturnType<typeof openImage>>
    try {
      file = await openImage(paths)
    } catch (error) {
      if (!(error instanceof ImageError)) throw error
      this.#tell(error.message)
      return this.#say(response, FAILED, error.message)
    }
    try {
      const isEfi = asked.kind === 'program' && asked.name.endsWith('.efi')
      const range = imageHead(response, file, request.headers, isEfi ? 'application/efi' : 'application/octet-stream')
      if (range === undefined || request.method === 'HEAD') {
        response.end()
        return
      }
      const isWhole = range.start === 0 && range.end === file.size
      const isSent = await this.#transfers.send(response, file.handle, range)
      if (isSent && isWhole && asked.kind === 'image' && asked.ticket !== '') await this.#arrived(asked, caller)
    } finally {
      await file.handle.close()
    }
  }

  /** Tells the daemon that an image was sent. A node whose report does not count for want of that loads it again. */
  async #arrived(asked: BootRequest, caller: Caller): Promise<void> {
    try {
      await this.#asked('arrived', fieldsOf(asked), caller)
    } catch (error) {
      if (!(error instanceof UntoldError)) throw error
    }
  }

  #tell(reason: string): void {
    if (this.#told.has(reason)) return
    if (this.#told.size >= TOLD_MAX) this.#told.clear()
    this.#told.add(reason)
    this.#log.warn({ reason }, 'cannot send a boot image')
  }

  #later(response: ServerResponse, why: string, place?: number): void {
    const seconds = place ?? LATER.least + Math.floor(Math.random() * LATER.spread)
    this.#say(response, BUSY, `${why}: ask again`, { 'retry-after': String(seconds) })
  }

  #say(
    response: ServerResponse,
    status: number,
    text: string,
    headers: { readonly [name: string]: string } = {},
  ): void {
    if (status === BUSY) this.#delayed++
    else if (status !== OK) this.#refused++
    const body = text.endsWith('\n') ? text : `${text}\n`
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    response.end(body)
  }
}

function isFile({ kind }: BootRequest): boolean {
  return kind === 'image' || kind === 'named' || kind === 'program'
}

/** The fields of a request as the daemon is told them: texts. */
function fieldsOf({ kind: _, ...fields }: BootRequest): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
}
