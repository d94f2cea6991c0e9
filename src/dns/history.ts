/** The last generations of the zones, as differences: what incremental transfers are made of. */
import type { ByteString, Zones } from '../resolver/index.ts'
import { handlers } from '../values/index.ts'
import { type ZoneChange, type ZoneChanges, zoneChanges } from './changes.ts'

/** How many steps are kept, and how many records in all of them. */
export interface HistoryLimits {
  readonly steps: number
  readonly records: number
}

/** The bounds that are used unless a test wants others. */
export const HISTORY_LIMITS: HistoryLimits = { steps: 100, records: 200_000 }

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

/** Runs something soon, after other work that waits: setImmediate. */
export type Defer = (work: () => void) => void

/** The history of the zones since the start. */
export class History {
  readonly #defer: Defer
  readonly #limits: HistoryLimits
  readonly #steps: Step[] = []
  #newest: Zones
  #waiting: Waiting | undefined
  #working = false

  constructor(first: Zones, defer: Defer, limits: HistoryLimits = HISTORY_LIMITS) {
    this.#limits = limits
    this.#newest = first
    this.#defer = defer
  }

  /**
   * Adds a generation, then calls `done`. Of generations that come while one is being compared only the last is added: the
   * others are passed over.
   */
  add(zones: Zones, done: () => void): void {
    this.#waiting = { zones, done }
    if (!this.#working) this.#next()
  }

  /** The steps from a serial to the newest generation; undefined where they are not known. */
  since(serial: number, origin: ByteString): readonly ZoneChange[] | undefined {
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
    const comparing = zoneChanges(this.#newest, next.zones)
    const give = (): void => this.#forget(next)
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

  /** Goes on from a generation without its difference: who holds an older one copies the zones whole. */
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
