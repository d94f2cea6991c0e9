/** A master as far as `kickback-fetch` sees one: heads, trust lists and bodies over HTTP. Tests make it lie. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { aliveMessage } from '../../src/kickback/wire/proof.ts'
import { keyMark, layout, type Snapshot } from '../../src/resolver/index.ts'
import { hex } from '../../src/values/index.ts'
import type { Tap } from '../folder.ts'
import { type ClusterKey, clusterKey } from '../keys.ts'

/** What is sent. A reply that is `endless` goes on after its body; one that is `cut` ends in the middle of it. */
export interface Reply {
  status: number
  headers: Record<string, string | number>
  body: Buffer
  endless?: boolean
  cut?: boolean
  /** Sent a byte at a time, with such pauses in milliseconds. */
  drip?: number
}

/** A request of the script: where, and with which words of its query. */
export interface Asked {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** What a test changes in a reply. */
export type Lie = (reply: Reply, asked: Asked) => Reply | Promise<Reply>

/** What signs, and what is served. */
export interface TestMasterParts {
  readonly snapshot: Snapshot
  readonly key?: ClusterKey
  readonly flags?: number
  readonly trust?: { readonly number: number; readonly bytes: Buffer }
}

/** A master that serves one snapshot. */
export class TestMaster {
  snapshot: Snapshot
  key: ClusterKey
  /** Bit 0 is set where the asker's generation is in `history`. */
  flags: number
  trust: { readonly number: number; readonly bytes: Buffer } | undefined
  /** What is sent for the path of a root, by its mark in hex. */
  readonly bridges = new Map<string, readonly Buffer[]>()
  /** Digests in hex of the generations that it had. */
  readonly history = new Set<string>()
  lie: Lie = (reply) => reply
  readonly #liars = new Map<string, Lie>()
  /** All that was asked, in order. */
  readonly asked: Asked[] = []
  readonly #server: Server
  readonly #waiting = new Set<() => void>()

  private constructor({ snapshot, key = clusterKey(), flags = 0, trust }: TestMasterParts) {
    this.snapshot = snapshot
    this.key = key
    this.flags = flags
    this.trust = trust
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** Listens on a free port of loopback until the test ends. */
  static async start(t: Tap, parts: TestMasterParts): Promise<TestMaster> {
    const master = new TestMaster(parts)
    await new Promise<void>((resolve) => master.#server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => master.stop())
    return master
  }

  /** Where it listens. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The same master at another URL, where it lies. */
  liar(name: string, lie: Lie): { readonly url: string } {
    this.#liars.set(name, lie)
    return { url: `${this.url}/${name}` }
  }

  /** Ends all connections, and listens no more. */
  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** Serves another snapshot: who waits for news has an answer. */
  serve(snapshot: Snapshot): void {
    this.history.add(hex(this.snapshot.digest))
    this.snapshot = snapshot
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://master')
    const [, name = '', path = pathname] = /^\/([a-z]\S*?)(\/1\/.*)$/.exec(pathname) ?? []
    const asked = { path, query: searchParams, headers: request.headers }
    this.asked.push(asked)
    await this.#news(searchParams)
    send(response, await (this.#liars.get(name) ?? this.lie)(this.honest(asked), asked))
  }

  async #news(query: URLSearchParams): Promise<void> {
    if (query.get('after') !== hex(this.snapshot.digest)) return
    await new Promise<void>((resolve) => {
      this.#waiting.add(resolve)
      setTimeout(resolve, Number(query.get('wait')) * 1000).unref()
    })
  }

  /** What an honest master answers. */
  honest({ path, query, headers }: Asked): Reply {
    if (path === '/1/head') return text(this.head(query))
    if (path === '/1/trust' && this.trust !== undefined) return { status: 200, headers: {}, body: this.trust.bytes }
    const bridge = this.bridges.get(/^\/1\/trust\/(.*)$/.exec(path)?.[1] ?? '')
    if (bridge !== undefined) return { status: 200, headers: {}, body: Buffer.concat(bridge) }
    if (path !== `/1/object/${hex(this.snapshot.digest)}`) return { status: 404, headers: {}, body: Buffer.alloc(0) }
    const body = Buffer.from(this.snapshot.bytes.subarray(layout.HEADER.size))
    return headers['accept-encoding']?.includes('gzip') === true
      ? { status: 200, headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(body, { level: 1 }) }
      : { status: 200, headers: {}, body }
  }

  /** The head for a nonce. */
  head(query: URLSearchParams): string {
    const nonce = Buffer.from(query.get('nonce') ?? '', 'hex')
    const given = query.get('held')
    const held = given === null ? undefined : Buffer.from(given, 'hex')
    const header = this.snapshot.bytes.subarray(0, layout.HEADER.size)
    const known = held !== undefined && this.history.has(hex(held.subarray(layout.HEADER.at.digest).subarray(0, 32)))
    const conflict = (this.flags & 2) !== 0
    const signature = this.key.sign(aliveMessage({ nonce, header, known, conflict, held }))
    return [
      'kickback head 1',
      `digest ${hex(this.snapshot.digest)}`,
      `size ${this.snapshot.bytes.length}`,
      `header ${Buffer.from(header).toString('base64')}`,
      ...(this.trust === undefined ? [] : [`trust ${this.trust.number}`]),
      `signer ${hex(keyMark(this.key.key))}`,
      `flags ${(known ? 1 : 0) | (conflict ? 2 : 0)}`,
      `signature ${Buffer.from(signature).toString('base64')}`,
      '',
    ].join('\n')
  }
}

/** A reply of text. */
export function text(body: string, encoding: BufferEncoding = 'latin1'): Reply {
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from(body, encoding) }
}

/** A lie about one path. */
export function about(path: string, change: (reply: Reply) => Reply): Lie {
  return (reply, asked) => (asked.path.startsWith(path) ? change(reply) : reply)
}

/** SHA-256 in hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function send(response: ServerResponse, { status, headers, body, endless, cut, drip }: Reply): void {
  if (endless === true || drip !== undefined) response.writeHead(status, headers)
  else response.writeHead(status, { ...headers, 'Content-Length': body.length })
  if (drip !== undefined) return void dripped(response, body, drip)
  if (cut === true) {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy())
    return
  }
  if (endless !== true) return void response.end(body)
  response.write(body)
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
  }
  response.on('drain', more)
  response.on('error', () => {})
  more()
}

function dripped(response: ServerResponse, body: Buffer, ms: number): void {
  let at = 0
  const timer = setInterval(() => {
    if (response.destroyed || at >= body.length) clearInterval(timer)
    else response.write(body.subarray(at, ++at))
  }, ms)
  timer.unref()
}
