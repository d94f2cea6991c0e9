/** The other masters of the cluster: each is asked from time to time for its generation, and gets the generation of this one. */
import { type Header, headerOf, sameDigest } from '../../resolver/index.ts'
import { type Clock, handlers, hex, type Log, messageOf, sleep } from '../../values/index.ts'
import { type Place, placeName } from '../transport/link.ts'
import { ERRORS } from '../wire/protocol.ts'
import type { OtherMasterReport } from '../wire/report.ts'
import { Backoff } from './backoff.ts'
import { KickbackClient, ServiceError } from './client.ts'
import { type Statement, statementOf } from './statement.ts'
import { OtherKeyError, type Trust } from './trust.ts'

/** What is asked with. */
export interface PeersOptions {
  /** What this master believes: who does not prove to hold such a key is not a master of ours. */
  readonly trust: Trust
  readonly software: string
  readonly clock: Clock
  readonly log: Log
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
  /** The header of what we serve. */
  readonly held: () => Uint8Array | undefined
  /** Told by each master that proved itself, until it has answered, which lists lead from earlier roots to its trust list. Nothing of them is proved. */
  readonly bridged?: (lists: readonly Uint8Array[]) => void
  /** Told what another master proved to serve. */
  readonly met: (header: Header, place: Place) => void
}

/** How long a master may take to answer, in milliseconds. */
const TIMEOUT = 5000
/** How often a master that answers is asked, in milliseconds. */
const EVERY = 30_000
/** Waits between tries of one that does not. */
const RETRY = { first: 1000, longest: 60_000 }
/** What is to be done about a master with another key. */
const OTHER_KEY =
  'another master has another key: run kickback keys request there, and kickback keys certify where the root key is'
/** What is to be done about a master with other content. */
const OTHER_CONTENT =
  'another master has other content: copy the files of the master that is right to the other one; kickback status says which of them serves nodes'
/** A reply that is longer is none to ALIVE, and none to TRUST. */
const REPLY_MAX = 128 * 1024

/** Asks the other masters. */
export class MasterPeers {
  readonly #options: PeersOptions
  readonly #peers = new Map<string, MasterPeer>()
  #isClosed = false

  constructor(options: PeersOptions) {
    this.#options = options
  }

