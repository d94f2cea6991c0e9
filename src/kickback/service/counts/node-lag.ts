/** How nodes keep up: how long each of them took to have a generation, and how many of those of the configuration are not here. */
import { type Asker, DATABASES, layout, nodeAt, type Snapshot } from '../../../resolver/index.ts'
import { type Clock, Durations, each, inTurns, type Steps } from '../../../values/index.ts'
import { type Held, isBehind } from '../holdings.ts'
import type { NodeCounts } from './service-counts.ts'

/** A connection that may be that of a node. */
interface Follower {
  readonly asker: Asker
  /** Undefined if it does not follow, or has not reported. */
  readonly held: Held | undefined
}

/** The steps of the time that a node takes, in seconds. */
const LAG_STEPS = [0.1, 0.3, 1, 3, 10, 30, 120, 600]
/** How long a count of those that are not here stands, in milliseconds: it looks at each connection. */
const STANDS = 5000

/** The nodes of a master. */
export class NodeLag {
  readonly #clock: Pick<Clock, 'now'>
  readonly #lag = new Durations(LAG_STEPS)
  /** Since when a connection is behind: since it came, if that was after the publication. */
  readonly #behind = new WeakMap<object, number>()
  readonly #configured = new WeakMap<Snapshot, Promise<ConfiguredNodes>>()
  #published: number
  #counted: { readonly snapshot: Snapshot; readonly time: number; readonly here: number } | undefined

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
    this.#published = clock.now()
  }

  /** Another content is current now. */
  published(): void {
    this.#published = this.#clock.now()
  }

  /** A connection held that before, and holds this now. */
  moved(one: object, before: Held | undefined, after: Held | undefined, current: Snapshot | undefined): void {
    if (after === undefined || current === undefined) return
    const now = this.#clock.now()
    if (isBehind(after, current)) {
      if (before === undefined) this.#behind.set(one, now)
      return
    }
    const since = this.#behind.get(one)
    this.#behind.delete(one)
    // Who comes with what is current was never behind, and who reports the same again is not either.
    if (since === undefined && (before === undefined || isSame(before, after))) return
    this.#lag.count(now - Math.max(since ?? 0, this.#published))
  }

  /** How the nodes stand among these connections. */
  async all(followers: () => Iterable<Follower>, current: Snapshot | undefined): Promise<NodeCounts> {
    const lag = this.#lag.all
    if (current === undefined) return { configured: 0, missing: 0, unapproved: 0, lag }
    const { configured, unapproved } = await this.#configuredIn(current)
    const here = Math.min(configured, this.#here(followers, current))
    return { configured, missing: configured - here, unapproved, lag }
  }

  #configuredIn(snapshot: Snapshot): Promise<ConfiguredNodes> {
    const known = this.#configured.get(snapshot) ?? inTurns(countNodes(snapshot))
    this.#configured.set(snapshot, known)
    return known
  }

  #here(followers: () => Iterable<Follower>, snapshot: Snapshot): number {
    const time = this.#clock.now()
    if (this.#counted !== undefined && this.#counted.snapshot === snapshot && time - this.#counted.time < STANDS) {
      return this.#counted.here
    }
    const numbers = new Set<number>()
    for (const { asker, held } of followers()) {
      const number = held === undefined || asker.via !== 'network' ? undefined : nodeAt(snapshot, asker.address)
      if (number !== undefined) numbers.add(number)
    }
    this.#counted = { snapshot, time, here: numbers.size }
    return numbers.size
  }
}

function isSame(before: Held, after: Held): boolean {
  return before.generation === after.generation
}

/** The nodes of a snapshot. */
type ConfiguredNodes = Pick<NodeCounts, 'configured' | 'unapproved'>

function* countNodes(snapshot: Snapshot): Steps<ConfiguredNodes> {
  let [configured, unapproved] = [0, 0]
  yield* each(snapshot.records('hosts'), ({ record }) => {
    const { kind } = DATABASES.hosts.decode(record)
    if (kind === layout.HOST_KINDS.NODE) configured++
    if (kind === layout.HOST_KINDS.UNAPPROVED) unapproved++
  })
  return { configured, unapproved }
}
