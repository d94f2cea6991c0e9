/** Names with a number in them, and the format that makes them. */
import { foldCase } from '../../values/index.ts'

/** A name as a text around one of its numbers. */
export interface NumberedName {
  /** Starts with a letter. */
  readonly prefix: string
  readonly digits: string
  readonly suffix: string
}

/** The format of a nodename line. Width 0 is `%N`. */
export interface NameFormat {
  readonly prefix: string
  readonly width: number
  readonly suffix: string
}

/** The most numbers of a name that are tried. */
const NUMBERS_MAX = 6
/** The widest number that a format pads. */
const WIDTH_MAX = 5
/** A number of more digits is no node's. */
const DIGITS_MAX = 7

/** The ways to see a name as a text around a number in its first label; the last number comes first. */
export function numberedForms(name: string): NumberedName[] {
  const dot = name.indexOf('.')
  const label = dot < 0 ? name : name.slice(0, dot)
  if (!/^[A-Za-z]/.test(label) || name.includes('%')) return []
  return [...label.matchAll(/\d+/g)]
    .slice(-NUMBERS_MAX)
    .filter(([digits]) => digits.length <= DIGITS_MAX)
    .map(({ 0: digits, index }) => {
      return { prefix: label.slice(0, index), digits, suffix: name.slice(index + digits.length) }
    })
    .reverse()
}

/** What all names of one format have in common. */
export function formKey({ prefix, suffix }: NumberedName | NameFormat): string {
  return `${foldCase(prefix)} ${foldCase(suffix)}`
}

/** The format that makes most of these names, which have one prefix and suffix; undefined if there is none. */
export function formatOf(names: readonly NumberedName[]): NameFormat | undefined {
  const [first] = names
  if (first === undefined) return undefined
  const isPadded = ({ digits }: NumberedName): boolean => digits.length > 1 && digits.startsWith('0')
  const widths = new Set([0, ...names.filter(isPadded).map(({ digits }) => digits.length)])
  let best: { readonly format: NameFormat; readonly count: number } | undefined
  for (const width of [...widths].filter((each) => each <= WIDTH_MAX)) {
    const format = { prefix: first.prefix, width, suffix: first.suffix }
    const count = names.filter((name) => makes(format, name)).length
    if (count > (best?.count ?? 0)) best = { format, count }
  }
  return best?.format
}

/** Whether the format makes exactly this name of its number. */
export function makes({ width }: NameFormat, { digits }: NumberedName): boolean {
  return String(Number(digits)).padStart(width, '0') === digits
}

/** The format as a nodename line writes it. */
export function formatText({ prefix, width, suffix }: NameFormat): string {
  return `${prefix}%${width === 0 ? '' : width}N${suffix}`
}
