/** Sets of node numbers, as the configuration writes them. */
import type { NodeSet } from '../cluster.ts'

/** The highest node number that may be written. */
export const MAX_NODE = 1_048_575

const ITEM = /^(?:[n.]?(\d+))(?:(-)(?:[n.]?(\d+))?)?$/i

/**
 * Reads `15`, `0-31`, `1,2,4-10`, `5-`, `-`, `all`; a number may be spelled `n3` or `.3`.
 * Undefined when it is anything else, runs backwards, or names a number above MAX_NODE.
 */
export function parseNodeSet(text: string): NodeSet | undefined {
  if (text === '-' || text === 'all') return { ranges: [{ first: 0, last: undefined }] }
  const ranges: { first: number; last: number | undefined }[] = []
  for (const item of text.split(',')) {
    const range = parseItem(item)
    if (range === undefined) return undefined
    ranges.push(range)
  }
  return { ranges }
}

function parseItem(item: string): { first: number; last: number | undefined } | undefined {
  const match = ITEM.exec(item)
  if (match === null) return undefined
  const first = Number(match[1])
  const last = match[2] === undefined ? first : match[3] === undefined ? undefined : Number(match[3])
  if (first > MAX_NODE || (last !== undefined && (last > MAX_NODE || last < first))) return undefined
  return { first, last }
}

/** Whether a set has the node with this number. */
export function hasNode({ ranges }: NodeSet, number: number): boolean {
  return ranges.some(({ first, last = Number.POSITIVE_INFINITY }) => first <= number && number <= last)
}

/** Numbers as a set of nodes is written: `1-3,7`. */
export function setText(numbers: Iterable<number>): string {
  const ranges: { first: number; last: number }[] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const before = ranges.at(-1)
    if (before !== undefined && before.last === number - 1) before.last = number
    else ranges.push({ first: number, last: number })
  }
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',')
}
