/** A diagnostic: what is wrong in a file, how badly, and where. */
import type { DiagnosticCode, Severity } from './codes.ts'
import type { Span } from './span.ts'

/** Another span that a diagnostic refers to. */
export interface Related {
  readonly span: Span
  readonly message: string
}

/** What is to be said about a configuration. Data: `formatDiagnostic` makes text of it. */
export interface Diagnostic {
  readonly code: DiagnosticCode
  readonly severity: Severity
  readonly message: string
  readonly span: Span
  /** The other spans, if any. If two spans clash, the later one is `span` and the earlier one is here. */
  readonly related: readonly Related[]
}
