/** Names that differ by a number alone, written as sets: `n0-n12`, `gpu01-gpu04`. */

/** A run of names: what stands before and behind the number, and its ends. */
interface Run {
  readonly prefix: string
  readonly suffix: string
  /** How many digits a number has that is padded with zeros; 0: it is not padded. */
  readonly width: number
  readonly first: number
  last: number
  readonly hasNumber: boolean
}

/** A name in parts, by the last number in it. */
function runOf(name: string): Run {
  const match = /^(.*?)(\d{1,9})(\D*)$/s.exec(name)
  if (match === null) return { prefix: name, suffix: '', width: 0, first: 0, last: 0, hasNumber: false }
  const [, prefix = '', digits = '', suffix = ''] = match
  const number = Number(digits)
  const isPadded = digits.length > 1 && digits.startsWith('0')
  return { prefix, suffix, width: isPadded ? digits.length : 0, first: number, last: number, hasNumber: true }
}

/** Whether a name goes on where a run ends: `n9`, `n10`, and `n09`, `n10`. */
function continues(run: Run, next: Run): boolean {
  const isOneMore =
    next.hasNumber && next.first === run.last + 1 && next.prefix === run.prefix && next.suffix === run.suffix
  if (!isOneMore) return false
  return next.width === run.width || (next.width === 0 && String(next.first).length === run.width)
}

/**
 * The names in their order, those in a row as one set: `n0-n12`; with something behind the number, `n[0-12]-ib`. Of more than `most` sets the
 * first, and how many names are in the others.
 */
export function foldedText(names: readonly string[], most: number): string {
  const all = folded(names)
  const shown = all.slice(0, most).map(runText).join(', ')
  const left = all.slice(most).reduce((sum, { first, last }) => sum + last - first + 1, 0)
  return left === 0 ? shown : `${shown} and ${left} more`
}

function folded(names: readonly string[]): readonly Run[] {
  const runs: Run[] = []
  for (const name of names) {
    const next = runOf(name)
    const before = runs.at(-1)
    if (before !== undefined && continues(before, next)) before.last = next.last
    else runs.push(next)
  }
  return runs
}

function runText({ prefix, suffix, width, first, last, hasNumber }: Run): string {
  if (!hasNumber) return prefix
  const [from, to] = [first, last].map((number) => String(number).padStart(width, '0'))
  if (first === last) return `${prefix}${from}${suffix}`
  return suffix === '' ? `${prefix}${from}-${prefix}${to}` : `${prefix}[${from}-${to}]${suffix}`
}
