/** The text of a file, in which diagnostics find lines and columns. */
import type { Excerpt, Location } from './diagnostic.ts'
import { pictured } from './picture.ts'
import type { Span } from './span.ts'

/** A byte order mark in mid-file is a character; that at its start is none, and is cut off below. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const MARK = Buffer.from([0xef, 0xbb, 0xbf])
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

/** Tells where spans of a file lie; quickest when asked in file order. */
export class SourceText {
  /** The name to tell. */
  readonly file: string
  readonly #bytes: Uint8Array
  readonly #isSecret: boolean
  /** The lines that were asked for: a line of a megabyte with many faults is gone through once. */
  readonly #lines = new Map<number, KnownLine>()
  /** The span whose letters were counted last: a line may have a fault for each of its words, all of them about the whole of it. */
  #counted = { start: 0, end: 0, letters: 0 }

  /** Lines of a file that `isSecret` are never shown: it may hold a hash or a key anywhere. */
  constructor(file: string, bytes: Uint8Array, isSecret = false) {
    this.file = file
    this.#bytes = bytes
    this.#isSecret = isSecret
  }

  /** Line, columns and text of a span. */
  locate(span: Span): Location {
    const column = this.#columnOf(span)
    const end = column + this.#lettersOf(span)
    const location = { file: this.file, line: span.line, column, end }
    return this.#isSecret ? location : { ...location, excerpt: this.#excerpt(span) }
  }

  #lettersOf({ start, end }: Span): number {
    if (this.#counted.start !== start || this.#counted.end !== end)
      this.#counted = { start, end, letters: this.#count(start, end) }
    return this.#counted.letters
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
    return codePoints(this.#decoded(start, end)).length
  }

  #decoded(start: number, end: number): string {
    const hasMark = start === 0 && MARK.equals(this.#bytes.subarray(0, MARK.length))
    return decoder.decode(this.#bytes.subarray(hasMark ? MARK.length : start, Math.max(end, hasMark ? MARK.length : 0)))
  }

  #lineStart(offset: number): number {
    return offset === 0 ? 0 : this.#bytes.lastIndexOf(NEWLINE, offset - 1) + 1
  }

  #lineEnd(offset: number): number {
    const newline = this.#bytes.indexOf(NEWLINE, offset)
    if (newline < 0) return this.#bytes.length
    return this.#bytes[newline - 1] === CR && newline > offset ? newline - 1 : newline
  }

  #excerpt(span: Span): Excerpt {
    const before = this.#before(span)
    const at = codePoints(this.#slice(span.start, Math.min(span.end, span.start + SHOWN_AFTER * MOST_BYTES)))
    const after = codePoints(this.#after(span))
    const shownAfter = [...at, ...after].slice(0, SHOWN_AFTER)
    const cut = at.length + after.length > shownAfter.length
    return { text: `${before.join('')}${shownAfter.join('')}${cut ? '…' : ''}`, before: before.length }
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

  #slice(start: number, end: number): string {
    return pictured(this.#decoded(start, end))
  }
}

function codePoints(text: string): string[] {
  return Array.from(text)
}
