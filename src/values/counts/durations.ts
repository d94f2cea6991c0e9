/** How long something took, counted in a few steps: what a histogram of OpenMetrics is made of. */

/** Counts of durations, as plain data. */
export interface DurationCounts {
  /** The upper ends of the steps in seconds, each inclusive; a last step has no end. */
  readonly bounds: readonly number[]
  /** How many durations were in each step: one more than there are bounds. */
  readonly counts: readonly number[]
  /** All of them together, in seconds. */
  readonly sum: number
}

const SECOND = 1000

/** Counts durations. To count one costs a few comparisons, and takes no memory. */
export class Durations {
  readonly #seconds: readonly number[]
  readonly #bounds: Float64Array
  readonly #counts: Float64Array
  /** A field would be a new number on the heap at each change. */
  readonly #sum = new Float64Array(1)

  /** `bounds` are the upper ends of the steps in seconds, in ascending order. */
  constructor(bounds: readonly number[]) {
    this.#seconds = bounds
    this.#bounds = Float64Array.from(bounds, (seconds) => seconds * SECOND)
    this.#counts = new Float64Array(bounds.length + 1)
  }

  /** Counts one, in milliseconds. */
  count(ms: number): void {
    let step = 0
    while (step < this.#bounds.length && ms > (this.#bounds[step] ?? 0)) step++
    this.#counts[step] = (this.#counts[step] ?? 0) + 1
    this.#sum[0] = (this.#sum[0] ?? 0) + ms
  }

  /** What was counted since the start. */
  get all(): DurationCounts {
    return { bounds: this.#seconds, counts: [...this.#counts], sum: (this.#sum[0] ?? 0) / SECOND }
  }
}
