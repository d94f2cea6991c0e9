/** The join tokens of a master: in memory alone, each good for one use and a short time. */
import { randomBytes } from 'node:crypto'
import { type Clock, hex, type Log, LogBound } from '../../values/index.ts'
import { isSameMac, joinTokenId, nodeProof } from '../wire/join.ts'
import { TOKEN_BYTES } from '../wire/protocol.ts'
import { RateLimit } from './shares/rate-limit.ts'

/** For how long a token can be used, in milliseconds: long enough to walk to a machine. */
export const TOKEN_LASTS = 15 * 60_000
/** How many tokens there are at once, used ones with them: enough to set up a thousand nodes at a time. */
const TOKENS_MAX = 1024

/**
 * How often is tried, by one asker, and by all together that are root of machines of the cluster, as set-up is, or are not: neither a user with
 * a program on every node nor the owners of laptops keep a node from joining. People set nodes up, and scripts some at a time.
 */
const RATES = {
  each: { perSecond: 0.2, burst: 5 },
  root: { perSecond: 15, burst: 150 },
  others: { perSecond: 5, burst: 50 },
} as const

/** Who alone may use a token; anyone where nothing is said. */
export interface TokenBound {
  /** The node, at its own address. */
  readonly node?: number
  /** The MAC address of who asks, as the kernel of the master knows it: 6 bytes. */
  readonly mac?: Uint8Array
}

/** A token that was made, and what became of it. */
interface MadeToken {
  readonly token: Uint8Array
  readonly bound: TokenBound
  /** Until when it can be used, on the clock. A used one is remembered as long, so that a second use is seen. */
  readonly until: number
  isUsed: boolean
}

/** An attempt to use a token, as JOIN has it. */
interface Attempt {
  readonly id: Uint8Array
  readonly nonce: Uint8Array
  readonly proof: Uint8Array
  readonly nodeKey?: Uint8Array | undefined
}

/** The verdict on an attempt: the token if it was used now; `used` if it was before; `unknown` for all others. */
type TokenUse = Pick<MadeToken, 'token' | 'bound'> | 'used' | 'unknown'

/** What they are made with. */
interface JoinTokensParts {
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'error'>
}

/** Makes tokens, and sees that each is used once. */
export class JoinTokens {
  readonly log: JoinTokensParts['log']
  /** Askers cause these lines, and could cause them without end. */
  readonly lines: { readonly unknown: LogBound; readonly alarm: LogBound }
  readonly #clock: Pick<Clock, 'now'>
  readonly #attempts: { readonly root: RateLimit; readonly others: RateLimit }
  readonly #made = new Map<string, MadeToken>()

  constructor({ clock, log }: JoinTokensParts) {
    const attempts = (who: 'root' | 'others'): RateLimit => new RateLimit(clock, RATES.each, RATES[who])
    this.#attempts = { root: attempts('root'), others: attempts('others') }
    this.lines = { unknown: new LogBound(clock), alarm: new LogBound(clock) }
    this.log = log
    this.#clock = clock
  }

  /** A new token, for these alone; undefined if there are too many. */
  make(bound: TokenBound = {}): Uint8Array | undefined {
    this.#forget()
    if (this.#made.size >= TOKENS_MAX) return undefined
    const token = randomBytes(TOKEN_BYTES)
    const made = { token, bound, until: this.#clock.now() + TOKEN_LASTS, isUsed: false }
    this.#made.set(hex(joinTokenId(token)), made)
    return token
  }

  /** Counts an attempt of who asks; false if there were too many. */
  mayTry({ source, isRoot }: { readonly source: string; readonly isRoot: boolean }): boolean {
    return this.#attempts[isRoot ? 'root' : 'others'].take(source)
  }

  /** Uses up the token of this id, if the proof shows that the asker has it, whoever it is for. Costs one HMAC at most. */
  use({ id, nonce, proof, nodeKey }: Attempt): TokenUse {
    this.#forget()
    const made = this.#made.get(hex(id))
    if (made === undefined || !isSameMac(nodeProof(made.token, nonce, nodeKey), proof)) return 'unknown'
    if (made.isUsed) return 'used'
    made.isUsed = true
    return made
  }

  /** Tokens stand in the order in which they end. */
  #forget(): void {
    const now = this.#clock.now()
    for (const [id, { until }] of this.#made) {
      if (until > now) return
      this.#made.delete(id)
    }
  }
}
