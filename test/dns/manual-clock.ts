/** A clock that stands still until the test moves it. */
import type { Clock } from '../../src/values/index.ts'

/** Time by hand: what is due is called in order as the clock passes it. */
export class ManualClock implements Clock {
  #now = 0
  readonly #due: { readonly at: number; readonly then: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, then: () => void): () => void {
    const entry = { at: this.#now + ms, then }
    this.#due.push(entry)
    return () => {
      const at = this.#due.indexOf(entry)
      if (at >= 0) this.#due.splice(at, 1)
    }
  }

  /** Goes on by so many milliseconds. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#due.splice(this.#due.indexOf(next), 1)
      this.#now = next.at
      next.then()
    }
    this.#now = end
  }
}
