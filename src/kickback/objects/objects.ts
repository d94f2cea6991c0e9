/** The answers to HTTP requests for objects: bodies and deltas by digest, and the head that says which generation is current. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { bridgeBytes } from '../../resolver/index.ts'
import { type Clock, handlers, hex, type Turns } from '../../values/index.ts'
import { signedHead } from '../service/proofs.ts'
import type { Service } from '../service/question.ts'
import type { ConnectionKind } from '../service/shares/visitor.ts'
import { headText, type ObjectRequest, objectRequestOf } from '../wire/objects.ts'
import { Bodies } from './bodies.ts'
import { codingFor, etagOf, isHeld, type Part, partFor } from './representation.ts'
import { Transfers } from './transfers.ts'
import { Waiters } from './waiters.ts'

/** A request for the head. */
type HeadRequest = ObjectRequest & { readonly kind: 'head' }

/** Who asks: a member of the cluster when it asked. */
export interface Guest {
  /** Whether it is one still. The connection of one that is none is ended by this. */
  readonly isMember: () => boolean
  /** What it is counted by: see Origin. */
  readonly source: string
  /** See Client. */
  readonly isRoot: boolean
  readonly kind: ConnectionKind
}

/** The trust list of a master, as nodes are given it. */
interface TrustFile {
  readonly number: number
  readonly bytes: Uint8Array
}

/** What answers are made of. */
export interface ObjectsParts {
  /** What the doors of the kickback protocol answer from. */
  readonly service: Pick<Service, 'public' | 'deltas' | 'proofs' | 'sign' | 'conflict' | 'history'>
  /** Turns of the event loop, shared with those doors. */
  readonly turns: Turns<ConnectionKind>
  readonly clock: Clock
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
  /** The mark of the key that signs now; undefined where none is held. */
  readonly signer?: () => Uint8Array
  /** The trust list as it is now; there is none unless set. */
  readonly trust?: () => TrustFile | undefined
  /** The lists that lead there from the root with this mark, in hex, oldest first; there are none unless set. */
  readonly bridge?: (root: string) => readonly Pick<TrustFile, 'bytes'>[]
}

/** How often each kind of object was sent, and how many bytes of bodies. */
interface ObjectCounts {
  readonly requests: ReadonlyMap<string, number>
  readonly sent: number
  /** How many requests wait for news. */
  readonly waiting: number
  /** How many bytes compressed bodies take. */
  readonly compressed: number
}

/** Nobody keeps it: it is another each time, or may be there a moment later. */
const NO_STORE = { 'cache-control': 'no-store' } as const
/** Its name is its content. */
const IMMUTABLE = { 'cache-control': 'public, max-age=31536000, immutable' } as const
/** After how many seconds who was turned away comes back: drawn between these. */
const RETRY = { least: 1, most: 10 } as const
/** What a delta is sent as: the file of a zstd frame, which is no coding of the transfer. */
const DELTA_TYPE = 'application/zstd'
const BODY_TYPE = 'application/octet-stream'
const TEXT_TYPE = 'text/plain; charset=us-ascii'

/** Answers requests, whichever listener they came by. */
export class Objects {
  readonly #parts: ObjectsParts
  readonly #bodies: Bodies
  readonly #transfers: Transfers
  readonly #waiters: Waiters
  readonly #requests = new Map<string, number>()

  constructor(parts: ObjectsParts) {
    this.#parts = parts
    this.#bodies = new Bodies(parts.service.public)
    this.#transfers = new Transfers(parts.clock, parts.turns)
    this.#waiters = new Waiters(parts.clock, parts.random)
  }

  /** What was asked for and sent. */
  get counts(): ObjectCounts {
    const { sent } = this.#transfers
    return { requests: this.#requests, sent, waiting: this.#waiters.size, compressed: this.#bodies.bytes }
  }

  /** The service has another generation now. */
  renew(): void {
    const { current, recent } = this.#parts.service.public
    this.#bodies.tidy()
    this.#transfers.endOld(new Set(recent.map(({ digest }) => hex(digest))))
    if (current !== undefined) this.#waiters.news(hex(current.digest))
  }

  /** Nobody is answered any more. */
  close(): void {
    this.#waiters.close()
    this.#transfers.close()
  }

  /** Answers a request. Rejects where that fails unexpectedly. */
  async answer(request: IncomingMessage, response: ServerResponse, guest: Guest): Promise<void> {
    const asked = objectRequestOf(request.url ?? '')
    this.#count(asked?.kind ?? 'other')
    if (request.method !== 'GET' && request.method !== 'HEAD') this.#refuse(response, 405, { allow: 'GET, HEAD' })
    else if (hasBody(request)) this.#refuse(response, 413, { connection: 'close' })
    else if (asked?.kind === 'head') this.#head(asked, response, guest)
    else if (asked?.kind === 'trust') this.#trust(response, asked.root)
    else await this.#found(asked, request, response, guest)
  }

  /** What has a name of its own, if there is such a thing. */
  async #found(asked: NamedObject | undefined, request: IncomingMessage, response: ServerResponse, guest: Guest) {
    const found =
      asked && (asked.kind === 'object' ? await this.#body(asked.digest, request) : await this.#delta(asked))
    if (found === undefined) this.#refuse(response, 404)
    else this.#send(found, request, response, guest)
  }

  #count(kind: string): void {
    this.#requests.set(kind, (this.#requests.get(kind) ?? 0) + 1)
  }

