// Reads configurations that a test writes down as text.
import { type Diagnostic, DiagnosticFormatter, type ParsedConfig, parseConfig } from '../../src/config/index.ts'

/** Parses the lines of a configuration. */
export function parse(...lines: string[]): ParsedConfig {
  return parseConfig(Buffer.from(lines.join('\n')))
}

/** Each diagnostic in short: `LINE:COLUMN code`, then the lines of the related places. */
export function brief(lines: readonly string[], options: { domain?: string } = {}): string[] {
  const bytes = Buffer.from(lines.join('\n'))
  const formatter = new DiagnosticFormatter('config', bytes)
  return parseConfig(bytes, options).diagnostics.map((diagnostic) => briefOf(formatter, diagnostic))
}

function briefOf(formatter: DiagnosticFormatter, { span, code, related }: Diagnostic): string {
  const { line, column } = formatter.position(span)
  return [`${line}:${column} ${code}`, ...related.map((other) => other.span.line)].join(' ')
}

/** Text in which `\xNN` stands for a byte. */
export function bytesOf(text: string): Buffer {
  const parts = text.split(/\\x([0-9a-f]{2})/)
  return Buffer.concat(parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex'))))
}
