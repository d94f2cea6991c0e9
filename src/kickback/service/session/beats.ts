/** Signs of life: who follows and wants them gets one after each BEAT_SECONDS in which nothing was sent to it. */
import { type Clock, handlers } from '../../../values/index.ts'
import { BEAT_SECONDS } from '../../wire/protocol.ts'

/** A client that gets signs of life. */
interface Follower {
  /** Is sent one, or something in its place. */
  beat(): void
}

/** How many get one before other work has its turn, and how long that is, in milliseconds, where more are due. */
const BATCH = 64
const TURN = 1
/** Who is due within so many milliseconds gets its sign along with the one before: a timer for each would wake the process as often. */
const TOGETHER = 20

/** All clients of a service that get signs of life. They all have one period, so that who was sent something last is due last. */
export class Beats {
  readonly #clock: Clock
  /** When each is due, in this order. */
  readonly #due = new Map<Follower, number>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many clients get signs of life. */
  get size(): number {
    return this.#due.size
  }

  /** Something was sent to this client, which gets signs of life from now on. */
  sent(follower: Follower): void {
    this.#due.delete(follower)
    this.#due.set(follower, this.#clock.now() + BEAT_SECONDS * 1000)
    if (this.#cancel === undefined) this.#wait(BEAT_SECONDS * 1000)
  }

  /** This one gets no more. */
  forget(follower: Follower): void {
    this.#due.delete(follower)
    if (this.#due.size > 0) return
    this.#cancel?.()
    this.#cancel = undefined
  }

  #wait(ms: number): void {
    this.#cancel = this.#clock.after(
      ms,
      handlers.guard(
        'signs of life',
        () => this.#beat(),
        () => this.#wait(TURN),
      ),
    )
  }

  #beat(): void {
    const until = this.#clock.now() + TOGETHER
    let count = 0
    for (const [follower, due] of this.#due) {
      if (due > until || count++ === BATCH) break
      // It is due again later, whatever becomes of this one: a client that is stuck does not hold up the others.
      this.sent(follower)
      follower.beat()
    }
    const [next] = this.#due.values()
    this.#cancel = undefined
    if (next !== undefined) this.#wait(Math.max(TURN, next - this.#clock.now()))
  }
}
