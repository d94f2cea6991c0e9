/** Places that askers share: who takes many leaves room for the others, however many it wants. */

/**
 * A number of places. One asker may have half as many as are free, and at least one: alone it gets a third of all, and of n that want all
 * there are, each gets one part of n + 2. So there is a place for who comes anew, with hundreds of others too (a dynamic threshold, as
 * switches share the memory of their queues by).
 */
export class Places {
  readonly #held = new Map<string, number>()
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  /** Takes a place; false if this asker gets none now. */
  take(asker: string): boolean {
    const held = this.#held.get(asker) ?? 0
    if (this.#free === 0 || (held > 0 && 2 * held >= this.#free)) return false
    this.#held.set(asker, held + 1)
    this.#free--
    return true
  }

  /** Gives a place back that was taken. */
  leave(asker: string): void {
    const held = this.#held.get(asker) ?? 0
    if (held === 0) throw new RangeError('a place is given back that was not taken')
    if (held === 1) this.#held.delete(asker)
    else this.#held.set(asker, held - 1)
    this.#free++
  }
}
