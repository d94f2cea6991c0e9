/** The numbers of node lines in a stretch of a configuration, where lines without a number count on. */
import { type Mac, mustBeLocal } from '../../values/index.ts'
import type { ReadLine } from '../draft.ts'
import type { NodeEntry } from '../entries.ts'
import type { Neighbours } from './neighbours.ts'

/** A stretch before and after a change, and where it is. */
interface ChangedStretch {
  readonly old: readonly ReadLine[]
  readonly now: readonly ReadLine[]
  readonly start: number
  readonly newEnd: number
  readonly before: Neighbours
  readonly after: Neighbours
  /** Whether a node line stands behind the stretch. */
  readonly isFollowed: boolean
  /** The node that has a MAC, where it exists. */
  readonly numberOf: (mac: Mac) => number | undefined
}

/** The lines of both versions, each node line with its number. Throws NotLocalError where lines that did not change would have other numbers. */
export function countedNodes(stretch: ChangedStretch): { readonly old: ReadLine[]; readonly now: ReadLine[] } {
  let base: number | undefined
  const first = (): number => {
    base ??= nextBefore(stretch)
    return base
  }
  const [old, now] = [counted(stretch.old, first), counted(stretch.now, first)]
  const hasNodes = old.next !== undefined || now.next !== undefined
  if (hasNodes && stretch.isFollowed && (old.next ?? first()) !== (now.next ?? first())) {
    for (const { number } of stretch.after.nodesBehind(stretch.newEnd)) {
      mustBeLocal(number !== undefined, 'nodes behind the change would have other numbers')
      break
    }
  }
  return { old: old.lines, now: now.lines }
}

/** The numbers of node lines that have one, in their order. */
export function numbersOf(lines: readonly ReadLine[]): number[] {
  return lines.flatMap(({ entry }) => (entry?.kind === 'node' ? (entry.number ?? []) : []))
}

/** Lines with their numbers, and the number that would follow; undefined without a node line. */
function counted(lines: readonly ReadLine[], first: () => number): { lines: ReadLine[]; next: number | undefined } {
  let next: number | undefined
  const numbered = lines.map((line): ReadLine => {
    if (line.entry?.kind !== 'node') return line
    const number = line.entry.number ?? next ?? first()
    next = number + 1
    return { ...line, entry: { ...line.entry, number } }
  })
  return { lines: numbered, next }
}

/** The number of a node line without one that would stand first in the stretch. */
function nextBefore({ before, start, numberOf }: ChangedStretch): number {
  let passed = 0
  for (const entry of before.nodesBefore(start)) {
    const number = entry.number ?? knownNumber(entry, numberOf)
    if (number !== undefined) return number + 1 + passed
    passed++
  }
  return passed
}

function knownNumber({ macs }: NodeEntry, numberOf: ChangedStretch['numberOf']): number | undefined {
  for (const { mac } of macs) {
    const number = numberOf(mac)
    if (number !== undefined) return number
  }
  return undefined
}
