/** A diagnostic: what is wrong in a file, how badly, and where. */
import type { DiagnosticCode, Severity } from './codes.ts'
import type { Span } from './span.ts'

/** Another place that a diagnostic speaks of. */
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
  /** The other places, if any; of two places that clash the later one is `span`, the earlier one is here. */
  readonly related: readonly Related[]
}
