/** Diagnostics as text for people and as data for programs. */
import type { Severity } from './codes.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { Span } from './span.ts'

/** A span as people count it: line and columns. */
export interface Position {
  /** Counts from 1. */
  readonly line: number
  /** Counts from 1, in Unicode code points; a byte that is no UTF-8 counts as one, a byte order mark as none. */
  readonly column: number
  /** The column after the last one of the span. */
  readonly endColumn: number
}

/** A diagnostic as `--json` prints it. */
export interface DiagnosticJson extends Position {
  readonly file: string
  readonly severity: Severity
  readonly code: string
  readonly message: string
  readonly related: readonly (Position & { readonly message: string })[]
}

const decoder = new TextDecoder()
const NEWLINE = 10
const CR = 13
/** Of a longer line only the part around the span is shown. */
const SHOWN_BEFORE = 60
const SHOWN_AFTER = 100
/** UTF-8 takes at most four bytes for a code point. */
const MOST_BYTES = 4

/** Where a line is in the file, and the column that was computed last. */
interface KnownLine {
  readonly start: number
  readonly end: number
  offset: number
  column: number
}

/**
 * Makes text of diagnostics: `FILE:LINE:COL: error: message [code]`, the line, and a caret under the span.
 * Holds the file that they are about, and finds columns quickest when asked in file order.
 */
export class DiagnosticFormatter {
  readonly #file: string
  readonly #bytes: Uint8Array
  /** The lines that were asked for: a line of a megabyte with many faults is gone through once. */
  readonly #lines = new Map<number, KnownLine>()

  /** `file` is the name to print. */
  constructor(file: string, bytes: Uint8Array) {
    this.#file = file
    this.#bytes = bytes
  }

  /** Several lines without a final newline: the diagnostic, then each related span as a note. */
  format(diagnostic: Diagnostic): string {
    const { severity, message, code, span, related } = diagnostic
    const notes = related.map((other) => this.#at(other.span, `note: ${other.message}`))
    return [this.#at(span, `${severity}: ${message} [${code}]`), ...notes].join('\n')
  }

  /** The same as data, for programs. */
  toJson({ severity, message, code, span, related }: Diagnostic): DiagnosticJson {
    const notes = related.map((other) => ({ ...this.position(other.span), message: other.message }))
    return { file: this.#file, ...this.position(span), severity, code, message, related: notes }
  }

  /** Line and columns of a span. */
  position(span: Span): Position {
    const column = this.#columnOf(span)
    return { line: span.line, column, endColumn: column + this.#count(span.start, span.end) }
  }

  #columnOf(span: Span): number {
    const line = this.#lineOf(span)
    const [offset, column] = span.start < line.offset ? [line.start, 1] : [line.offset, line.column]
    line.offset = span.start
    line.column = column + this.#count(offset, span.start)
    return line.column
  }

  #lineOf(span: Span): KnownLine {
    const known = this.#lines.get(span.line)
    if (known !== undefined) return known
    const start = this.#lineStart(span.start)
    const line = { start, end: this.#lineEnd(span.start), offset: start, column: 1 }
    this.#lines.set(span.line, line)
    return line
  }

  #count(start: number, end: number): number {
    return codePoints(decoder.decode(this.#bytes.subarray(start, end))).length
  }

  #lineStart(offset: number): number {
    return offset === 0 ? 0 : this.#bytes.lastIndexOf(NEWLINE, offset - 1) + 1
  }

  #lineEnd(offset: number): number {
    const newline = this.#bytes.indexOf(NEWLINE, offset)
    if (newline < 0) return this.#bytes.length
    return this.#bytes[newline - 1] === CR && newline > offset ? newline - 1 : newline
  }

  #at(span: Span, text: string): string {
    const { line, column } = this.position(span)
    return [`${this.#file}:${line}:${column}: ${text}`, ...this.#excerpt(span)].join('\n')
  }

  /** The line, and below it a caret with a tail as long as the span; tabs are kept so that the two align. */
  #excerpt(span: Span): string[] {
    const before = this.#before(span)
    const at = codePoints(this.#slice(span.start, Math.min(span.end, span.start + SHOWN_AFTER * MOST_BYTES)))
    const after = codePoints(this.#after(span))
    const shownAfter = [...at, ...after].slice(0, SHOWN_AFTER)
    const cut = at.length + after.length > shownAfter.length
    const caret = `^${'~'.repeat(Math.max(0, Math.min(at.length, SHOWN_AFTER) - 1))}`
    const indent = before.map((letter) => (letter === '\t' ? '\t' : ' ')).join('')
    return [`${before.join('')}${shownAfter.join('')}${cut ? '…' : ''}`, `${indent}${caret}`]
  }

  #before(span: Span): string[] {
    const lineStart = this.#lineOf(span).start
    const letters = codePoints(this.#slice(Math.max(lineStart, span.start - SHOWN_BEFORE * MOST_BYTES), span.start))
    const whole = letters.length <= SHOWN_BEFORE && span.start - lineStart <= SHOWN_BEFORE * MOST_BYTES
    return whole ? letters : ['…', ...letters.slice(-SHOWN_BEFORE)]
  }

  #after(span: Span): string {
    const lineEnd = Math.max(span.end, this.#lineOf(span).end)
    return this.#slice(span.end, Math.min(lineEnd, span.end + (SHOWN_AFTER + 1) * MOST_BYTES))
  }

  /** Text that is safe on a terminal: a control character other than tab shows as its picture. */
  #slice(start: number, end: number): string {
    const text = decoder.decode(this.#bytes.subarray(start, end))
    return text.replace(/\p{Cc}/gu, (letter) => (letter === '\t' ? letter : pictureOf(letter)))
  }
}

function codePoints(text: string): string[] {
  return Array.from(text)
}

/** Unicode has a picture for each of the first 32 control characters. */
function pictureOf(control: string): string {
  const code = control.charCodeAt(0)
  if (code === 127) return '\u2421'
  return code < 32 ? String.fromCharCode(0x2400 + code) : '\ufffd'
}