  /** These are the other masters from now on; all are asked at once. */
  follow(places: readonly Place[]): void {
    if (this.#isClosed) return
    const named = new Map(places.map((place) => [placeName(place), place]))
    for (const [name, peer] of this.#peers) {
      if (named.has(name)) continue
      peer.close()
      this.#peers.delete(name)
    }
    for (const [name, place] of named) {
      const known = this.#peers.get(name)
      if (known === undefined) this.#peers.set(name, new MasterPeer(place, this.#options))
      else known.wake()
    }
  }

  /** One of them may have told that it serves this: it is asked again, unless that is known. Nothing of it is proved. */
  told(place: Place, digest: Uint8Array): void {
    this.#peers.get(placeName(place))?.told(digest)
  }

  /** How each of them stands. */
  report(): readonly OtherMasterReport[] {
    return [...this.#peers.values()].map((peer) => peer.report)
  }

  /** Asks no master any more, also none that is named later: a reload may end after this. */
  close(): void {
    this.#isClosed = true
    for (const peer of this.#peers.values()) peer.close()
    this.#peers.clear()
  }
}

/** One other master. */
class MasterPeer {
  readonly #place: Place
  readonly #options: PeersOptions
  readonly #closing = new AbortController()
  readonly #backoff: Backoff
  #client: KickbackClient | undefined
  #pause = new AbortController()
  #isAgain = false
  #isBridgeTold = false
  #state: OtherMasterReport['state'] = 'asked'
  #reason: string | undefined
  #said: Pick<Statement, 'header' | 'conflict'> | undefined
  /** Both contents, if they were told of as different. */
  #difference: string | undefined

  constructor(place: Place, options: PeersOptions) {
    this.#place = place
    this.#options = options
    this.#backoff = new Backoff({ ...RETRY, random: options.random })
    handlers.float('masters asked', () => this.#run())
  }

  /** How it stands. */
  get report(): OtherMasterReport {
    const reason = this.#reason
    return {
      ...{ master: placeName(this.#place), state: this.#state },
      ...(reason !== undefined && { reason }),
      ...(this.#said !== undefined && said(this.#said)),
    }
  }

  /** It may serve this by now. */
  told(digest: Uint8Array): void {
    if (this.#said === undefined || !sameDigest(this.#said.header, { digest })) this.wake()
  }

  /** Asks again soon. */
  wake(): void {
    this.#isAgain = true
    this.#pause.abort()
  }

  close(): void {
    this.#closing.abort()
    this.#pause.abort()
    this.#client?.close()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      this.#isAgain = false
      const wait = await this.#asked()
      if (this.#isAgain) continue
      this.#pause = new AbortController()
      if (!signal.aborted) await sleep(this.#options.clock, wait, this.#pause.signal)
    }
  }

  /** Asks once, and gives how long to wait then. */
  async #asked(): Promise<number> {
    const { random } = this.#options
    try {
      await this.#ask()
      this.#backoff.reset()
      this.#state = 'answers'
      this.#reason = undefined
      return EVERY / 2 + (random() * EVERY) / 2
    } catch (error) {
      this.#lost(error)
      return this.#backoff.next()
    }
  }

  async #ask(): Promise<void> {
    const { trust, software, clock, held, met } = this.#options
    const { signal } = this.#closing
    const options = { clock, software, timeout: TIMEOUT, replyMax: REPLY_MAX, signal }
    const client = await KickbackClient.connect(this.#place, options)
    this.#client = client
    try {
      if (signal.aborted) return
      const { header, conflict } = await statementOf(client, { trust, held: held(), now: clock.now() })
      if (signal.aborted) return
      this.#said = { header, conflict }
      met(header, this.#place)
      this.#tellDifference(header)
      const { bridged } = this.#options
      if (bridged !== undefined && !this.#isBridgeTold) bridged(await this.#bridgeOf(client))
    } finally {
      client.close()
    }
  }

  /** Asks for all of its lists of earlier roots until it told them: a master that was let in after the root changed has none. */
  async #bridgeOf(client: KickbackClient): Promise<readonly Uint8Array[]> {
    try {
      const { bridge = [] } = await client.ask('TRUST', { roots: [] })
      this.#isBridgeTold = true
      return bridge
    } catch (error) {
      // It gives no list, or cannot now.
      if (error instanceof ServiceError && Object.hasOwn(ERRORS, error.code)) return []
      throw error
    }
  }

  /** Tells once that it has other content, and once that it has the same again. */
  #tellDifference(theirs: Header): void {
    const { held, log } = this.#options
    const bytes = held()
    const ours = bytes === undefined ? undefined : headerOf(bytes)
    const isOther = ours !== undefined && !sameDigest(ours, theirs)
    const difference = isOther ? `${hex(ours.digest)} ${hex(theirs.digest)}` : undefined
    if (difference === this.#difference) return
    this.#difference = difference
    const fields = { master: placeName(this.#place), generation: theirs.generation, digest: hex(theirs.digest) }
    if (!isOther) log.info(fields, 'another master has the same content again')
    else log.warn({ ...fields, own_generation: ours.generation, own_digest: hex(ours.digest) }, OTHER_CONTENT)
  }

  /** Another master may be off: that is logged once, and again only if the reason changes. */
  #lost(error: unknown): void {
    const reason = messageOf(error)
    const isNews = reason !== this.#reason && !this.#closing.signal.aborted
    const hasOtherKey = error instanceof OtherKeyError
    this.#state = hasOtherKey ? 'other-key' : 'silent'
    this.#reason = reason
    if (!isNews) return
    const fields = { master: placeName(this.#place), reason }
    if (hasOtherKey) this.#options.log.warn(fields, OTHER_KEY)
    else this.#options.log.info(fields, 'another master does not answer')
  }
}

/** What a master proved to serve, for STATUS. */
function said({ header, conflict }: Pick<Statement, 'header' | 'conflict'>): Partial<OtherMasterReport> {
  return { generation: header.generation, digest: hex(header.digest), time: header.contentTime, conflict }
}
