/** One master, tried and then followed over one connection: its statements are judged, and what is to be taken is fetched. */

import { type Header, type OfferVerdict, PROOF_LASTS, type Room, type Snapshot } from '../../resolver/index.ts'
import { type Address, type Clock, type HostPort, hex, sleep } from '../../values/index.ts'
import type { Peer, Place } from '../transport/link.ts'
import type { MachineReport } from '../wire/machine.ts'
import type { OtherIdsReport } from '../wire/other-ids.ts'
import { PROTOCOL_VERSION } from '../wire/protocol.ts'
import type { MasterReport } from '../wire/report.ts'
import { KickbackClient, ServiceError } from './client.ts'
import type { OfferJudge } from './judge.ts'
import { MachineTeller } from './machine-teller.ts'
import { watchSilence } from './silence.ts'
import { type Statement, statementOf } from './statement.ts'
import type { Cache } from './transfer/cache.ts'
import { fetchSnapshot } from './transfer/delta-transfer.ts'
import { TRANSFER_REPLY_MAX } from './transfer/transfer.ts'
import { type Trust, UntrustedError } from './trust.ts'

/** How a master stands with us. `updating`: it offers a generation that is being fetched. */
type AttemptState = 'trying' | 'updating' | 'following' | 'lost'

/** What the node has, and what it does with what a master gives. */
export interface Holder {
  /** The generation that this node holds. */
  readonly current: () => Snapshot | undefined
  /** Whether whatever is offered is to be taken, by order of the node's administrator. */
  readonly isForced: () => boolean
  /** Takes a generation that was found good. */
  readonly take: (snapshot: Snapshot) => void
  /** Resolves when what is held is where programs of this machine read it, or cannot be written now. At once unless set. */
  readonly written?: () => Promise<void>
  /** The header of what was held when that resolved last, which masters are told while it does not; undefined if it never did. What is held unless set. */
  readonly lastWritten?: () => Uint8Array | undefined
  /** Takes a newer header for the content that is held. */
  readonly adopt: (header: Header) => void
  /** A living master said that what is held is in step. */
  readonly confirm: () => void
  /** The accounts of this machine's own files whose ids are not those of the cluster; undefined while that is not known. None unless set. */
  readonly otherIds?: () => OtherIdsReport | undefined
  /** How this machine is now, for masters to show; they are told nothing unless set. */
  readonly machine?: () => MachineReport | undefined
}

/** What an attempt is made of. */
interface AttemptOptions {
  readonly place: Place
  readonly trust: Trust
  readonly software: string
  readonly clock: Clock
  /** Where jitter comes from: 0 <= random() < 1; none unless set. */
  readonly random?: () => number
  /** From where bodies are fetched first; undefined for the master alone. */
  readonly cache?: Cache | undefined
  /** Gives the place of what deltas make; memory of Buffer unless set. */
  readonly room?: Room | undefined
  readonly holder: Holder
  /** Who decides what is taken. */
  readonly judge: OfferJudge
  /** Called whenever a sign of life came: the process is awake. */
  readonly awake?: () => void
  /** Called for each change of state. */
  readonly changed: () => void
}

/** How long a master may take to answer, in milliseconds. */
const TIMEOUT = 10_000
/** How often a master proves that it lives, and learns what we hold. */
const HEARTBEAT = 30_000
/** How many announcements a master may send between two statements. */
const NEWS_MAX = 100
/** A statement that came within this time did not wait for news, in milliseconds. */
const LEAST_WAIT = 1000
/** How long a master that is busy is left alone before it is asked again, half of it more or less: others were told the same. */
const BUSY_PAUSE = 2_000
/** The least that a master has for a statement that waits for news, in milliseconds: it comes within 20 s. */
const NEWS_PATIENCE = 30_000
/** How long a master waits to hear what is held, while the disk is written, in milliseconds. */
const WRITTEN_PATIENCE = 5_000

/** Ends when the master is lost, or when it is closed. */
export class Attempt {
  readonly #options: AttemptOptions
  readonly #closing = new AbortController()
  #client: KickbackClient | undefined
  #state: AttemptState = 'trying'
  #since: number
  #reason: string | undefined
  #proved = Number.NEGATIVE_INFINITY
  #offered: Header | undefined
  #wake: () => void = () => {}
  #news = 0
  #tlsPort: number | undefined
  readonly #machine: MachineTeller
  /** What the master was told of the accounts of this machine. */
  #told: OtherIdsReport | undefined

  constructor(options: AttemptOptions) {
    this.#options = options
    this.#since = options.clock.now()
    this.#machine = new MachineTeller({ ...options, read: options.holder.machine })
  }

  /** Tries, and follows. Never rejects: why it ended is the `reason`. */
  async run(): Promise<void> {
    try {
      await this.#follow()
    } catch (error) {
      this.#reason = error instanceof Error ? error.message : String(error)
    }
    this.#client?.close()
    this.#turn('lost')
  }

  /** Ends it. */
  close(): void {
    this.#closing.abort()
    this.#client?.close()
    this.#wake()
  }

