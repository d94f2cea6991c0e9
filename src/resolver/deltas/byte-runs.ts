/** The bytes that two versions of the same thing have in common, in runs, wherever they are (as rsync and VCDIFF find them). */
import type { Run } from './record-runs.ts'

/** How many bytes must be the same to be found at another place. */
const BLOCK = 32
/** The factor of the rolling hash of a block (Rabin and Karp). */
const FACTOR = 0x01000193
/** FACTOR to the power of BLOCK: what a byte that leaves the block counted for. */
const LEAVING = Array.from({ length: BLOCK }).reduce<number>((power) => Math.imul(power, FACTOR), 1)

/**
 * Which bytes of `after` are in `before`, in the order of `after`. Time grows with the sum of both lengths: what is the same at the start
 * and the end is compared, what is between is found by its blocks.
 */
export function byteRuns(before: Uint8Array, after: Uint8Array): readonly Run[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const runs: Run[] = []
  if (head > 0) runs.push({ from: 0, to: 0, length: head })
  const middle = new Search(before.subarray(head, before.length - tail), after.subarray(head, after.length - tail))
  for (const { from, to, length } of middle.runs()) runs.push({ from: from + head, to: to + head, length })
  if (tail > 0) runs.push({ from: before.length - tail, to: after.length - tail, length: tail })
  return runs
}

/** The search of one array's blocks in another one. */
class Search {
  readonly #before: Uint8Array
  readonly #after: Uint8Array
  /** Where a block with this hash starts in `before`; of equal ones the last. */
  readonly #blocks = new Map<number, number>()

  constructor(before: Uint8Array, after: Uint8Array) {
    this.#before = before
    this.#after = after
    for (let at = 0; at + BLOCK <= before.length; at += BLOCK) this.#blocks.set(hashOf(before, at), at)
  }

  *runs(): Generator<Run> {
    if (this.#blocks.size === 0) return
    // Everything before `done` is in a run, or in none.
    let done = 0
    let hash = 0
    let hashed: number | undefined
    for (let at = 0; at + BLOCK <= this.#after.length; ) {
      hash = hashed !== undefined && hashed === at - 1 ? this.#rolled(hash, at) : hashOf(this.#after, at)
      hashed = at
      const run = this.#runAt(this.#blocks.get(hash), at, done)
      if (run === undefined) at++
      else {
        yield run
        done = run.to + run.length
        at = done
      }
    }
  }

  /** The hash of the block at `at`, by that of the one a byte before. */
  #rolled(hash: number, at: number): number {
    const [left = 0, entered = 0] = [this.#after[at - 1], this.#after[at + BLOCK - 1]]
    return (Math.imul(hash, FACTOR) + entered - Math.imul(left, LEAVING)) | 0
  }

  /** The run around a block that is at `place` in `before`, as far as it goes in both directions. */
  #runAt(place: number | undefined, at: number, done: number): Run | undefined {
    // The hash alone proves nothing.
    if (place === undefined || !this.#isBlock(place, at)) return undefined
    let [from, to, length] = [place, at, BLOCK]
    while (from > 0 && to > done && this.#before[from - 1] === this.#after[to - 1]) {
      from--
      to--
      length++
    }
    while (from + length < this.#before.length && this.#before[from + length] === this.#after[to + length]) length++
    return { from, to, length }
  }

  #isBlock(place: number, at: number): boolean {
    const [before, after] = [this.#before.subarray(place, place + BLOCK), this.#after.subarray(at, at + BLOCK)]
    return Buffer.compare(before, after) === 0
  }
}

/** The hash of the block that starts at `at`. */
function hashOf(bytes: Uint8Array, at: number): number {
  let hash = 0
  for (let i = at; i < at + BLOCK; i++) hash = (Math.imul(hash, FACTOR) + (bytes[i] ?? 0)) | 0
  return hash
}
