/** How late the event loop comes to what is due: sampled after scrapes alone, so that a daemon that nobody scrapes is not woken. */
import { background, type Clock, type DurationCounts, Durations, handlers, loopTimes } from '../../values/index.ts'

/** What is known of the event loop, as plain data. */
export interface LoopFigures {
  /** Seconds since the start in which it had work, and in which it waited. */
  readonly active: number
  readonly idle: number
  /** How much later than asked for timers came. */
  readonly delay: DurationCounts
}

/** When samples are taken. */
interface LoopDelayOptions {
  readonly clock?: Clock
  /** For how long after a scrape, in milliseconds; with 0 there is one sample a scrape. */
  readonly lasts: number
}

/** For a master: it is scraped again before that has passed. */
export const WATCHED = 120_000
/** The wait of a sample, in milliseconds. */
const EVERY = 100
/** The steps of the delay, in seconds. */
const STEPS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]

/** The samples of one daemon. */
export class LoopDelay {
  readonly #clock: Clock
  readonly #lasts: number
  readonly #delay = new Durations(STEPS)
  #until = 0
  #isWaiting = false

  constructor({ clock = background, lasts }: LoopDelayOptions) {
    this.#clock = clock
    this.#lasts = lasts
  }

  /** What was sampled until now, for a scrape: more samples follow it. */
  scraped(): LoopFigures {
    this.#until = this.#clock.now() + this.#lasts
    this.#sample()
    return { ...loopTimes(), delay: this.#delay.all }
  }

  #sample(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    const due = this.#clock.now() + EVERY
    const came = (): void => {
      this.#isWaiting = false
      const now = this.#clock.now()
      this.#delay.count(Math.max(0, now - due))
      if (now < this.#until) this.#sample()
    }
    const failed = (): void => {
      this.#isWaiting = false
    }
    this.#clock.after(EVERY, handlers.guard('event loop sample', came, failed))
  }
}
