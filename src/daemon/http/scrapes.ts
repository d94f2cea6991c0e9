/** The scrapes that wait for a text: however many come, few texts are made. */
import { background, type Clock, sleep } from '../../values/index.ts'

/** The least time from one text to the next, in milliseconds: a text costs as much as hundreds of questions. */
const APART = 100

/** Gives texts to scrapes. A scrape gets a text that was begun after it came; those that wait at the same time share one. */
export class Scrapes {
  readonly #make: () => Promise<string>
  readonly #clock: Clock
  #next: Promise<string> | undefined
  #earliest: number

  /** `make` makes a text. */
  constructor(make: () => Promise<string>, clock: Clock = background) {
    this.#make = make
    this.#clock = clock
    this.#earliest = clock.now()
  }

  /** The text for a scrape that came now. Rejects where it cannot be made. */
  text(): Promise<string> {
    this.#next ??= this.#later()
    return this.#next
  }

  async #later(): Promise<string> {
    await sleep(this.#clock, Math.max(0, this.#earliest - this.#clock.now()))
    this.#next = undefined
    this.#earliest = this.#clock.now() + APART
    return this.#make()
  }
}
