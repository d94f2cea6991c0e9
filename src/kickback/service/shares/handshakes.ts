/**
 * The pace of TLS handshakes: each costs the loop as much as dozens of look-ups, and thousands come at once when a master comes back. They
 * wait in line, one source after the other, those of root before others, so that look-ups go on meanwhile.
 */
import { type Clock, handlers } from '../../../values/index.ts'

/** Begins a handshake, and settles when it is over. */
type Begin = () => Promise<void>

/** Handshakes that wait, by their source: the source that comes next is the first. */
type Line = Map<string, Set<Begin>>

/** A handshake whose turn it is. */
interface Turn {
  readonly source: string
  readonly begin: Begin
  readonly isRoot: boolean
}

/** How many begin in a second in the long run, and at once after a rest: a quarter of a core, as measured. */
const PACE = { perSecond: 200, burst: 20 } as const
/**
 * How many may be under way at once, of all, of those that are not of root, and of one source: who begins and says nothing holds up few, and
 * users with a program on many nodes leave root of the nodes its places.
 */
const UNDER_WAY_MAX = 256
const UNDER_WAY_OF_OTHERS = 128
const UNDER_WAY_OF_SOURCE = 4
/** While both wait, so many of root begin for one of the others. */
const ROOTS_IN_A_ROW = 3

/** Has handshakes begin at their pace. There is no bound on how many wait: the crowd has one. */
export class Handshakes {
  readonly #clock: Clock
  readonly #roots: Line = new Map()
  readonly #others: Line = new Map()
  readonly #underWay = new Map<string, number>()
  #underWayAll = 0
  #underWayOfOthers = 0
  #rootsInARow = 0
  #left: number = PACE.burst
  #at: number
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#at = clock.now()
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return [...this.#roots.values(), ...this.#others.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** Has `begin` called when it is the turn of its source, at once if nothing waits. What is given back takes it out of the line. */
  wait(source: string, isRoot: boolean, begin: Begin): () => void {
    const line = isRoot ? this.#roots : this.#others
    const own = line.get(source) ?? new Set()
    line.set(source, own.add(begin))
    this.#goOn()
    return () => {
      own.delete(begin)
      if (own.size === 0 && line.get(source) === own) line.delete(source)
    }
  }

  /** Begins what may begin now, and sees that the rest begins later. */
  #goOn(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#refill()
    while (this.#left >= 1 && this.#underWayAll < UNDER_WAY_MAX) {
      const next = this.#next()
      if (next === undefined) return
      this.#left--
      this.#begin(next)
    }
    // Where as many as may be are under way, the end of one of them goes on.
    if (this.#underWayAll >= UNDER_WAY_MAX || this.#isEmpty) return
    const wait = ((1 - this.#left) / PACE.perSecond) * 1000
    const later = (): void => this.#goOn()
    this.#cancel = this.#clock.after(Math.max(1, wait), handlers.guard('handshakes paced', later, later))
  }

  get #isEmpty(): boolean {
    return this.#roots.size === 0 && this.#others.size === 0
  }

  #refill(): void {
    const now = this.#clock.now()
    this.#left = Math.min(PACE.burst, this.#left + ((now - this.#at) / 1000) * PACE.perSecond)
    this.#at = now
  }

  #next(): Turn | undefined {
    const isRootsTurn = this.#rootsInARow < ROOTS_IN_A_ROW
    const next = isRootsTurn
      ? (this.#nextOfRoot() ?? this.#nextOfOthers())
      : (this.#nextOfOthers() ?? this.#nextOfRoot())
    this.#rootsInARow = isRootsTurn ? this.#rootsInARow + 1 : 0
    return next
  }

  #nextOfRoot(): Turn | undefined {
    const next = this.#firstOf(this.#roots)
    return next && { ...next, isRoot: true }
  }

  #nextOfOthers(): Turn | undefined {
    const next = this.#underWayOfOthers < UNDER_WAY_OF_OTHERS ? this.#firstOf(this.#others) : undefined
    return next && { ...next, isRoot: false }
  }

  /** The first handshake of the first source that may begin one more. The source goes to the end of the line. */
  #firstOf(line: Line): Omit<Turn, 'isRoot'> | undefined {
    for (const [source, own] of line) {
      if ((this.#underWay.get(source) ?? 0) >= UNDER_WAY_OF_SOURCE) continue
      const [begin] = own
      if (begin === undefined) continue
      own.delete(begin)
      line.delete(source)
      if (own.size > 0) line.set(source, own)
      return { source, begin }
    }
    return undefined
  }

  #begin({ source, begin, isRoot }: Turn): void {
    this.#underWayAll++
    if (!isRoot) this.#underWayOfOthers++
    this.#underWay.set(source, (this.#underWay.get(source) ?? 0) + 1)
    const over = (): void => {
      this.#underWayAll--
      if (!isRoot) this.#underWayOfOthers--
      const left = (this.#underWay.get(source) ?? 1) - 1
      if (left > 0) this.#underWay.set(source, left)
      else this.#underWay.delete(source)
      this.#goOn()
    }
    handlers.float('handshake', () => begin().finally(over))
  }
}
