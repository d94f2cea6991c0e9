/**
 * Finds the stretches that overlap, in one pass over them in order of their starts.
 * `settle` is told of each overlapping pair and returns the one of the two that stays. Those that stay to the end,
 * which is what is returned, overlap nowhere: each new one need only be held against the last that stayed.
 */
export function settleOverlaps<S>(
  stretches: readonly S[],
  byStart: (a: S, b: S) => number,
  overlap: (before: S, next: S) => boolean,
  settle: (before: S, next: S) => S,
): S[] {
  const staying: S[] = []
  for (const next of stretches.toSorted(byStart)) {
    const before = staying.at(-1)
    if (before === undefined || !overlap(before, next)) staying.push(next)
    else staying[staying.length - 1] = settle(before, next)
  }
  return staying
}
