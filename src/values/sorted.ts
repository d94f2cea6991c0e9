/** Search in sorted lists. */

/** How many items of a list stand before the first for which `isAfter` holds; it holds for all that follow that one. */
export function countBefore<T>(sorted: readonly T[], isAfter: (item: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAfter(sorted[middle] as T)) high = middle
    else low = middle + 1
  }
  return low
}

/** The last item of a list that stands before the first for which `isAfter` holds; undefined if none does. */
export function lastBefore<T>(sorted: readonly T[], isAfter: (item: T) => boolean): T | undefined {
  return sorted[countBefore(sorted, isAfter) - 1]
}
