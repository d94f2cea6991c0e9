/** Findings about files, of whatever stage, in one shape. */
import { type Diagnostic, DiagnosticFormatter, type Severity } from '../../config/index.ts'
import { type AccountDiagnostic, accountDiagnosticText } from '../../resolver/index.ts'
import type { SourceFile } from '../sources/source-file.ts'

/** Something to be said about a file: what `check` prints, a refused reload tells, and the daemon logs. */
export interface Finding {
  readonly file: string
  /** Counts from 1; 0 if the whole file is meant. */
  readonly line: number
  /** Counts from 1; 0 if the whole line is meant. */
  readonly column: number
  readonly severity: Severity
  /** A stable code. */
  readonly code: string
  readonly message: string
  /** All of it for people: `FILE:LINE:COL: error: message [code]`, the line and a caret where there are any. */
  readonly text: string
}

/** A finding about a file as a whole (line 0), or one of its lines. */
export function fileFinding(file: string, line: number, severity: Severity, code: string, message: string): Finding {
  const place = line === 0 ? file : `${file}:${line}`
  return { file, line, column: 0, severity, code, message, text: `${place}: ${severity}: ${message} [${code}]` }
}

/** Findings of what the parser says about a file that was read. */
export function configFindings(file: SourceFile, diagnostics: readonly Diagnostic[]): Finding[] {
  const formatter = new DiagnosticFormatter(file.path, file.bytes)
  return diagnostics.map((diagnostic) => ({ ...formatter.toJson(diagnostic), text: formatter.format(diagnostic) }))
}

/** A finding of what is said about an account file. Its line is not shown: it may hold a password's hash. */
export function accountFinding(file: SourceFile, diagnostic: AccountDiagnostic): Finding {
  const { severity, code, message, span, column } = diagnostic
  const text = accountDiagnosticText(file.path, diagnostic)
  return { file: file.path, line: span.line, column, severity, code, message, text }
}

/** Whether one of them is an error. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error')
}
