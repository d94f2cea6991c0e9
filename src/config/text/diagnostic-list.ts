/** The diagnostics of one file, as they are found. */
import { type CodeRow, type Diagnostic, diagnosticAt } from './diagnostic.ts'
import type { SourceText } from './source-text.ts'
import type { Span } from './span.ts'

/** Another span of the same file that a report speaks of. */
export interface NotedSpan {
  readonly span: Span
  readonly message: string
}

/** Collects what is to be said about one file; `Code` are the codes of its table. */
export class DiagnosticList<Code extends string> {
  readonly list: Diagnostic[] = []
  readonly #text: SourceText
  readonly #codes: Readonly<Record<Code, CodeRow>>

  constructor(text: SourceText, codes: Readonly<Record<Code, CodeRow>>) {
    this.#text = text
    this.#codes = codes
  }

  /** Adds a diagnostic about a span of the file, of the severity that its code has. */
  add(code: Code, span: Span, message: string, related: readonly NotedSpan[] = []): void {
    const notes = related.map((other) => ({ ...this.#text.locate(other.span), message: other.message }))
    this.list.push(diagnosticAt(this.#codes, code, this.#text.locate(span), message, notes))
  }
}
