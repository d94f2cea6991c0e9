/** What two versions of a configuration differ in: lines side by side in place of others, and all else further up or down. */
import { type LineEdit, lineEdit, linesIn, mustBeLocal } from '../../values/index.ts'
import type { LinePlace } from '../outline.ts'
import type { LineShift } from './moved-diagnostics.ts'
import type { Neighbours } from './neighbours.ts'
import type { StretchLine } from './stretch.ts'

/** The most bytes that differ, of both versions: where more do, a whole parse costs hardly more. */
const CHANGED_MAX = 256 * 1024

/** The lines that go and those that come: where they are, and how many. */
export interface Difference extends LineEdit, LineShift {}

/** What differs. Throws NotLocalError where that is much. */
export function differenceOf(before: Uint8Array, after: Uint8Array): Difference {
  const edit = lineEdit(before, after)
  const { start, oldEnd, newEnd } = edit
  mustBeLocal(oldEnd + newEnd - 2 * start <= CHANGED_MAX, 'many lines of the configuration changed')
  return {
    ...edit,
    head: linesIn(before, 0, start),
    gone: linesIn(before, start, oldEnd),
    come: linesIn(after, start, newEnd),
  }
}

/** Where a line of before is now; undefined for one of those that go. */
export function placeNow(place: LinePlace, { start, oldEnd, newEnd, gone, come }: Difference): LinePlace | undefined {
  if (place.end <= start) return place
  if (place.start < oldEnd) return undefined
  const by = newEnd - oldEnd
  return { number: place.number + come - gone, start: place.start + by, end: place.end + by }
}

/**
 * Where the last node line starts now; -1 if there is none. `lastNode` is where it started, `now` are the lines that come, `before` is the version of before. Throws
 * NotLocalError where it is far before the lines that go.
 */
export function lastNodeNow(
  lastNode: number,
  { start, oldEnd, newEnd }: Difference,
  { now, before }: { readonly now: readonly StretchLine[]; readonly before: Neighbours },
): number {
  if (lastNode >= oldEnd) return lastNode + newEnd - oldEnd
  const own = now.findLast(({ read }) => read?.keyword === 'node')
  if (own !== undefined) return own.line.start
  return lastNode < start ? lastNode : before.nodeLineBefore(start)
}
