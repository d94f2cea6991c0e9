/** Who may see names on the page: tokens that root made, each good once, and the sessions that they open. Hashes of both are kept, in memory alone. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Clock, hex } from '../../values/index.ts'

/** How many bytes a token, a cookie and a key have. */
const SECRET_BYTES = 32
/** For how long a token and a session can be used, in milliseconds. */
const TOKEN_LASTS = 5 * 60_000
const SESSION_LASTS = 4 * 3_600_000
/** How many of each there are at once: for a new one the oldest makes room. */
const KEPT_MAX = 16

/** What of a session its browser keeps: the cookie, and a key that only the page itself reads. */
interface OpenedSession {
  readonly cookie: string
  readonly key: string
  /** Seconds. */
  readonly lasts: number
}

/** What a request shows of its session. */
interface ShownSession {
  readonly cookie: string
  readonly key: string
}

/** A secret that is known by its hash. */
interface Kept {
  readonly hash: Uint8Array
  readonly until: number
}

/** The tokens and sessions of a page. */
export class PageAccess {
  readonly #clock: Pick<Clock, 'now'>
  #tokens: readonly Kept[] = []
  #sessions: readonly Kept[] = []

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** A new token, and for how many seconds it is good. */
  grant(): { readonly token: Uint8Array; readonly lasts: number } {
    const token = randomBytes(SECRET_BYTES)
    this.#tokens = this.#added(this.#tokens, hex(token), TOKEN_LASTS)
    return { token, lasts: TOKEN_LASTS / 1000 }
  }

  /** Opens a session for who has a token, which is used up by that; undefined for what is none. */
  enter(token: string): OpenedSession | undefined {
    const used = this.#held(this.#tokens, token)
    if (used === undefined) return undefined
    this.#tokens = this.#tokens.filter((one) => one !== used)
    const [cookie, key] = [hex(randomBytes(SECRET_BYTES)), hex(randomBytes(SECRET_BYTES))]
    this.#sessions = this.#added(this.#sessions, cookie + key, SESSION_LASTS)
    return { cookie, key, lasts: SESSION_LASTS / 1000 }
  }

  /** Whether a session is open. */
  holds({ cookie, key }: ShownSession): boolean {
    return this.#held(this.#sessions, cookie + key) !== undefined
  }

  #held(kept: readonly Kept[], secret: string): Kept | undefined {
    const hash = secretHash(secret)
    const now = this.#clock.now()
    return kept.find((one) => one.until > now && timingSafeEqual(one.hash, hash))
  }

  #added(kept: readonly Kept[], secret: string, lasts: number): readonly Kept[] {
    const now = this.#clock.now()
    const good = kept.filter(({ until }) => until > now).slice(1 - KEPT_MAX)
    return [...good, { hash: secretHash(secret), until: now + lasts }]
  }
}

/** The hash by which a secret is known. */
export function secretHash(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest()
}