  /**
   * Tells the master of the accounts of this machine, where that is news to it. Who has not proved to live is told nothing. Never rejects for
   * a connection that ends: the next master is told all.
   */
  async tell(): Promise<void> {
    const client = this.#client
    const { holder, software } = this.#options
    const ids = holder.otherIds?.()
    if (client === undefined || this.proofAge === undefined || ids === undefined || ids === this.#told) return
    this.#told = ids
    try {
      // A master that knows no `other_ids` ignores it.
      await client.ask('HELLO', { versions: [PROTOCOL_VERSION], software, other_ids: { ...ids } })
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
    }
  }

  /** Whether we ended it ourselves. */
  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** How the master stands. */
  get state(): AttemptState {
    return this.#state
  }

  /** Since when, on the clock. */
  get since(): number {
    return this.#since
  }

  /** Why it is lost. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** Where the master is. */
  get place(): Place {
    return this.#options.place
  }

  /** What the master offered last. */
  get offered(): Header | undefined {
    return this.#offered
  }

  /** Seconds since the last proof of life; undefined before the first. */
  get proofAge(): number | undefined {
    return Number.isFinite(this.#proved) ? (this.#options.clock.now() - this.#proved) / 1000 : undefined
  }

  /** Who is at the other end. */
  get peer(): Peer | undefined {
    return this.#client?.peer
  }

  /** Where it speaks TLS, as it says; undefined if it does not, or by a Unix socket. */
  get securePlace(): HostPort | undefined {
    const { place } = this.#options
    return 'host' in place && this.#tlsPort !== undefined ? { host: place.host, port: this.#tlsPort } : undefined
  }

  /** Our own address towards the master. */
  get here(): Address | undefined {
    return this.#client?.localAddress
  }

  /** The connection, where the master has proved to live a moment ago. */
  get proved(): KickbackClient | undefined {
    const age = this.proofAge
    return this.#state !== 'lost' && age !== undefined && age <= PROOF_LASTS ? this.#client : undefined
  }

  /** Follows the master until it is lost, which it throws. */
  async #follow(): Promise<void> {
    const client = await this.#connect()
    this.#client = client
    if (this.isClosed) return
    this.#tlsPort = (await client.hello()).tls
    let statement = await this.#beat(client)
    await this.tell()
    const beat = await client.subscribe(() => this.#announced(client))
    const ended = new AbortController()
    const watching = watchSilence(client, this.#options.clock, beat, ended.signal)
    try {
      for (let wasToWait = false; !this.isClosed; wasToWait = beat !== undefined) {
        const isNews = await this.#consider(client, statement)
        // Who sends signs of life answers once there is news. One that answers at once, without any, is asked as one that sends none.
        const isAtOnce = wasToWait && !isNews && this.#options.clock.now() - statement.asked < LEAST_WAIT
        if (beat === undefined || isAtOnce) await this.#pause(client)
        statement = await this.#beat(client, beat !== undefined)
      }
    } finally {
      ended.abort()
      await watching
    }
  }

  /** A connection. Whoever ends meanwhile does not wait for it: it is given up. */
  #connect(): Promise<KickbackClient> {
    const { clock, software, place } = this.#options
    const { signal } = this.#closing
    return KickbackClient.connect(place, { clock, software, timeout: TIMEOUT, replyMax: TRANSFER_REPLY_MAX, signal })
  }

  /** The master announced a generation: nothing but a reason to ask. Who announces without end has something else in mind. */
  #announced(client: KickbackClient): void {
    this.#news++
    if (this.#news > NEWS_MAX) client.close()
    this.#options.awake?.()
    this.#wake()
  }

  /** Waits for news, as long as a heartbeat. News that came since the last statement was asked for are news. */
  async #pause(client: KickbackClient): Promise<void> {
    const ended = new AbortController()
    this.#wake = () => ended.abort()
    client.onClosed(this.#wake)
    if (this.#news === 0) await sleep(this.#options.clock, HEARTBEAT, ended.signal)
  }

  /** The master's statement. While it is busy it is asked again, as long as its last proof lasts. */
  async #beat(client: KickbackClient, wait = false): Promise<Statement> {
    const { clock, trust, holder, random = () => 0.5 } = this.#options
    for (;;) {
      // The question tells the master what is held, and who waits there is told that this node has it.
      const isWritten = await this.#written()
      this.#news = 0
      try {
        const held =
          isWritten || holder.lastWritten === undefined ? holder.current()?.header.bytes : holder.lastWritten()
        const patience = wait ? this.#patience : undefined
        const machine = wait ? this.#machine.due() : undefined
        const statement = await statementOf(client, { trust, held, now: clock.now(), patience, machine })
        this.#proved = statement.asked
        this.#offered = statement.header
        this.#options.awake?.()
        return statement
      } catch (error) {
        if (wait && isTimeout(error)) throw new ServiceError('timeout', HELD_BACK, error)
        const isBusy = error instanceof ServiceError && error.code === 'busy'
        if (!isBusy || (this.proofAge ?? Number.POSITIVE_INFINITY) > PROOF_LASTS) throw error
      }
      await sleep(clock, BUSY_PAUSE * (0.5 + random()), this.#closing.signal)
    }
  }

  /**
   * How long a statement that waits for news may take: until the last proof counts no more. Signs of life do not stand for a proof: somebody
   * on the way could send them, and keep back the statement that tells of news.
   */
  get #patience(): number {
    return Math.max(NEWS_PATIENCE, (PROOF_LASTS - (this.proofAge ?? 0)) * 1000)
  }

  /** Does what the rules say of what a master offers: whether it was news. Throws UntrustedError if we stay with what we have. */
  async #consider(client: KickbackClient, statement: Statement): Promise<boolean> {
    const verdict = this.#judge(statement)
    if (verdict.kind === 'stay') throw new UntrustedError(verdict.text)
    if (verdict.kind === 'take') {
      if (this.#state === 'following') this.#turn('updating')
      const isTaken = await this.#fetch(client, statement, verdict.anyLoss)
      if (!isTaken || this.isClosed) return true
    }
    if (verdict.kind === 'adopt') this.#options.holder.adopt(statement.header)
    // The master learns what we hold now by the next question.
    const isNews = verdict.kind !== 'in-step'
    if (isNews) this.#news++
    // Whoever gave it, what is held now is what this living master says: other content would have been a reason to stay.
    this.#options.holder.confirm()
    this.#turn('following')
    return isNews
  }

  #judge({ header, known: wasKnown, held: told, conflict }: Statement): OfferVerdict {
    const { holder, judge } = this.#options
    // Another master may have given us something since: what this one said was of the generation before.
    const known = wasKnown && holder.current()?.header.bytes === told
    const proof = { age: this.proofAge ?? Number.POSITIVE_INFINITY, known, conflict }
    return judge.offered(header, proof, holder.isForced())
  }

  /** Fetches what a master offers and takes it; false if it has something newer by now. Meanwhile it continues to prove itself. */
  async #fetch(client: KickbackClient, statement: Statement, anyLoss: boolean): Promise<boolean> {
    const { judge, clock, cache, room, holder } = this.#options
    if (!anyLoss) judge.checkRefused(statement.header)
    const done = new AbortController()
    let bytes: Uint8Array
    try {
      bytes = await Promise.race([
        fetchSnapshot({ client, cache, clock, room, signal: done.signal }, statement.header, holder.current()),
        this.#beatOn(client, done.signal),
      ])
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'generation') throw error
      this.#news++
      return false
    } finally {
      done.abort()
    }
    const snapshot = await judge.opened(bytes)
    await this.#take(snapshot, statement)
    return true
  }

  /**
   * Takes what was fetched, if the rules say so still: another master may have given us something meanwhile, and while what is held is
   * compared with it, too.
   */
  async #take(snapshot: Snapshot, statement: Statement): Promise<void> {
    const { holder, judge } = this.#options
    for (let compared: Snapshot | undefined; !this.isClosed; ) {
      const verdict = this.#judge(statement)
      if (verdict.kind === 'stay') throw new UntrustedError(verdict.text)
      if (verdict.kind !== 'take') return
      const held = holder.current()
      if (verdict.anyLoss || held === compared) {
        holder.take(snapshot)
        return
      }
      await judge.checkLoss(snapshot)
      compared = held
    }
  }

  /** Waits until programs of this machine read what is held, whoever gave it; no longer than a master can wait for a question. Whether they do. */
  async #written(): Promise<boolean> {
    const done = new AbortController()
    const { clock, holder } = this.#options
    const late = sleep(clock, WRITTEN_PATIENCE, AbortSignal.any([done.signal, this.#closing.signal]))
    const isWritten = await Promise.race([Promise.resolve(holder.written?.()).then(() => true), late.then(() => false)])
    done.abort()
    return isWritten
  }

  /** Asks for proofs of life until it is ended. Throws if there is none. */
  async #beatOn(client: KickbackClient, ended: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(this.#options.clock, HEARTBEAT, ended)
      if (ended.aborted) return new Promise<never>(() => {})
      await this.#beat(client)
      // What it says now is looked at once the transfer is over.
      this.#news++
    }
  }

  #turn(state: AttemptState): void {
    if (this.#state === state) return
    this.#state = state
    this.#since = this.#options.clock.now()
    this.#options.changed()
  }
}

/** Why a master is left that gives no proof, though it was not silent. */
const HELD_BACK = `it gave no proof for ${PROOF_LASTS} seconds: it is too busy, or somebody holds back its answers on the way`

const isTimeout = (error: unknown): boolean => error instanceof ServiceError && error.code === 'timeout'

/** A master in the report of STATUS: its last attempt, if there was one, and why it was lost last, as it was told. */
export function reportOf(master: string, attempt: Attempt | undefined, loss: string | undefined): MasterReport {
  const { offered, proofAge } = attempt ?? {}
  return {
    master,
    state: attempt === undefined || attempt.isClosed ? 'idle' : attempt.state,
    ...(loss !== undefined && { reason: loss.slice(`${master}: `.length) }),
    ...(proofAge !== undefined && { proof: Math.round(proofAge) }),
    ...(offered !== undefined && {
      generation: offered.generation,
      digest: hex(offered.digest),
    }),
  }
}
