/** A host that moves at each reload to an address above the last one: who was told of an address is never told of one before it. */

/** Where its addresses begin: no record has these two bytes by chance, since text is ASCII and lengths are short. */
const FIRST = [10, 137] as const
/** How many of the last byte are used: no address ends in 0 or 255. */
const LAST = 250

/** The range that has its addresses, as a line of a configuration. */
export const MOVING_RANGE = `hostrange ${FIRST.join('.')}.0.1 ${FIRST.join('.')}.255.250\n`

/** Its address after so many moves. */
export function movingAddress(moves: number): string {
  return [...FIRST, Math.floor(moves / LAST), 1 + (moves % LAST)].join('.')
}

/** What one client was told of it. */
export class Moving {
  #moves = -1

  /** After how many moves it was at the newest address that was told; -1 before the first. */
  get moves(): number {
    return this.#moves
  }

  /** Whether an answer may be told now, to a question of the time when `before` moves were known: it holds an address, and no older one. */
  mayBe(answer: Uint8Array | undefined, before: number): boolean {
    const moves = movesIn(answer ?? new Uint8Array())
    this.#moves = Math.max(this.#moves, moves)
    return moves >= 0 && moves >= before
  }
}

/** The moves that led to the address in these bytes; -1 where there is none. */
function movesIn(bytes: Uint8Array): number {
  const at = Buffer.from(bytes).indexOf(Buffer.from(FIRST))
  const [high, low] = at < 0 ? [] : bytes.subarray(at + 2, at + 4)
  return high === undefined || low === undefined || low === 0 || low > LAST ? -1 : high * LAST + low - 1
}
