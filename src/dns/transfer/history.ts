/** The last generations of the zones, as differences: what incremental transfers are made of. */
import type { ByteString, Zones } from '../../resolver/index.ts'
import { type Defer, handlers } from '../../values/index.ts'
import { type ZoneChange, type ZoneChanges, zoneChanges } from './changes.ts'

/** How many steps are kept, and how many records in all of them. */
export interface HistoryLimits {
  readonly steps: number
  readonly records: number
}

/** The bounds that are used unless a test wants others. */
const HISTORY_LIMITS: HistoryLimits = { steps: 100, records: 200_000 }
/** How many serials are remembered with the content that they stood for. */
const SERIALS_MAX = 1000

interface Step {
  readonly before: number
  readonly after: number
  readonly changes: ZoneChanges
  readonly records: number
}

/** A generation that is to be added. */
interface Waiting {
  readonly zones: Zones
  readonly done: () => void
}

/** The history of the zones since the start. */
export class History {
  readonly #defer: Defer
  readonly #limits: HistoryLimits
  readonly #steps: Step[] = []
  /** The content that each serial stood for, oldest first; undefined if it stood for two. */
  readonly #contents = new Map<number, Uint8Array | undefined>()
  #newest: Zones
  #waiting: Waiting | undefined
  #working = false

  constructor(first: Zones, defer: Defer, limits: HistoryLimits = HISTORY_LIMITS) {
    this.#limits = limits
    this.#newest = first
    this.#defer = defer
    this.#remember(first)
  }

  /**
   * Adds a generation, then calls `done`. Of generations that come while one is being compared only the last is added: the
   * others are passed over.
   */
  add(zones: Zones, done: () => void): void {
    this.#remember(zones)
    this.#waiting = { zones, done }
    if (!this.#working) this.#next()
  }

  /**
   * The steps from a serial to the newest generation; undefined if they are not known, or where the serial stood for two
   * contents, so that nobody can tell which of them the asker holds.
   */
  since(serial: number, origin: ByteString): readonly ZoneChange[] | undefined {
    if (this.#contents.has(serial) && this.#contents.get(serial) === undefined) return undefined
    const start = this.#steps.findIndex(({ before }) => before === serial)
    if (start < 0) return undefined
    const changes = this.#steps.slice(start).map((step) => step.changes.get(origin))
    return changes.every((change) => change !== undefined) ? changes : undefined
  }

  #next(): void {
    const next = this.#waiting
    this.#waiting = undefined
    this.#working = next !== undefined
    if (next === undefined) return
    const give = (): void => this.#forget(next)
    // A record's TTL is not part of a difference: where it changed, every record did.
    if (this.#newest.settings.ttl !== next.zones.settings.ttl) {
      this.#defer(handlers.guard('zone comparison', give, give))
      return
    }
    const comparing = zoneChanges(this.#newest, next.zones)
    const step = handlers.guard(
      'zone comparison',
      () => {
        const { done, value } = comparing.next()
        if (!done) {
          this.#defer(step)
          return
        }
        this.#keep(next.zones, value)
        next.done()
        this.#next()
      },
      give,
    )
    this.#defer(step)
  }

  /** Keeps what a generation's serial stands for. */
  #remember({ authority: { serial }, snapshot: { digest } }: Zones): void {
    const before = this.#contents.get(serial)
    const isOther = this.#contents.has(serial) && (before === undefined || Buffer.compare(before, digest) !== 0)
    this.#contents.delete(serial)
    // A copy: the digest is a part of all the bytes of a snapshot.
    this.#contents.set(serial, isOther ? undefined : Uint8Array.from(digest))
    const [oldest] = this.#contents.keys()
    if (this.#contents.size > SERIALS_MAX && oldest !== undefined) this.#contents.delete(oldest)
  }

  /** Continues from a generation without its difference: who holds an older one copies the zones whole. */
  #forget({ zones, done }: Waiting): void {
    this.#steps.length = 0
    this.#newest = zones
    this.#next()
    done()
  }

  #keep(zones: Zones, changes: ZoneChanges): void {
    let records = 0
    for (const { removed, added } of changes.values()) records += removed.length + added.length
    this.#steps.push({ before: this.#newest.authority.serial, after: zones.authority.serial, changes, records })
    this.#newest = zones
    let kept = this.#steps.reduce((sum, step) => sum + step.records, 0)
    const { steps: most, records: bound } = this.#limits
    while (this.#steps.length > most || kept > bound) kept -= this.#steps.shift()?.records ?? 0
  }
}
