/** Whether two patterns of names have a name in common. */
import { foldCase } from '../../values/index.ts'
import type { NamePattern } from '../cluster.ts'

/**
 * A pattern as a machine that reads a name letter by letter. Its states, in order:
 * ```
 *   prefix letters | signed: the + of width 0               | suffix letters
 *                  | padded: w digits (width 0: 1 or more)  |
 *                  | longer: more than w digits, 0 not first|
 * ```
 */
interface State {
  readonly part: 'prefix' | 'signed' | 'padded' | 'longer' | 'suffix'
  /** How much of the part has been read; where digits go on without end it stays. */
  readonly read: number
}

const START: State = { part: 'prefix', read: 0 }

/**
 * A shortest name, in lower case, that both patterns make or match, whatever its number; undefined if there is none.
 * Numbers may have any length, so that adding nodes never makes a configuration wrong.
 */
export function commonName(a: NamePattern, b: NamePattern): string | undefined {
  const one = smallPattern(a)
  const other = smallPattern(b)
  if (!mayMeet(one, other)) return undefined
  const letters = [...new Set(`0123456789+${one.prefix}${one.suffix}${other.prefix}${other.suffix}`)]
  const seen = new Set<string>()
  let front = [{ left: START, right: START, name: '' }]
  while (front.length > 0) {
    const found = front.find(({ left, right }) => isEnd(one, left) && isEnd(other, right))
    if (found !== undefined) return found.name
    front = front.flatMap(({ left, right, name }) =>
      letters.flatMap((letter) =>
        pairs(step(one, left, letter), step(other, right, letter))
          .filter((pair) => isNew(seen, pair.left, pair.right))
          .map((pair) => ({ ...pair, name: name + letter })),
      ),
    )
  }
  return undefined
}

function smallPattern({ prefix, width, suffix }: NamePattern): NamePattern {
  return { prefix: foldCase(prefix), width, suffix: foldCase(suffix) }
}

/** Of two prefixes one must start the other, of two suffixes one must end the other. */
function mayMeet(a: NamePattern, b: NamePattern): boolean {
  const begins = a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)
  return begins && (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix))
}

function isNew(seen: Set<string>, left: State, right: State): boolean {
  const key = `${left.part}${left.read} ${right.part}${right.read}`
  if (seen.has(key)) return false
  seen.add(key)
  return true
}

function pairs(lefts: readonly State[], rights: readonly State[]): { left: State; right: State }[] {
  return lefts.flatMap((left) => rights.map((right) => ({ left, right })))
}

function isEnd(pattern: NamePattern, { part, read }: State): boolean {
  if (part === 'suffix') return read === pattern.suffix.length
  return pattern.suffix === '' && digitsDone(pattern, { part, read })
}

function digitsDone({ width }: NamePattern, { part, read }: State): boolean {
  if (part === 'longer') return read > width
  return part === 'padded' && read === Math.max(width, 1)
}

/** Where one more letter leads; nowhere, to one state, or to several. */
function step(pattern: NamePattern, state: State, letter: string): State[] {
  const { part, read } = state
  if (part === 'prefix' && read < pattern.prefix.length) {
    return pattern.prefix[read] === letter ? [{ part, read: read + 1 }] : []
  }
  if (part === 'suffix') return pattern.suffix[read] === letter ? [{ part, read: read + 1 }] : []
  const inSuffix = digitsDone(pattern, state) && pattern.suffix[0] === letter
  return [...stepDigits(pattern, state, letter), ...(inSuffix ? [{ part: 'suffix' as const, read: 1 }] : [])]
}

function stepDigits({ width }: NamePattern, { part, read }: State, letter: string): State[] {
  const starts = part === 'prefix'
  if (letter === '+') return starts && width === 0 ? [{ part: 'signed', read: 0 }] : []
  if (letter < '0' || letter > '9') return []
  if (width === 0) return [{ part: 'padded', read: 1 }]
  const next: State[] = []
  const count = starts ? 1 : read + 1
  if ((starts || part === 'padded') && count <= width) next.push({ part: 'padded', read: count })
  if (starts ? letter !== '0' : part === 'longer') next.push({ part: 'longer', read: Math.min(count, width + 1) })
  return next
}
