/** The announcement of a generation to those who follow, so many a second: ten thousand nodes do not all ask at the same moment. */
import { type Clock, handlers } from '../../values/index.ts'

/**
 * How many are told at once, and how long after them the next, in milliseconds: 3,300 a second. Each of them asks for a proof, and then for
 * what has changed; look-ups are answered between.
 */
const RELEASE = { each: 50, every: 15 } as const

/** Who follows. */
interface Told {
  /** What it reported that it holds; undefined if it holds nothing, or told nothing. */
  readonly held: unknown
  /** Tells it of the current generation, unless it was told already or has ended. */
  announce(): void
}

/** Tells those who follow. */
export class Announcer {
  readonly #clock: Clock
  /** In the order in which they are told. */
  #waiting: readonly Told[] = []
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Tells all of these, in place of those who wait still: first those who hold nothing, who have waited for the longest. */
  announce(followers: readonly Told[]): void {
    const isEmpty = ({ held }: Told): boolean => held === undefined
    this.#waiting = [...followers.filter(isEmpty), ...followers.filter((follower) => !isEmpty(follower))]
    if (this.#cancel === undefined) this.#release()
  }

  /** Nobody is told any more. */
  close(): void {
    this.#waiting = []
    this.#cancel?.()
  }

  #release(): void {
    this.#cancel = undefined
    const now = this.#waiting.slice(0, RELEASE.each)
    this.#waiting = this.#waiting.slice(RELEASE.each)
    if (now.length === 0) return
    const release = (): void => this.#release()
    this.#cancel = this.#clock.after(RELEASE.every, handlers.guard('announcement', release))
    for (const follower of now) follower.announce()
  }
}
