/** The page over HTTP, and the JSON that it reads: what is answered to whom, with which headers. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PageCounts, PageSession, PageStatus } from '../../page/index.ts'
import { type Clock, handlers, hex } from '../../values/index.ts'
import type { Asset } from './assets.ts'
import { HostCheck } from './host-check.ts'
import { Rates, STEP } from './rates.ts'

/** What the daemon tells of itself. */
interface View {
  readonly counts: PageCounts
  readonly totals: { readonly [door: string]: number }
  readonly names: readonly string[]
}

/** Asks the daemon; rejects where it does not tell. */
export type AskDaemon = (what: string, of?: { readonly [name: string]: string }) => Promise<object>

/** What pages are made of. */
interface PagesParts {
  readonly ask: AskDaemon
  readonly assets: ReadonlyMap<string, Asset>
  readonly clock: Clock
}

/** What each answer says of how it may be used: no script, style or frame of others, and no place where its address goes. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

const JSON_TYPE = 'application/json; charset=utf-8'
/** How long what the daemon told holds for all who ask, in milliseconds. */
const HOLDS = 1000
/** Secrets are 32 bytes in hex. */
const SECRET = /^[0-9a-f]{64}$/
/** How many bytes the body of a request may have, and the address of one. */
const BODY_MAX = 256
const URL_MAX = 2048
/** How many tokens and sessions are known at once. */
const KNOWN_MAX = 16
/** How many questions with names are passed on, by all sessions together: a burst, and so many a second. */
const ASKED = { burst: 20, perSecond: 5 }

/** The JSON that a session may read: what the daemon is asked, and which fields of the address go with it. */
const SESSION_ROUTES: { readonly [path: string]: readonly [what: string, fields: readonly string[]] } = {
  '/details.json': ['details', []],
  '/explain.json': ['explain', ['typed']],
  '/node.json': ['node', ['number']],
}

/** Answers for the page. */
export class Pages {
  readonly #parts: PagesParts
  readonly #hosts: HostCheck
  readonly #rates: Rates
  readonly #cancel: () => void
  #view: Promise<View> | undefined
  #viewed = Number.NEGATIVE_INFINITY
  #names: readonly string[] = []
  /** Hashes, in hex, of tokens that the daemon made, and of cookies that it gave: others are not passed on. */
  #tokens: readonly string[] = []
  #cookies: readonly string[] = []
  #left: number = ASKED.burst
  #refilled: number

  constructor(parts: PagesParts) {
    this.#parts = parts
    this.#hosts = new HostCheck(() => this.#names)
    this.#rates = new Rates(parts.clock)
    this.#refilled = parts.clock.now()
    this.#cancel = this.#sampleLater()
  }

  /** There is a token with this hash. */
  granted(hash: string): void {
    this.#tokens = [...this.#tokens, hash].slice(-KNOWN_MAX)
  }

  /** Ends. */
  close(): void {
    this.#cancel()
  }

