/** The cache from which a node fetches before it asks its master: which one, and whether it is of any use now. */
import type { Header, Snapshot } from '../../../resolver/index.ts'
import { type Clock, formatHttpAddress, type HttpAddress, type Log, parseHttpAddress } from '../../../values/index.ts'
import { Backoff } from '../backoff.ts'
import { ServiceError } from '../client.ts'
import { type ObjectSource, objectBody, objectDelta } from './object-transfer.ts'

/** For how long a cache that failed is not asked, in milliseconds: what it fails to give, the master gives. */
const REST = { first: 30_000, longest: 600_000 } as const

/** What a cache is made of. */
interface CacheParts {
  readonly clock: Clock
  readonly log: Pick<Log, 'warn' | 'info'>
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
  /** The server that this node's own settings name; undefined for that of the generation. */
  readonly own?: HttpAddress | undefined
}

/** The cache of one node. It never fails: what it does not give is asked of the master. Who ends a question by its signal gets the reason of that. */
export class Cache {
  readonly #parts: CacheParts
  readonly #rest: Backoff
  #restsUntil = Number.NEGATIVE_INFINITY
  #reason: string | undefined

  constructor(parts: CacheParts) {
    this.#parts = parts
    this.#rest = new Backoff({ ...REST, random: parts.random })
  }

  /** Whether this node's own settings name it, whatever a generation says. */
  get isNamedHere(): boolean {
    return this.#parts.own !== undefined
  }

  /** Whether it failed a moment ago, and is not asked. */
  get isResting(): boolean {
    return this.#parts.clock.now() < this.#restsUntil
  }

  /** The snapshot of a header that was proved; `url` is what a generation names. Undefined where no cache gives it. */
  body(header: Header, url: string | undefined, signal?: AbortSignal): Promise<Buffer | undefined> {
    return this.#ask(url, signal, (source) => objectBody(header, source))
  }

  /** The compressed deltas to a header that was proved, of `lengthMax` bytes at most, nothing of them proved. */
  delta(held: Snapshot, header: Header, lengthMax: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#ask(held.objects, signal, (source) => objectDelta(held.digest, header, lengthMax, source))
  }

  /** What it gave was wrong, as it turned out. */
  lied(reason: string): void {
    this.#failed('the cache', reason)
  }

  async #ask<T>(
    url: string | undefined,
    signal: AbortSignal | undefined,
    ask: (source: ObjectSource) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { clock, random, own } = this.#parts
    const server = own ?? (url === undefined ? undefined : parseHttpAddress(url))
    if (server === undefined || this.isResting) return undefined
    try {
      const given = await ask({ server, clock, random, signal })
      if (given !== undefined) this.#worked(formatHttpAddress(server))
      return given
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      this.#failed(formatHttpAddress(server), error.message)
      return undefined
    }
  }

  #worked(cache: string): void {
    this.#rest.reset()
    if (this.#reason === undefined) return
    this.#reason = undefined
    this.#parts.log.info({ cache }, 'the cache gives copies again')
  }

  /** Told once, and again only when it is something else. */
  #failed(cache: string, reason: string): void {
    this.#restsUntil = this.#parts.clock.now() + this.#rest.next()
    if (reason !== this.#reason)
      this.#parts.log.warn({ cache, reason }, 'the cache gives no good copy: the master is asked')
    this.#reason = reason
  }
}
