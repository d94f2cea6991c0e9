/** A diagnostic: what is wrong in a file, how badly, and where. The same data everywhere: in checks, on the wire, in `--json`. */

import { pictured } from './picture.ts'

/** The severity of a diagnostic: an error stops a reload, a warning and a note do not. */
type Severity = 'error' | 'warning' | 'note'

/** The text of the manual about a code. A room that finds faults has a table of such rows; docs/diagnostics.md holds them all. */
export interface CodeRow {
  readonly severity: Severity
  /** One sentence or more: what it means. */
  readonly meaning: string
}

/** Where something is in a file, as people count it. */
export interface Location {
  /** The path as it was given; empty where no file is meant. */
  readonly file: string
  /** Counts from 1; 0 where the file as a whole is meant. */
  readonly line: number
  /**
   * Counts from 1, in Unicode code points; a byte that is no UTF-8 counts as one, a byte order mark as none. 0 where `line`
   * is.
   */
  readonly column: number
  /** The column after the last one; 0 where `line` is. */
  readonly end: number
  /** The line; absent where there is none, and where the file may hold a secret. */
  readonly excerpt?: Excerpt
}

/** A line of a file, or of a long line the part around the span. */
export interface Excerpt {
  /** Safe on a terminal: a control character other than tab shows as its picture. */
  readonly text: string
  /** How many code points of the text are before the span. */
  readonly before: number
}

/** Another span that a diagnostic refers to. */
export interface Related extends Location {
  readonly message: string
}

/** Something to be said about a file. Plain data; `formatDiagnostic` makes text of it. */
export interface Diagnostic extends Location {
  /** Stable: programs may rely on it. */
  readonly code: string
  readonly severity: Severity
  readonly message: string
  /** The other spans, if any. If two spans clash, the later one is the diagnostic's and the earlier one is here. */
  readonly related: readonly Related[]
}

/** The longest tail of a caret, in code points. */
const TAIL_MAX = 100

/**
 * A diagnostic as text for people: `FILE:LINE:COLUMN: error: message [code]`, the line, and a caret under the span; then each
 * related span as a note. Several lines without a final newline.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { severity, message, code, related } = diagnostic
  const notes = related.map((other) => placed(other, `note: ${other.message}`))
  return [placed(diagnostic, headline(severity, message, code)), ...notes].join('\n')
}

/** How many warnings and notes of one code are shown beside an error. */
const SHOWN_MAX = 5

/**
 * Diagnostics as text, each as `formatDiagnostic` writes it, with a final newline. Where there is an error, the first five warnings and notes of
 * a code are shown, and the last lines say how many more there are: an error is not lost between a hundred of its consequences.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const most = diagnostics.some(({ severity }) => severity === 'error') ? SHOWN_MAX : Number.POSITIVE_INFINITY
  const seen = new Map<string, { readonly severity: Severity; count: number }>()
  const shown = diagnostics.filter(({ severity, code }) => {
    if (severity === 'error') return true
    const all = seen.get(code) ?? { severity, count: 0 }
    all.count++
    seen.set(code, all)
    return all.count <= most
  })
  const rest = [...seen].flatMap(([code, { severity, count }]) => {
    const more = count - most
    return more > 0
      ? [`and ${more} more ${severity}${more === 1 ? '' : 's'} [${code}]: kickback check --json has all`]
      : []
  })
  return [...shown.map(formatDiagnostic), ...rest].map((text) => `${text}\n`).join('')
}

/** The first line of it, which is complete by itself: for logs, and where there is room for one line only. */
export function diagnosticHeadline(diagnostic: Diagnostic): string {
  return line(diagnostic, headline(diagnostic.severity, diagnostic.message, diagnostic.code))
}

function headline(severity: Severity, message: string, code: string): string {
  return `${severity}: ${message} [${code}]`
}

function placed(location: Location, text: string): string {
  return [line(location, text), ...excerptLines(location)].join('\n')
}

/** One line whatever a message quotes: names of settings and of files may have any character. */
function line(location: Location, text: string): string {
  return pictured(`${whereabouts(location)}: ${text}`)
}

function whereabouts({ file, line, column }: Location): string {
  if (file === '') return 'kickback'
  return line === 0 ? file : `${file}:${line}:${column}`
}

/** The line, and below it a caret with a tail as long as the span; tabs are kept so that the two align. */
function excerptLines({ excerpt, column, end }: Location): string[] {
  if (excerpt === undefined) return []
  const { text, before } = excerpt
  const indent = Array.from(text)
    .slice(0, before)
    .map((letter) => (letter === '\t' ? '\t' : ' '))
    .join('')
  const tail = Math.max(0, Math.min(end - column, TAIL_MAX) - 1)
  return [text, `${indent}^${'~'.repeat(tail)}`]
}

/** Whether one of them is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}

/** A file as a whole; or no file, where the name is empty. */
export function wholeFile(file: string): Location {
  return { file, line: 0, column: 0, end: 0 }
}

/** A diagnostic of the severity that its code has. */
export function diagnosticAt<Code extends string>(
  codes: Readonly<Record<Code, CodeRow>>,
  code: Code,
  location: Location,
  message: string,
  related: readonly Related[] = [],
): Diagnostic {
  return { ...location, code, severity: codes[code].severity, message, related }
}
