/** What is said about a configuration of which some lines changed: what was said before, further up or down, and what is said about these lines. */
import { mustBeLocal } from '../../values/index.ts'
import type { Diagnostic, Location } from '../text/diagnostic.ts'

/** Lines in place of others: of the first `head` lines none has changed; behind them come `come` lines in place of `gone`. */
export interface LineShift {
  readonly head: number
  readonly gone: number
  readonly come: number
}

/** On which line a place of before is now. Throws NotLocalError for one that is on a line that changed. */
function lineNow({ head, gone, come }: LineShift, line: number): number {
  mustBeLocal(line <= head || line > head + gone, 'there was something to say about a line that changed')
  return line <= head ? line : line + come - gone
}

/** A place of before where it is now; those of other files stay. Throws NotLocalError for one on a line that changed. */
export function locationNow<L extends Location>(location: L, shift: LineShift, file: string): L {
  return location.file === file ? { ...location, line: lineNow(shift, location.line) } : location
}

/** A diagnostic of before where it is now. Throws NotLocalError where it, or what it refers to, is on a line that changed. */
export function diagnosticNow(one: Diagnostic, shift: LineShift, file: string): Diagnostic {
  const moved = <L extends Location>(location: L): L => locationNow(location, shift, file)
  return { ...moved(one), related: one.related.map(moved) }
}

/** What is said about all lines, and about parts of them. */
interface Said {
  /** About all lines before the change. */
  readonly all: readonly Diagnostic[]
  /** About the lines that go, and what is said of others where all else is left out. */
  readonly old: readonly Diagnostic[]
  /** About the lines that come, likewise. */
  readonly now: readonly Diagnostic[]
}

/**
 * What is said after the change, in the order of the parser. What is said of lines that did not change without those that did is
 * as it was. Throws NotLocalError where it can't be told.
 */
export function diagnosticsAfter({ all, old, now }: Said, shift: LineShift, file: string): Diagnostic[] {
  const { head, gone, come } = shift
  const wasIn = ({ line }: Diagnostic): boolean => line > head && line <= head + gone
  const isIn = ({ line }: Diagnostic): boolean => line > head && line <= head + come
  const moved = (list: readonly Diagnostic[]) =>
    list.filter((one) => !wasIn(one)).map((one) => diagnosticNow(one, shift, file))
  const outside = now.filter((one) => !isIn(one))
  const left = without(moved(old), outside)
  const kept = without(moved(all), left.rest)
  mustBeLocal(kept.missing.length === 0, 'what is to be said of other lines depends on more than those that changed')
  const places = new Set(kept.rest.map(placeOf))
  mustBeLocal(!left.missing.some((one) => places.has(placeOf(one))), 'there is more to say at one place')
  return [...kept.rest, ...left.missing, ...now.filter(isIn)].sort((a, b) => a.line - b.line || a.column - b.column)
}

function placeOf({ line, column }: Diagnostic): string {
  return `${line}:${column}`
}

/** A list without those of another one, each as often as it is there; and those of that one that were missing. */
function without(
  list: readonly Diagnostic[],
  others: readonly Diagnostic[],
): { readonly rest: readonly Diagnostic[]; readonly missing: readonly Diagnostic[] } {
  const counts = new Map<string, number>()
  for (const one of others) counts.set(JSON.stringify(one), (counts.get(JSON.stringify(one)) ?? 0) + 1)
  const taken = (one: Diagnostic): boolean => {
    if (counts.size === 0) return false
    const key = JSON.stringify(one)
    const count = counts.get(key) ?? 0
    if (count > 0) counts.set(key, count - 1)
    return count > 0
  }
  const rest = list.filter((one) => !taken(one))
  return { rest, missing: others.filter(taken) }
}
