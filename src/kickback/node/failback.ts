/**
 * When a node that follows another master goes back to one that it prefers: not before that one has stayed in step, and later each
 * time that it did not.
 */
import type { Clock } from '../../values/index.ts'
import { Backoff } from './backoff.ts'
import type { NamedMaster } from './master-list.ts'

/** Waits between turns of trying the masters that are preferred, in milliseconds. */
const TURNS = { first: 30_000, longest: 120_000 }
/** How long a preferred master has to stay in step before it is followed again, in milliseconds: at first, and at the most. */
const STEADY = { first: 30_000, longest: 1_800_000 }
/** A master that is lost sooner than this after it was gone back to, in milliseconds, has to stay in step twice as long the next time. */
const KEPT_FOR = 600_000

/** What it works with. */
interface FailbackOptions {
  readonly clock: Pick<Clock, 'now'>
  /** Where jitter comes from: 0 <= random() < 1. All nodes lose a master at one moment, and go back to it one after the other. */
  readonly random: () => number
}

/** Which preferred master is tried, and when. Times are milliseconds on the clock. */
export class Failback {
  readonly #clock: FailbackOptions['clock']
  readonly #turns: Backoff
  #due = Number.POSITIVE_INFINITY
  #steady: number = STEADY.first
  #returnedAt: number | undefined
  /** Those that are still to be tried in this turn. */
  #left: readonly NamedMaster[] = []
  #candidate: string | undefined

  constructor({ clock, random }: FailbackOptions) {
    this.#clock = clock
    this.#turns = new Backoff({ ...TURNS, random })
  }

  /** The master that is tried, or has to stay in step before it is followed. */
  get candidate(): string | undefined {
    return this.#candidate
  }

  /** How long it is until preferred masters are tried; 0: now. */
  get wait(): number {
    return this.#left.length > 0 ? 0 : Math.max(0, this.#due - this.#clock.now())
  }

  /** How long a candidate that is in step since this moment still has to stay so; 0: it is to be followed. */
  steadyIn(since: number): number {
    return Math.max(0, since + this.#steady - this.#clock.now())
  }

  /** Another master than the first is followed from now on: those before it are tried after a first wait. */
  begin(): void {
    this.forget()
    this.#turns.reset()
    this.#due = this.#clock.now() + this.#turns.next()
  }

  /** The one of the preferred masters that is to be tried now; undefined if none is left that can be. */
  next(preferred: readonly NamedMaster[], canBe: (master: NamedMaster) => boolean): NamedMaster | undefined {
    const [first, ...others] = (this.#left.length > 0 ? this.#left : preferred).filter(canBe)
    this.#left = others
    this.#candidate = first?.name
    if (first === undefined) this.#endTurn()
    return first
  }

  /** The candidate is lost. */
  failed(): void {
    this.#candidate = undefined
    if (this.#left.length === 0) this.#endTurn()
  }

  /** The candidate is followed again. */
  returned(): void {
    this.#returnedAt = this.#clock.now()
  }

  /** The master that was followed is lost. */
  lost(): void {
    if (this.#returnedAt === undefined) return
    const isSoon = this.#clock.now() - this.#returnedAt < KEPT_FOR
    this.#steady = isSoon ? Math.min(2 * this.#steady, STEADY.longest) : STEADY.first
    this.#returnedAt = undefined
  }

  /** Nobody is tried any more. */
  forget(): void {
    this.#left = []
    this.#candidate = undefined
  }

  /** After a turn the next one comes after a longer wait. */
  #endTurn(): void {
    this.#due = this.#clock.now() + this.#turns.next()
  }
}
