/**
 * The instructions of a delta: bytes that make the content of one snapshot from that of another (as VCDIFF, RFC 3284, with two
 * instructions for indexes).
 *
 *   ┌──────────┬───────────────────┬─────────────┬─────────────┬─────
 *   │ "kbd1"   │ size of the       │ instruction │ instruction │ ...
 *   │          │ target (integer)  │             │             │
 *   └──────────┴───────────────────┴─────────────┴─────────────┴─────
 *
 * Integers are base-128, low groups first, the high bit says that more follow; signed ones are 2n, or -2n-1 below 0. An instruction begins
 * with an integer: its kind in the low two bits, its length above them. Together the instructions give the target's bytes from the end of its
 * header to its end, which ends the delta. Offsets count from the start of the file, as in the snapshot itself.
 */

/** What a delta begins with. */
export const DELTA_MAGIC = 'kbd1'

/** The kinds of instructions. */
export const KINDS = { COPY: 0, DATA: 1, SLOTS: 2, MOVES: 3 } as const

/** What each does, for docs/snapshot.md: `length` is its length. */
export const INSTRUCTION_DOCS: { readonly [K in keyof typeof KINDS]: string } = {
  COPY: '`length` bytes of the base. A signed integer follows: how far they start from the end of the last COPY or SLOTS, at first from 0',
  DATA: 'the `length` bytes that follow',
  SLOTS: '`length` slots of an index of the base, found as by COPY; the records are moved as the last MOVES says',
  MOVES:
    '`length` rows: which records of one section have moved. A row is how many units of 8 bytes after the end of the row before its records start (at first after 0), how many units they take, and by how many they have moved (signed)',
}

/** Records that lie side by side in the base and in the target: units of ALIGNMENT bytes from the start of their section. */
export interface Move {
  readonly from: number
  readonly length: number
  readonly by: number
}

/** Where the record of a slot is after the moves; one that is in none of them stays. `record` is as a slot holds it: units plus 1. */
export function movedRecord(moves: readonly Move[], record: number): number {
  if (record === 0) return 0
  const unit = record - 1
  let low = 0
  let high = moves.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((moves[middle]?.from ?? 0) > unit) high = middle
    else low = middle + 1
  }
  const move = moves[low - 1]
  if (move === undefined || unit >= move.from + move.length) return record
  return (record + move.by) >>> 0
}
