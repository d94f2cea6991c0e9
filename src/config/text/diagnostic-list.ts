/** The diagnostics of one file, as they are found. */
import { counted } from '../../values/index.ts'
import { type CodeRow, type Diagnostic, diagnosticAt } from './diagnostic.ts'
import type { SourceText } from './source-text.ts'
import type { Span } from './span.ts'

/** Another span of the same file that a report speaks of. */
export interface NotedSpan {
  readonly span: Span
  readonly message: string
}

/** How many diagnostics of each severity are kept of one file: nobody reads more, and two million of them would take minutes and gigabytes. */
const KEPT_MAX = 10_000

/** Collects what is to be said about one file; `Code` are the codes of its table. */
export class DiagnosticList<Code extends string> {
  readonly list: Diagnostic[] = []
  readonly #counts: Record<Diagnostic['severity'], number> = { error: 0, warning: 0, note: 0 }
  readonly #text: SourceText
  readonly #codes: Readonly<Record<Code, CodeRow>>

  constructor(text: SourceText, codes: Readonly<Record<Code, CodeRow>>) {
    this.#text = text
    this.#codes = codes
  }

  /** Adds a diagnostic about a span of the file, of the severity that its code has. */
  add(code: Code, span: Span, message: string, related: readonly NotedSpan[] = []): void {
    // What is not kept is not located either: that is what takes the time.
    if (++this.#counts[this.#codes[code].severity] > KEPT_MAX) return
    const notes = related.map((other) => ({ ...this.#text.locate(other.span), message: other.message }))
    this.list.push(diagnosticAt(this.#codes, code, this.#text.locate(span), message, notes))
  }

  /** Takes back the warnings and notes that `find` adds: a rule that is checked again says again what it said. */
  onlyErrorsOf(find: () => void): void {
    const { warning, note } = this.#counts
    const count = this.list.length
    find()
    Object.assign(this.#counts, { warning, note })
    let kept = count
    for (const one of this.list.slice(count)) if (one.severity === 'error') this.list[kept++] = one
    this.list.length = kept
  }

  /** How many errors are not in the list. */
  get omittedErrors(): number {
    return Math.max(0, this.#counts.error - KEPT_MAX)
  }

  /** How many diagnostics of any severity are not in the list. */
  get omitted(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + Math.max(0, count - KEPT_MAX), 0)
  }

  /** What is in the list, in its order. Where more was found, the last one of that severity says how many. */
  get told(): readonly Diagnostic[] {
    const told = [...this.list]
    for (const severity of ['error', 'warning', 'note'] as const) {
      const more = this.#counts[severity] - KEPT_MAX
      const last = told.findLastIndex((one) => one.severity === severity)
      const one = told[last]
      if (more <= 0 || one === undefined) continue
      told[last] = {
        ...one,
        message: `${one.message}; ${counted(more, `more ${severity}`)} of this file ${more === 1 ? 'is' : 'are'} not listed`,
      }
    }
    return told
  }
}