  /** Answers a request. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    if (!this.#hosts.isOurs(request.headers.host)) {
      // The names of this machine come with the first view.
      await this.#viewNow().catch(() => undefined)
      if (!this.#hosts.isOurs(request.headers.host)) return refuse(response, 421, WRONG_HOST)
    }
    if (url.length > URL_MAX) return refuse(response, 414, 'The address is too long.')
    if (method === 'POST' && url === '/session') return this.#enter(request, response)
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return refuse(response, 405, 'Only GET is answered here.')
    }
    if (!url.startsWith('/')) return refuse(response, 404, NO_ADDRESS)
    const { pathname, searchParams } = new URL(`http://localhost${url}`)
    const asset = this.#parts.assets.get(pathname)
    if (asset !== undefined) return send(response, asset.type, asset.bytes)
    if (pathname === '/status.json') return sendJson(response, await this.#status())
    const route = Object.hasOwn(SESSION_ROUTES, pathname) ? SESSION_ROUTES[pathname] : undefined
    if (route === undefined) return refuse(response, 404, NO_ADDRESS)
    return this.#named(request, response, route[0], fieldsOf(searchParams, route[1]))
  }

  async #status(): Promise<PageStatus> {
    const { counts, totals } = await this.#viewNow()
    return { ...counts, doors: this.#rates.doors(totals), step: STEP / 1000 }
  }

  /** The JSON with names: for a page of this place alone, with the cookie and the key of its session. */
  async #named(
    request: IncomingMessage,
    response: ServerResponse,
    what: string,
    fields: { readonly [name: string]: string },
  ): Promise<void> {
    if (!isOwnPage(request)) return refuse(response, 403, OTHER_PAGE)
    const cookie = cookieOf(request)
    const key = String(request.headers['x-kickback-key'] ?? '')
    const isKnown = SECRET.test(cookie) && SECRET.test(key) && this.#cookies.includes(hashOf(cookie))
    if (!isKnown) return refuse(response, 401, NO_SESSION)
    if (!this.#take()) return refuse(response, 429, BUSY)
    const told = await this.#parts.ask(what, { ...fields, cookie, key })
    if ('denied' in told) return refuse(response, 401, NO_SESSION)
    if ('busy' in told) return refuse(response, 429, BUSY)
    return sendJson(response, told)
  }

  /** Opens a session for who has a token. The token comes in the body: an address stands in logs and histories. */
  async #enter(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin, host } = request.headers
    if (origin !== `http://${host}` || !isOwnPage(request)) return refuse(response, 403, OTHER_PAGE)
    const token = await bodyOf(request)
    const hash = token !== undefined && SECRET.test(token) ? hashOf(token) : undefined
    if (token === undefined || hash === undefined || !this.#tokens.includes(hash)) {
      return refuse(response, 401, BAD_TOKEN)
    }
    this.#tokens = this.#tokens.filter((one) => one !== hash)
    const session = await this.#parts.ask('enter', { token })
    if (!('cookie' in session)) return refuse(response, 401, BAD_TOKEN)
    const { cookie, key, lasts } = session as PageSession & { readonly cookie: string }
    this.#cookies = [...this.#cookies, hashOf(cookie)].slice(-KNOWN_MAX)
    const name = cookieName(request)
    response.setHeader('set-cookie', `${name}=${cookie}; Path=/; Max-Age=${lasts}; HttpOnly; SameSite=Strict`)
    return sendJson(response, { key, lasts } satisfies PageSession)
  }

  /** What the daemon tells now: asked once for all who want it. */
  #viewNow(): Promise<View> {
    const now = this.#parts.clock.now()
    if (this.#view === undefined || now - this.#viewed >= HOLDS) {
      this.#viewed = now
      this.#view = this.#fresh()
    }
    return this.#view
  }

  async #fresh(): Promise<View> {
    const view = (await this.#parts.ask('view')) as View
    this.#names = view.names
    this.#rates.sample(view.totals)
    return view
  }

  #sampleLater(): () => void {
    let cancel = (): void => {}
    const sample = async (): Promise<void> => {
      again()
      await this.#viewNow()
    }
    const again = (): void => {
      cancel = this.#parts.clock.after(STEP, handlers.guard('page sample', sample))
    }
    again()
    return () => cancel()
  }

  #take(): boolean {
    const now = this.#parts.clock.now()
    this.#left = Math.min(ASKED.burst, this.#left + ((now - this.#refilled) / 1000) * ASKED.perSecond)
    this.#refilled = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}

const WRONG_HOST = 'This is not a name or an address of this machine.'
const NO_ADDRESS = 'There is nothing at this address.'
const OTHER_PAGE = 'A page of another place may not ask this.'
const NO_SESSION = 'The session has ended. Run kickback status --page on this machine, as root, for a new address.'
const BAD_TOKEN =
  'This address was used already, or is too old. Run kickback status --page on this machine, as root, for a new one.'
const BUSY = 'Too much is asked at once. Try again in some seconds.'

/** Whether a request comes of a page of this very place, as far as the browser tells. */
function isOwnPage({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin'
}

/** The cookie has the port in its name: a browser gives cookies to all ports of a machine. */
function cookieName({ socket }: IncomingMessage): string {
  return `kickback-${socket.localPort ?? 0}`
}

function cookieOf(request: IncomingMessage): string {
  const name = `${cookieName(request)}=`
  const all = (request.headers.cookie ?? '').split('; ')
  return all.find((one) => one.startsWith(name))?.slice(name.length) ?? ''
}

/** The body of a request; undefined if it is too long, or does not come whole: who asks may go away, or send what is no HTTP. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  let body = ''
  try {
    for await (const part of request) {
      body += String(part)
      if (body.length > BODY_MAX) return undefined
    }
  } catch {
    return undefined
  }
  return body
}

function hashOf(secret: string): string {
  return hex(createHash('sha256').update(secret).digest())
}

function fieldsOf(given: URLSearchParams, names: readonly string[]): { readonly [name: string]: string } {
  return Object.fromEntries(names.map((name) => [name, given.get(name) ?? '']))
}

function send(response: ServerResponse, type: string, bytes: Buffer | string): void {
  response.setHeader('content-type', type)
  response.setHeader('content-length', Buffer.byteLength(bytes))
  response.writeHead(200).end(bytes)
}

function sendJson(response: ServerResponse, value: object): void {
  send(response, JSON_TYPE, JSON.stringify(value))
}

/** Refuses. What is left of the request is not read. */
function refuse(response: ServerResponse, code: number, message: string): void {
  const body = JSON.stringify({ message })
  response.writeHead(code, { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body) }).end(body)
}
