/** The ids that a node takes of its generations, by its own rule, and what it says of those that it leaves out. */
import type { DroppedReport } from '../../kickback/index.ts'
import { type DroppedIds, displayed, IdFloor, type IdRule, type Snapshot } from '../../resolver/index.ts'
import { inTurns, type Log } from '../../values/index.ts'

/** What a node says of ids, and to whom. */
interface NodeIdsParts {
  readonly rule: IdRule
  /** The generation that is served. */
  readonly current: () => Snapshot | undefined
  readonly log: Pick<Log, 'warn'>
  /** Lets others have their turn; `othersTurn` unless set. */
  readonly turn?: (() => Promise<void>) | undefined
}

/** The ids of one node. */
export class NodeIds {
  readonly #parts: NodeIdsParts
  readonly #floors = new WeakMap<Snapshot, IdFloor>()
  readonly #dropped = new WeakMap<Snapshot, DroppedIds>()
  /** The generation that was looked through last. */
  #looked: WeakRef<Snapshot> | undefined
  #report: DroppedReport | undefined

  constructor(parts: NodeIdsParts) {
    this.#parts = parts
  }

  /** Which ids of a generation this node takes: worked out once for each. */
  of(snapshot: Snapshot): IdFloor {
    const known = this.#floors.get(snapshot)
    if (known !== undefined) return known
    const floor = new IdFloor(snapshot, this.#parts.rule)
    this.#floors.set(snapshot, floor)
    return floor
  }

  /** Which ids this node takes now. Without a copy the ids of accounts that are excepted by name are not known. */
  get now(): IdFloor {
    const current = this.#parts.current()
    return current === undefined ? new IdFloor(undefined, this.#parts.rule) : this.of(current)
  }

  /** What of the current generation is left out, for STATUS; undefined if that is nothing. */
  get report(): DroppedReport | undefined {
    return this.#report
  }

  /** Says what of a generation this node does not take, where that is another than of the one before. */
  async tellDropped(snapshot: Snapshot): Promise<void> {
    const { users, groups, names } = await this.#droppedOf(snapshot)
    if (snapshot !== this.#parts.current()) return
    const report = users + groups === 0 ? undefined : { users, groups, names: names.map(displayed) }
    const isNews = JSON.stringify(report) !== JSON.stringify(this.#report)
    this.#report = report
    if (report === undefined || !isNews) return
    const { uidMin, gidMin } = this.#parts.rule
    this.#parts.log.warn(
      { ...report, uidMin, gidMin },
      'users and groups with ids below the floor of this node are left out; name those that this node needs in the settings users and groups',
    )
  }

  /** Looks at what is new against the generation that was looked through last. */
  async #droppedOf(snapshot: Snapshot): Promise<DroppedIds> {
    const before = this.#looked?.deref()
    const known = before && this.#dropped.get(before)
    const floor = this.of(snapshot)
    const earlier = before && known && { snapshot: before, floor: this.of(before), dropped: known }
    const dropped = await inTurns(floor.dropped(snapshot, earlier), this.#parts.turn)
    this.#dropped.set(snapshot, dropped)
    this.#looked = new WeakRef(snapshot)
    return dropped
  }
}
