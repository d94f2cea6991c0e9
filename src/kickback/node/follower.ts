/** The node's side: finds a living master, follows its generations, and takes those that it can trust. */

import { type Address, type Clock, type Log, sameAddress, sleep } from '../../values/index.ts'
import { type Place, placeName } from '../transport/link.ts'
import type { Following, MasterReport } from '../wire/report.ts'
import { Attempt, type Holder } from './attempt.ts'
import { Backoff } from './backoff.ts'
import type { KickbackClient } from './client.ts'
import type { OfferJudge } from './judge.ts'
import type { Trust } from './trust.ts'

/** What a follower is made of. */
export interface FollowerOptions extends Omit<Holder, 'isForced'> {
  /** The masters, first choice first; at least one. */
  readonly masters: readonly Place[]
  readonly trust: Trust
  /** Who decides what is taken. */
  readonly judge: OfferJudge
  readonly software: string
  readonly clock: Clock
  readonly log: Log
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
}

/** Waits after all masters were tried without success, in milliseconds. */
const RETRY = { first: 1000, longest: 30_000 }
/** How long no master is in step with us before the next one is tried too, in milliseconds. */
const PATIENCE = 10_000
/** What comes of an order when the end comes. */
const ENDS = 'the daemon ends'

/** Follows the masters until it is closed. Whatever they do, the generation that is held stays. */
export class Follower {
  readonly #options: FollowerOptions
  readonly #closing = new AbortController()
  readonly #backoff: Backoff
  /** By the index of the master in the list: the last attempt at each. */
  readonly #last = new Map<number, Attempt>()
  readonly #running = new Map<number, Promise<void>>()
  readonly #reasons = new Map<number, string>()
  #next = 0
  /** How many masters are left to be tried before the back-off. */
  #left: number
  #state: Following['state'] = 'searching'
  #since: number
  #followed = 0
  #here: Address | undefined
  #wake: () => void = () => {}
  #supervising: Promise<void> | undefined
  #order: ForcedOrder | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#since = options.clock.now()
    this.#backoff = new Backoff({ ...RETRY, random: options.random })
    this.#left = options.masters.length
  }

  /** Begins to follow. */
  start(): void {
    this.#supervising ??= this.#supervise()
  }

  /** Ends, and waits until nothing is on its way any more. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#settle(ENDS)
    this.#wake()
    for (const attempt of this.#live) attempt.close()
    await this.#supervising
    await Promise.all(this.#running.values())
  }

  /**
   * Takes what the first master offers that proves to live, whatever it loses and whatever its number is. Resolves with undefined
   * once a master is in step; with the reasons if no master could be used, or if another order or the end came.
   */
  async takeOffered(): Promise<string | undefined> {
    for (const attempt of this.#live) attempt.close()
    this.#turn('searching')
    await Promise.all(this.#running.values())
    if (this.#closing.signal.aborted) return ENDS
    // Other orders may have waited as well.
    this.#settle('another order came')
    return new Promise((resolve) => {
      this.#order = { settle: resolve }
      this.#options.judge.forget()
      this.#next = 0
      this.#left = this.#options.masters.length
      this.#wake()
    })
  }

  /** The masters in the report of STATUS. */
  status(): Following {
    const { masters, trust, clock, judge } = this.#options
    const reason = [...this.#reasons.values()].join('; ')
    return {
      master: placeName(masters[this.#followed] as Place),
      state: this.#state,
      seconds: seconds(clock.now() - this.#since),
      ...(this.#state === 'searching' && reason !== '' && { reason }),
      insecure: trust.key === undefined,
      masters: masters.map((place, i) => this.#reportOf(place, i)),
      refusals: judge.refusals,
    }
  }

  /** This machine's address towards the master that is followed, or was last: what the cluster knows it by. */
  get here(): Address | undefined {
    const proved = this.#live.find((attempt) => attempt.proved !== undefined)
    return proved?.here ?? this.#here
  }

  /** A connection to a master that has proved a moment ago that it lives; undefined if there is none. */
  get proved(): KickbackClient | undefined {
    for (const attempt of this.#live) if (attempt.proved !== undefined) return attempt.proved
    return undefined
  }

  /** Whether this is the master that is followed now. */
  isLiving(master: Address): boolean {
    const peer = this.#state === 'searching' ? undefined : this.#last.get(this.#followed)?.peer
    return peer?.via === 'tcp' && sameAddress(peer.address, master)
  }

  get #live(): Attempt[] {
    return [...this.#last.values()].filter(({ state, isClosed }) => state !== 'lost' && !isClosed)
  }

  /**
   * Sees that one master is followed. As long as none is, the next one is tried at once where none is left that is
   * tried, and after PATIENCE where one dawdles.
   */
  async #supervise(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const change = this.#nextChange()
      const followed = this.#live.find(({ state }) => state === 'following')
      if (followed !== undefined) {
        this.#leaveOthers(followed)
        await change.happened
      } else if (this.#live.length > 0) {
        const isOver = await this.#waited(change, PATIENCE)
        if (isOver && this.#left > 0) this.#tryNext()
      } else if (this.#left > 0) {
        this.#tryNext()
      } else {
        await this.#rest(change)
      }
    }
  }

  /** The next change of any attempt, or order from outside. */
  #nextChange(): Change {
    const signal = new AbortController()
    const happened = new Promise<void>((resolve) => {
      this.#wake = () => {
        signal.abort()
        resolve()
      }
    })
    return { signal: signal.signal, happened }
  }

  /** Waits; true if nothing changed meanwhile. */
  async #waited({ signal }: Change, ms: number): Promise<boolean> {
    await sleep(this.#options.clock, ms, signal)
    return !signal.aborted
  }

  /** No master could be used: a pause, and then all again. */
  async #rest(change: Change): Promise<void> {
    this.#settle([...this.#reasons.values()].join('; '))
    await this.#waited(change, this.#backoff.next())
    this.#left = this.#options.masters.length
  }

  /** Tries the next master that is not tried already. */
  #tryNext(): void {
    const { masters } = this.#options
    const order = masters.map((_, i) => (this.#next + i) % masters.length)
    const index = order.find((i) => !this.#running.has(i))
    if (index === undefined) {
      this.#left = 0
      return
    }
    this.#left--
    this.#next = (index + 1) % masters.length
    this.#start(index)
  }

  #start(index: number): void {
    const { masters, trust, judge, software, clock, take } = this.#options
    const attempt = new Attempt({
      place: masters[index] as Place,
      ...{ trust, judge, software, clock },
      holder: {
        ...this.#options,
        isForced: () => this.#order !== undefined,
        take: (snapshot) => {
          judge.forget()
          take(snapshot)
        },
      },
      changed: () => this.#changed(index, attempt),
    })
    this.#last.set(index, attempt)
    const ended = attempt.run().finally(() => this.#running.delete(index))
    this.#running.set(index, ended)
  }

  #changed(index: number, attempt: Attempt): void {
    this.#here = attempt.here ?? this.#here
    if (attempt.state === 'lost' && !attempt.isClosed) this.#lost(index, attempt)
    if (attempt.state === 'following') this.#found(index)
    if (attempt.state === 'updating') this.#turn('updating')
    this.#wake()
  }

  #found(index: number): void {
    const { masters, log } = this.#options
    const isNews = this.#state === 'searching' || this.#followed !== index
    this.#followed = index
    this.#backoff.reset()
    this.#reasons.delete(index)
    // Where this one is lost the others are tried at once, and itself after a pause.
    this.#left = masters.length - 1
    this.#next = (index + 1) % masters.length
    this.#turn('following')
    this.#settle(undefined)
    if (isNews) log.info({ master: placeName(masters[index] as Place) }, 'following')
  }

  /** Tells once why a master is lost, and again only when it is something else. */
  #lost(index: number, { reason = 'closed', place }: Attempt): void {
    const master = placeName(place)
    const loss = `${master}: ${reason}`
    if (index === this.#followed) {
      // Masters that take us and lose us again at once are not asked in turn without end.
      const wasFollowed = this.#state !== 'searching'
      if (wasFollowed && this.#options.clock.now() - this.#since < PATIENCE) this.#left = 0
      this.#turn('searching')
    }
    if (this.#state === 'searching') this.#followed = index
    if (loss !== this.#reasons.get(index)) this.#options.log.warn({ master, reason }, 'master is lost')
    this.#reasons.set(index, loss)
  }

  /** The first that is in step is the one that is followed: the others are let go. */
  #leaveOthers(followed: Attempt): void {
    for (const attempt of this.#live) if (attempt !== followed) attempt.close()
  }

  #settle(outcome: string | undefined): void {
    const order = this.#order
    this.#order = undefined
    order?.settle(outcome)
  }

  #turn(state: Following['state']): void {
    if (this.#state === state) return
    this.#state = state
    this.#since = this.#options.clock.now()
  }

  #reportOf(place: Place, index: number): MasterReport {
    const attempt = this.#last.get(index)
    const reason = this.#reasons.get(index)?.slice(`${placeName(place)}: `.length)
    const { offered, proofAge } = attempt ?? {}
    return {
      master: placeName(place),
      state: attempt === undefined || attempt.isClosed ? 'idle' : attempt.state,
      ...(reason !== undefined && { reason }),
      ...(proofAge !== undefined && { proof: Math.round(proofAge) }),
      ...(offered !== undefined && {
        generation: offered.generation,
        digest: Buffer.from(offered.digest).toString('hex'),
      }),
    }
  }
}

/** A change that is waited for. */
interface Change {
  readonly happened: Promise<void>
  /** Aborted once it happened. */
  readonly signal: AbortSignal
}

/** An order of the node's administrator to take what is offered. */
interface ForcedOrder {
  readonly settle: (outcome: string | undefined) => void
}

function seconds(ms: number): number {
  return Math.round(ms / 1000)
}
