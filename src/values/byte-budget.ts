/** One budget for bytes that are kept for many clients: where it is too much, the client with the most gives some up. */

/** What bytes are kept for: a connection. */
export interface Keeper {
  /** What it is counted by: all connections of one client have the same. */
  readonly source: string
  /** Ends for having broken a rule. */
  destroy(broken: string): void
}

/** What a budget is made of. */
interface BudgetParts<K extends Keeper> {
  /** How many bytes may be kept for all together. */
  readonly max: number
  /** How many are kept for one now; 0 once it has ended. They may grow fewer without a word. */
  readonly bytesOf: (keeper: K) => number
  /** Why one is ended. */
  readonly reason: string
}

/** How much is left when the budget was exceeded and some have been ended: so that this happens seldom. */
const LEFT = 3 / 4

/**
 * Counts what is kept for each connection. Where it is too much for all, the client for which the most is kept loses its greatest
 * connection, the oldest of equals, and so on: no client makes others lose theirs by having many small ones.
 */
export class ByteBudget<K extends Keeper = Keeper> {
  readonly #parts: BudgetParts<K>
  readonly #keepers = new Map<K, number>()
  #total = 0

  constructor(parts: BudgetParts<K>) {
    this.#parts = parts
  }

  /** Bytes that are kept, as far as it was noted. */
  get total(): number {
    return this.#total
  }

  /** What is kept for this one may have changed. May end it, or others. */
  note(keeper: K): void {
    this.#measure(keeper)
    if (this.#total > this.#parts.max) this.#makeRoom()
  }

  #measure(keeper: K): void {
    const bytes = this.#parts.bytesOf(keeper)
    this.#total += bytes - (this.#keepers.get(keeper) ?? 0)
    if (bytes === 0) this.#keepers.delete(keeper)
    else this.#keepers.set(keeper, bytes)
  }

  #makeRoom(): void {
    for (const keeper of [...this.#keepers.keys()]) this.#measure(keeper)
    if (this.#total <= this.#parts.max) return
    for (const keeper of this.#inOrder()) {
      if (this.#total <= this.#parts.max * LEFT) return
      this.#total -= this.#keepers.get(keeper) ?? 0
      this.#keepers.delete(keeper)
      keeper.destroy(this.#parts.reason)
    }
  }

  /**
   * Who is to go first. Each stands by its own bytes and those of the smaller connections of its client: what its client would still have if
   * all greater ones had gone. A Map keeps the order in which keepers came, and a sort keeps it among equals.
   */
  #inOrder(): K[] {
    const oldestFirst = [...this.#keepers]
    const standing = new Map<K, number>()
    const ofSource = new Map<string, number>()
    for (const [keeper, bytes] of oldestFirst.toReversed().sort(([, a], [, b]) => a - b)) {
      const sum = (ofSource.get(keeper.source) ?? 0) + bytes
      ofSource.set(keeper.source, sum)
      standing.set(keeper, sum)
    }
    return oldestFirst.map(([keeper]) => keeper).sort((a, b) => (standing.get(b) ?? 0) - (standing.get(a) ?? 0))
  }
}
