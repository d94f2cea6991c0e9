// Reads configurations that a test writes down as text.
import { type Diagnostic, type ParsedConfig, parseConfig } from '../../src/config/index.ts'
import { type Line, lex } from '../../src/config/text/lexer.ts'

/** Parses the lines of a configuration. */
export function parse(...lines: string[]): ParsedConfig {
  return parseConfig(Buffer.from(lines.join('\n')))
}

/** Each diagnostic in short: `LINE:COLUMN code`, then the lines of the related places. */
export function brief(lines: readonly string[], options: { domain?: string } = {}): string[] {
  return parseConfig(Buffer.from(lines.join('\n')), options).diagnostics.map(briefOf)
}

function briefOf({ line, column, code, related }: Diagnostic): string {
  return [`${line}:${column} ${code}`, ...related.map((other) => other.line)].join(' ')
}

/** Every line of a configuration, with its words. */
export function linesOf(bytes: Uint8Array): readonly Line[] {
  return lex(bytes, { report() {} })
}
