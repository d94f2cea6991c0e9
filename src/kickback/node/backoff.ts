/** How long to wait before trying again: longer each time, and never at the same moment as ten thousand others. */

/** Bounds of a back-off in milliseconds, and where its jitter comes from (0 <= random() < 1). */
interface BackoffOptions {
  readonly first: number
  readonly longest: number
  readonly random: () => number
}

/** Waits that double from `first` to `longest`, each drawn between half of itself and the whole. */
export class Backoff {
  readonly #options: BackoffOptions
  #next: number

  constructor(options: BackoffOptions) {
    this.#options = options
    this.#next = options.first
  }

  /** The next wait in milliseconds. */
  next(): number {
    const whole = this.#next
    this.#next = Math.min(whole * 2, this.#options.longest)
    return whole / 2 + (this.#options.random() * whole) / 2
  }

  /** Something worked: the next wait is a first one. */
  reset(): void {
    this.#next = this.#options.first
  }
}
