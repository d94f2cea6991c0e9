/** The node's side: finds a living master, follows its generations, and takes those that it can trust. */
import type { Room } from '../../resolver/index.ts'
import { type Address, type Clock, type HostPort, handlers, type Log, sameAddress, sleep } from '../../values/index.ts'
import type { Place } from '../transport/link.ts'
import type { Following } from '../wire/report.ts'
import { Attempt, type Holder, reportOf } from './attempt.ts'
import { Backoff } from './backoff.ts'
import type { KickbackClient } from './client.ts'
import { Failback } from './failback.ts'
import type { OfferJudge } from './judge.ts'
import { MasterList, type NamedMaster } from './master-list.ts'
import type { Cache } from './transfer/cache.ts'
import type { Trust } from './trust.ts'

/** What a follower is made of. */
export interface FollowerOptions extends Omit<Holder, 'isForced'> {
  /** The masters that the node's settings name, first choice first; at least one. */
  readonly masters: readonly Place[]
  /** The masters that what is held names for this node, first choice first: those are asked after the others. None unless set. */
  readonly further?: () => readonly Place[]
  readonly trust: Trust
  /** From where bodies are fetched first; the masters alone unless set. */
  readonly cache?: Cache
  /** Gives the place of what deltas make; memory of Buffer unless set. */
  readonly room?: Room | undefined
  /** Who decides what is taken. */
  readonly judge: OfferJudge
  readonly software: string
  readonly clock: Clock
  readonly log: Log
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
  /** Called whenever a sign of life came of a master: the process is awake. */
  readonly awake?: () => void
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
  readonly #failback: Failback
  readonly #masters: MasterList
  /** By the name of a master: the last attempt at each. */
  readonly #last = new Map<string, Attempt>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #reasons = new Map<string, string>()
  /** The place in the list of the master that is tried next. */
  #next = 0
  /** How many masters are left to be tried before the back-off. */
  #left: number
  /** How many masters in a row took us and lost us again at once. */
  #brief = 0
  #state: Following['state'] = 'searching'
  #since: number
  /** The master that is followed, or was tried last. */
  #followed: string
  #here: Address | undefined
  #wake: () => void = () => {}
  #supervising: Promise<void> | undefined
  #order: ForcedOrder | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#since = options.clock.now()
    this.#backoff = new Backoff({ ...RETRY, random: options.random })
    this.#failback = new Failback(options)
    this.#masters = new MasterList(options.masters)
    this.#followed = this.#masters.all[0]?.name ?? ''
    this.#left = this.#masters.length
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
      this.#startOver()
      this.#wake()
    })
  }

  /** What is told of the accounts of this machine is another than before: each master that is followed or tried hears of it. */
  tell(): void {
    for (const attempt of this.#live) handlers.float('accounts told', () => attempt.tell())
  }

  /** The masters in the report of STATUS. */
  status(): Following {
    const { trust, clock, judge } = this.#options
    const reason = [...this.#reasons.values()].join('; ')
    return {
      master: this.#followed,
      state: this.#state,
      seconds: seconds(clock.now() - this.#since),
      ...(this.#state === 'searching' && reason !== '' && { reason }),
      insecure: trust.key === undefined,
      masters: this.#masters.all.map(({ name }) => reportOf(name, this.#last.get(name), this.#reasons.get(name))),
      refusals: judge.refusals,
    }
  }

  /** This machine's address towards the master that is followed, or was last: what the cluster knows it by. */
  get here(): Address | undefined {
    return this.#provedAttempt?.here ?? this.#here
  }

  /** A connection to a master that has proved a moment ago that it lives; undefined if there is none. */
  get proved(): KickbackClient | undefined {
    return this.#provedAttempt?.proved
  }

  /** Where a master speaks TLS that has proved a moment ago that it lives; undefined if there is none. */
  get securePlace(): HostPort | undefined {
    return this.#provedAttempt?.securePlace
  }

  /** Whether this is the master that is followed now. */
  isLiving(master: Address): boolean {
    const peer = this.#state === 'searching' ? undefined : this.#last.get(this.#followed)?.peer
    return peer?.via === 'tcp' && sameAddress(peer.address, master)
  }

  get #live(): Attempt[] {
    return [...this.#last.values()].filter(isLive)
  }

  /** The attempt at the master that is followed, while it lives. */
  get #current(): Attempt | undefined {
    const attempt = this.#state === 'searching' ? undefined : this.#last.get(this.#followed)
    return attempt !== undefined && isLive(attempt) ? attempt : undefined
  }

  get #provedAttempt(): Attempt | undefined {
    const all = [this.#current, ...this.#live]
    return all.find((attempt) => attempt?.proved !== undefined)
  }

  /**
   * Sees that one master is followed. As long as none is, the next one is tried at once where none is left that is
   * tried, and after PATIENCE where one dawdles.
   */
  async #supervise(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      this.#learnMasters()
      const change = this.#nextChange()
      const current = this.#current
      if (current?.state === 'following') {
        await this.#keep(current, change)
      } else if (this.#live.length > 0) {
        const isOver = await this.#waited(change, PATIENCE)
        if (isOver) this.#lookFurther()
      } else if (this.#left > 0) {
        this.#tryNext()
      } else {
        await this.#rest(change)
      }
    }
  }

  /** The masters that what is held names are in the list, behind those of the settings. One that is not in it any more is left. */
  #learnMasters(): void {
    const next = this.#masters.all[this.#next]
    const change = this.#masters.learn(this.#options.further?.() ?? [])
    if (change === undefined) return
    this.#left = Math.min(this.#masters.length, this.#left + change.added)
    if (next !== undefined) this.#next = Math.max(0, this.#masters.rankOf(next.name))
    this.#failback.forget()
    for (const name of change.removed) this.#leave(name)
  }

  #leave(name: string): void {
    this.#last.get(name)?.close()
    this.#last.delete(name)
    this.#reasons.delete(name)
    if (name !== this.#followed) return
    this.#turn('searching')
    this.#startOver()
  }

  /** All masters are to be tried, from the first on. */
  #startOver(): void {
    this.#next = 0
    this.#left = this.#masters.length
    this.#failback.forget()
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
    this.#left = this.#masters.length
    this.#brief = 0
  }

  /** The master that is tried or followed dawdles: one that is in step takes its place, else the next one is tried too. */
  #lookFurther(): void {
    const { candidate } = this.#failback
    if (candidate !== undefined && this.#candidate?.state === 'following') this.#found(candidate)
    else if (this.#left > 0) this.#tryNext()
  }

  /** Tries the next master that is not tried already. */
  #tryNext(): void {
    const next = this.#masters.from(this.#next).find(({ name }) => !this.#running.has(name))
    if (next === undefined) {
      this.#left = 0
      return
    }
    this.#left--
    this.#next = this.#masters.rankOf(next.name) + 1
    this.#start(next)
  }

  /** A master is followed, and the others are let go; except that those which are preferred are tried from time to time. */
  async #keep(current: Attempt, change: Change): Promise<void> {
    const candidate = this.#candidate
    for (const attempt of this.#live) if (attempt !== current && attempt !== candidate) attempt.close()
    if (candidate?.state === 'following') await this.#goBack(candidate, change)
    else if (candidate !== undefined || this.#masters.rankOf(this.#followed) <= 0) await change.happened
    else if (await this.#waited(change, this.#failback.wait)) this.#tryPreferred()
  }

  /** Tries the next one of the masters that are preferred to the one that is followed. */
  #tryPreferred(): void {
    const preferred = this.#masters.all.slice(0, this.#masters.rankOf(this.#followed))
    const next = this.#failback.next(preferred, ({ name }) => !this.#running.has(name))
    if (next !== undefined) this.#start(next)
  }

  /** Follows a preferred master again once it has stayed in step for long enough. */
  async #goBack({ since }: Attempt, change: Change): Promise<void> {
    const isSteady = await this.#waited(change, this.#failback.steadyIn(since))
    const { candidate } = this.#failback
    if (!isSteady || candidate === undefined) return
    this.#found(candidate)
    this.#failback.returned()
  }

  /** The attempt at the preferred master that is tried, while it lives. */
  get #candidate(): Attempt | undefined {
    const attempt = this.#last.get(this.#failback.candidate ?? '')
    return attempt !== undefined && isLive(attempt) ? attempt : undefined
  }

  #start({ name, place }: NamedMaster): void {
    const { trust, judge, software, clock, cache, room, random, take, awake = () => {} } = this.#options
    const attempt = new Attempt({
      ...{ place, trust, judge, software, clock, cache, room, random, awake },
      holder: {
        ...this.#options,
        isForced: () => this.#order !== undefined,
        take: (snapshot) => {
          judge.forget()
          take(snapshot)
        },
      },
      changed: () => this.#changed(name, attempt),
    })
    this.#last.set(name, attempt)
    const ended = attempt.run().finally(() => this.#running.delete(name))
    this.#running.set(name, ended)
  }

  #changed(name: string, attempt: Attempt): void {
    this.#here = attempt.here ?? this.#here
    if (attempt.state === 'lost' && !attempt.isClosed) this.#lost(name, attempt)
    if (attempt.state === 'following' && this.#isToBeFollowed(name)) this.#found(name)
    if (attempt.state === 'updating' && name === this.#followed) this.#turn('updating')
    this.#wake()
  }

  /** Whether a master that is in step is followed at once: one that is preferred has to stay so, while another is followed. */
  #isToBeFollowed(name: string): boolean {
    const current = this.#current
    if (current === undefined || name === this.#followed) return true
    return name !== this.#failback.candidate && current.state !== 'following'
  }

  #found(name: string): void {
    const isNews = this.#state === 'searching' || this.#followed !== name
    this.#followed = name
    this.#backoff.reset()
    this.#reasons.delete(name)
    // Where this one is lost the others are tried at once, and itself after a pause.
    this.#left = this.#masters.length - 1
    this.#next = this.#masters.rankOf(name) + 1
    this.#turn('following')
    this.#settle(undefined)
    if (!isNews) return
    this.#failback.begin()
    this.#options.log.info({ master: name }, 'following')
  }

  /** Tells once why a master is lost, and again only when it is something else. */
  #lost(name: string, { reason = 'closed' }: Attempt): void {
    const loss = `${name}: ${reason}`
    if (loss !== this.#reasons.get(name)) this.#options.log.warn({ master: name, reason }, 'master is lost')
    this.#reasons.set(name, loss)
    if (name === this.#followed && this.#state !== 'searching') this.#lostFollowed()
    else if (name === this.#failback.candidate) this.#failback.failed()
    if (this.#state === 'searching') this.#followed = name
  }

  #lostFollowed(): void {
    // Masters that take us and lose us again at once are not asked in turn without end.
    const isBrief = this.#options.clock.now() - this.#since < PATIENCE
    this.#brief = isBrief ? this.#brief + 1 : 0
    if (this.#brief >= this.#masters.length) this.#left = 0
    const { candidate } = this.#failback
    const isReady = this.#candidate?.state === 'following'
    this.#failback.lost()
    this.#failback.forget()
    this.#turn('searching')
    if (candidate !== undefined && isReady) this.#found(candidate)
    // Nobody knows whether the one that is tried is there at all.
    else if (this.#live.length > 0 && this.#left > 0) this.#tryNext()
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

function isLive({ state, isClosed }: Attempt): boolean {
  return state !== 'lost' && !isClosed
}

function seconds(ms: number): number {
  return Math.round(ms / 1000)
}
