/** The node's side: finds a living master, follows its generations, and takes those that it can trust. */
import { type Address, sameAddress } from '../config/index.ts'
import { layout, plainAddress, type RecordAddress, type Snapshot } from '../resolver/index.ts'
import type { Log } from '../values/index.ts'
import { type Clock, sleep } from '../values/index.ts'
import { Backoff } from './backoff.ts'
import { KickbackClient, ServiceError } from './client.ts'
import { type Place, placeName } from './link.ts'
import type { Following } from './report.ts'
import { fetchSnapshot } from './transfer.ts'
import { type Trust, trusted, UntrustedError } from './trust.ts'

/** What a follower is made of. */
export interface FollowerOptions {
  /** The masters, first choice first; at least one. */
  readonly masters: readonly Place[]
  readonly trust: Trust
  readonly software: string
  readonly clock: Clock
  readonly log: Log
  /** Where jitter comes from: 0 <= random() < 1. */
  readonly random: () => number
  /** The generation that this node holds. */
  readonly current: () => Snapshot | undefined
  /** Takes a generation that was found good. */
  readonly onGeneration: (snapshot: Snapshot) => void
}

/** How long a master may take to answer, in milliseconds. */
const TIMEOUT = 10_000
/** How often a master is asked whether it lives, and told what we hold. */
const HEARTBEAT = 30_000
/** Waits between masters that do not answer. */
const RETRY = { first: 1000, longest: 30_000 }
/** How often a transfer is begun again because newer generations came meanwhile. */
const TRANSFERS = 5

/** Follows the masters until it is closed. Whatever they do, the generation that is held stays. */
export class Follower {
  readonly #options: FollowerOptions
  readonly #closing = new AbortController()
  readonly #backoff: Backoff
  #client: KickbackClient | undefined
  #master = 0
  #isFollowing = false
  #since: number
  #reason: string | undefined
  #here: Address | undefined
  #running: Promise<void> | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#since = options.clock.now()
    this.#backoff = new Backoff({ ...RETRY, random: options.random })
  }

  /** Begins to follow. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends, and waits until nothing is on its way any more. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#client?.close()
    await this.#running
  }

  /** What STATUS tells of the masters. */
  status(): Following {
    return {
      master: placeName(this.#place),
      state: this.#isFollowing ? 'following' : 'searching',
      seconds: Math.round((this.#options.clock.now() - this.#since) / 1000),
      ...(this.#reason !== undefined && { reason: this.#reason }),
    }
  }

  /** This machine's address towards the master that is followed, or was last: what the cluster knows it by. */
  get here(): Address | undefined {
    return this.#here
  }

  /** Whether this is the master that is followed now. */
  isLiving(master: RecordAddress): boolean {
    const peer = this.#isFollowing ? this.#client?.peer : undefined
    return peer?.via === 'tcp' && sameAddress(peer.address, plainAddress(master))
  }

  get #place(): Place {
    const { masters } = this.#options
    return masters[this.#master % masters.length] as Place
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await this.#follow()
      } catch (error) {
        this.#lost(error instanceof Error ? error.message : String(error))
      }
      this.#master++
      await sleep(this.#options.clock, this.#backoff.next(), signal)
    }
  }

  /** Follows one master until it is lost, which it throws. */
  async #follow(): Promise<never> {
    const { clock, software } = this.#options
    const client = await KickbackClient.connect(this.#place, { clock, software, timeout: TIMEOUT })
    this.#client = client
    try {
      this.#here = client.localAddress ?? this.#here
      if (this.#closing.signal.aborted) throw new ServiceError('closed', 'we end')
      return await this.#inStep(client)
    } finally {
      client.close()
    }
  }

  /** Takes each generation that the master tells of, and asks now and then whether it lives. */
  async #inStep(client: KickbackClient): Promise<never> {
    let told = 0
    let wake = (): void => {}
    client.onClosed(() => wake())
    await client.subscribe((generation) => {
      told = generation
      wake()
    })
    for (;;) {
      // Made before anything is looked at, so that no generation that comes meanwhile goes unseen.
      const news = new Promise<void>((resolve) => {
        wake = resolve
      })
      await this.#takeUpTo(client, told)
      const taken = told
      await client.hello(this.#options.current()?.generation ?? 0)
      this.#found()
      if (taken !== told) continue
      await this.#pause(news)
    }
  }

  /** Waits for news, as long as a heartbeat. */
  async #pause(news: Promise<void>): Promise<void> {
    const ended = new AbortController()
    await Promise.race([news, sleep(this.#options.clock, HEARTBEAT, ended.signal)])
    ended.abort()
  }

  /** Sees that this node holds the generation that the master told of, or a newer one. Throws where it can't be had. */
  async #takeUpTo(client: KickbackClient, told: number): Promise<void> {
    const held = this.#options.current()?.generation ?? -1
    if (told === held) return
    if (told < held) {
      // With another master to ask, one that is behind is no use; the only one will catch up.
      if (this.#options.masters.length > 1) throw new UntrustedError(`it has generation ${told}, we hold ${held}`)
      return
    }
    const snapshot = await trusted(await this.#fetch(client), this.#options.trust)
    if (snapshot.generation <= held)
      throw new UntrustedError(`it told of generation ${told} and sent ${snapshot.generation}`)
    this.#options.onGeneration(snapshot)
    this.#options.log.info({ generation: snapshot.generation, master: placeName(this.#place) }, 'took a generation')
  }

  async #fetch(client: KickbackClient): Promise<Buffer> {
    for (let transfers = 1; ; transfers++) {
      try {
        return await fetchSnapshot(client, layout.KINDS.PUBLIC)
      } catch (error) {
        const isOvertaken = error instanceof ServiceError && error.code === 'generation'
        if (!isOvertaken || transfers === TRANSFERS) throw error
      }
    }
  }

  #found(): void {
    this.#backoff.reset()
    this.#reason = undefined
    if (this.#isFollowing) return
    this.#turn(true)
    this.#options.log.info({ master: placeName(this.#place) }, 'following')
  }

  /** Tells once why no master is followed, and again only when it is something else. */
  #lost(reason: string): void {
    if (this.#closing.signal.aborted) return
    const told = `${placeName(this.#place)}: ${reason}`
    if (this.#isFollowing) this.#turn(false)
    if (told !== this.#reason) this.#options.log.warn({ master: placeName(this.#place), reason }, 'master is lost')
    this.#reason = told
  }

  #turn(isFollowing: boolean): void {
    this.#isFollowing = isFollowing
    this.#since = this.#options.clock.now()
  }
}
