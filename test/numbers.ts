/** Numbers by chance that are the same in each run. */

/** A source of whole numbers from 0 up to a bound, which is not among them. */
export type Numbers = (below: number) => number

/** The numbers of a seed (mulberry32). */
export function numbers(seed: number): Numbers {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