  /** At once, or where the asker waits for news of what it has, when there is some. */
  #head(asked: HeadRequest, response: ServerResponse, guest: Guest): void {
    const { after, wait } = asked
    const { current } = this.#parts.service.public
    const answer = (): void => this.#headNow(asked, response, guest)
    if (wait === 0 || after === undefined || current === undefined || hex(current.digest) !== after) {
      answer()
      return
    }
    const forget = this.#waiters.add(after, wait, answer)
    if (forget === undefined) this.#later(response)
    else response.on('close', handlers.guard('objects wait end', forget, forget))
  }

  /** Who has waited may be no member any more. */
  #headNow(asked: HeadRequest, response: ServerResponse, guest: Guest): void {
    if (!guest.isMember()) return
    const { service, signer } = this.#parts
    const signed = signedHead(asked, guest, service)
    if (typeof signed === 'string') {
      this.#later(response)
      return
    }
    const { header, known, conflict, signature } = signed
    const text = headText({
      ...{ digest: header.digest, size: header.size, header: header.bytes, signature, signer: signer?.() },
      trust: this.#parts.trust?.()?.number,
      flags: (known ? 1 : 0) | (conflict ? 2 : 0),
      url: service.public.current?.objects,
    })
    this.#answer(response, 200, { ...NO_STORE, 'content-type': TEXT_TYPE }, Buffer.from(text))
  }

  #trust(response: ServerResponse, root: string | undefined): void {
    const list = this.#parts.trust?.()
    const way = root === undefined ? [] : (this.#parts.bridge?.(root) ?? [])
    const fields = { 'cache-control': 'max-age=5', 'content-type': TEXT_TYPE }
    if (list === undefined) this.#refuse(response, 404)
    else this.#answer(response, 200, fields, bridgeBytes([...way, list]))
  }

  async #body(digest: string, { headers }: IncomingMessage): Promise<Representation | undefined> {
    const coding = codingFor(headers['accept-encoding']?.toString())
    const bytes = await this.#bodies.of(digest, coding)
    const encoded = coding === 'identity' ? {} : { 'content-encoding': coding }
    const fields = { ...encoded, 'content-type': BODY_TYPE, vary: 'Accept-Encoding' }
    return bytes && { bytes, etag: etagOf(digest, coding), digest, fields }
  }

  async #delta({ from, to }: { readonly from: string; readonly to: string }): Promise<Representation | undefined> {
    const bytes = await this.#parts.service.deltas.between(Buffer.from(from, 'hex'), Buffer.from(to, 'hex'))
    const etag = etagOf(`${from}-${to}`, 'identity')
    return bytes && { bytes, etag, digest: to, fields: { 'content-type': DELTA_TYPE } }
  }

  /** Sends what of a representation is asked for, where there is a place for it. */
  #send(
    { bytes, etag, digest, fields }: Representation,
    request: IncomingMessage,
    response: ServerResponse,
    { source, kind }: Guest,
  ): void {
    const all = { ...IMMUTABLE, ...fields, etag, 'accept-ranges': 'bytes' }
    const part = partFor(request.headers, etag, bytes.length)
    if (isHeld(request.headers, etag)) {
      this.#answer(response, 304, all)
    } else if (part === undefined) {
      this.#refuse(response, 416, { 'content-range': `bytes */${bytes.length}` })
    } else {
      const begin = (): void => writeHead(response, part, bytes.length, all)
      const isSent = this.#transfers.send({ response, body: bytes, digest, ...part, source, kind }, begin)
      if (!isSent) this.#later(response)
    }
  }

  #refuse(response: ServerResponse, status: number, fields: OutgoingHttpHeaders = {}): void {
    this.#answer(response, status, { ...NO_STORE, ...fields })
  }

  #answer(response: ServerResponse, status: number, fields: OutgoingHttpHeaders, bytes?: Uint8Array): void {
    const length = status === 304 ? {} : { 'content-length': bytes?.length ?? 0 }
    response.writeHead(status, { ...fields, ...length })
    this.#transfers.answer(response, bytes)
  }

  /** The asker is to come again, at another moment than others. */
  #later(response: ServerResponse): void {
    const seconds = RETRY.least + Math.floor((RETRY.most - RETRY.least) * this.#parts.random())
    this.#refuse(response, 503, { 'retry-after': String(seconds) })
  }
}

/** What is asked for by its name. */
type NamedObject = Exclude<ObjectRequest, { readonly kind: 'head' | 'trust' }>

/** What may be sent. */
interface Representation {
  readonly bytes: Uint8Array
  readonly etag: string
  /** Of the content that it is of, or leads to. */
  readonly digest: string
  /** What its header says besides. */
  readonly fields: OutgoingHttpHeaders
}

/** Whether a request says that a body follows: no request that is answered here has one. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/** Begins the response that sends a part of so many bytes. */
function writeHead(response: ServerResponse, { from, to }: Part, length: number, fields: OutgoingHttpHeaders): void {
  const isAll = to - from === length
  const range = isAll ? {} : { 'content-range': `bytes ${from}-${to - 1}/${length}` }
  response.writeHead(isAll ? 200 : 206, { ...fields, ...range, 'content-length': to - from })
}
