/** Fronts: what answers others from a generation, or shows it to them. */
import type { Snapshot } from '../../resolver/index.ts'

/** One front of a daemon. */
export interface Front {
  /** Opens what wants no generation. Rejects where it can't be had. */
  open(): Promise<void>
  /** Goes on with this generation. Rejects where what it opens for the first one can't be had. */
  serve(snapshot: Snapshot): Promise<void>
  /** Ends: no more answers. */
  close(): Promise<void>
}

/** The fronts of a daemon as one: they open and are given generations in their order, and close the other way round. */
export class Fronts implements Front {
  readonly #fronts: readonly Front[]

  constructor(fronts: readonly Front[]) {
    this.#fronts = fronts
  }

  async open(): Promise<void> {
    for (const front of this.#fronts) await front.open()
  }

  async serve(snapshot: Snapshot): Promise<void> {
    for (const front of this.#fronts) await front.serve(snapshot)
  }

  async close(): Promise<void> {
    for (const front of this.#fronts.toReversed()) await front.close()
  }
}
