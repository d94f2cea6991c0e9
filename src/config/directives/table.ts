/** The table of directives, and the nearest keyword to a misspelt one. */
import { BOOT } from './boot.ts'
import type { Directive } from './directive.ts'
import { KEPT } from './kept.ts'
import { MACHINES } from './machines.ts'
import { MASTERS } from './masters.ts'
import { NODENAME } from './nodename.ts'
import { RANGES } from './ranges.ts'
import { STRANGERS } from './strangers.ts'

/** Every directive, in the manual's order. The table of docs/config.md is this one. */
export const DIRECTIVES: readonly Directive[] = [
  ...RANGES,
  ...MACHINES,
  ...NODENAME,
  ...MASTERS,
  ...BOOT,
  ...STRANGERS,
  ...KEPT,
]

const BY_KEYWORD: ReadonlyMap<string, Directive> = new Map(DIRECTIVES.map((row) => [row.keyword, row]))

/** The row of a keyword; keywords are case-sensitive. */
export function directiveOf(keyword: string): Directive | undefined {
  return BY_KEYWORD.get(keyword)
}

/** The keyword that an unknown one may be a misspelling of, as `nearestWord` has it. */
export function suggestKeyword(unknown: string): string | undefined {
  return nearestWord(
    unknown,
    DIRECTIVES.map(({ keyword }) => keyword),
  )
}

/** The one of `words` that an unknown word may be a misspelling of: at most two letters away, or other case. */
export function nearestWord(unknown: string, words: Iterable<string>): string | undefined {
  const sought = unknown.toLowerCase()
  let best: string | undefined
  let least = Math.min(3, sought.length / 2)
  for (const word of words) {
    if (Math.abs(word.length - sought.length) >= least) continue
    const distance = editDistance(sought, word)
    if (distance < least) [best, least] = [word, distance]
  }
  return best
}

/** How many letters to insert, drop, change or swap with their neighbour to get from `a` to `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) row.push(cell(a, b, i, j, row, above, before))
    before = above
    above = row
  }
  return above[b.length] ?? 0
}

function cell(a: string, b: string, i: number, j: number, row: number[], above: number[], before: number[]): number {
  const at = (cells: number[], index: number): number => cells[index] ?? Number.POSITIVE_INFINITY
  const change = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  const swap = swapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY
  return Math.min(change, swap, at(row, j - 1) + 1, at(above, j) + 1)
}
