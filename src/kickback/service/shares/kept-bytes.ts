/** One budget for the bytes that connections have sent and that can't be answered yet: half-sent frames, and frames in wait. */

/** What keeps bytes: a connection. */
export interface Keeper {
  /** Ends for having broken a rule. */
  destroy(broken: string): void
}

/** How much is left when the budget was exceeded and some have been ended: so that this happens seldom. */
const LEFT = 3 / 4

/** Counts what is kept for each connection, and ends those with the most, the oldest first, where it is too much for all. */
export class KeptBytes {
  readonly #max: number
  readonly #keepers = new Map<Keeper, number>()
  #total = 0

  /** `max` bytes are kept for all together. */
  constructor(max: number) {
    this.#max = max
  }

  /** Bytes that are kept now. */
  get total(): number {
    return this.#total
  }

  /** So many are kept for this one now; 0 forgets it. May end it, or others. */
  note(keeper: Keeper, bytes: number): void {
    this.#total += bytes - (this.#keepers.get(keeper) ?? 0)
    if (bytes === 0) this.#keepers.delete(keeper)
    else this.#keepers.set(keeper, bytes)
    if (this.#total > this.#max) this.#makeRoom()
  }

  /** A Map keeps the order in which keepers came, and a sort keeps it among equals. */
  #makeRoom(): void {
    for (const [keeper, bytes] of [...this.#keepers].sort(([, a], [, b]) => b - a)) {
      if (this.#total <= this.#max * LEFT) return
      this.#keepers.delete(keeper)
      this.#total -= bytes
      keeper.destroy('too many half-sent bytes, and this connection had the most')
    }
  }
}
