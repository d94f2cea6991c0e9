/** The lexer: bytes to lines and words, each with its span. */
import { isAscii, isUtf8 } from 'node:buffer'
import { firstInvisible } from '../../values/index.ts'
import type { ConfigDiagnostics } from './config-diagnostics.ts'
import type { Span } from './span.ts'

/** A word of a line; `value` is its text with quotes removed, the span covers it as written. */
export interface Word extends Span {
  readonly value: string
}

/**
 * One line of the file, every byte of it:
 * ```
 *   start            wordsEnd   contentEnd   end
 *   | words and white space | # comment | \r\n |
 * ```
 */
export interface Line {
  /** Counts from 1. */
  readonly number: number
  readonly start: number
  /** Where the comment starts, at its `#`; `contentEnd` if there is none. */
  readonly wordsEnd: number
  /** Where the line terminator starts. */
  readonly contentEnd: number
  /** Where the next line starts. */
  readonly end: number
  readonly words: readonly Word[]
}

const DOUBLE = 34
const SINGLE = 39
const BACKSLASH = 92
const CR = 13
/** What to do about a character that nobody sees. */
const INSTEAD = 'only spaces and tabs separate words: write a space, or remove it'
const BYTE_ORDER_MARK = '\xef\xbb\xbf'

/**
 * Cuts a file into lines and words; faults of its bytes and quotes go to `diagnostics`. Never throws.
 * Offsets are bytes: the file is read as one character a byte, and words are decoded as UTF-8 one by one.
 */
export function lex(bytes: Uint8Array, diagnostics: Pick<ConfigDiagnostics, 'report'>): Line[] {
  return [...lexed(bytes, diagnostics)]
}

/** The same lines one after the other, for who keeps no words: those of a large file take more memory than what they mean. */
export function lexed(bytes: Uint8Array, diagnostics: Pick<ConfigDiagnostics, 'report'>): Generator<Line, void> {
  return new Lexer(bytes, diagnostics).lines()
}

class Lexer {
  readonly #bytes: Uint8Array
  readonly #text: string
  readonly #ascii: boolean
  readonly #clean: boolean
  /** Whether some line may hold a character that nobody sees. */
  readonly #suspect: boolean
  #toldReturns = false
  readonly #diagnostics: Pick<ConfigDiagnostics, 'report'>
  #nextHash = -1
  #nextNul = -1

  constructor(bytes: Uint8Array, diagnostics: Pick<ConfigDiagnostics, 'report'>) {
    this.#bytes = bytes
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    this.#ascii = isAscii(bytes)
    this.#clean = this.#ascii || isUtf8(bytes)
    this.#diagnostics = diagnostics
    this.#suspect = !this.#ascii || this.#text.includes('\r')
  }

  *lines(): Generator<Line, void> {
    let start = 0
    for (let number = 1; start < this.#text.length; number++) {
      const line = this.#line(number, start)
      yield line
      start = line.end
    }
  }

  #line(number: number, start: number): Line {
    const newline = this.#text.indexOf('\n', start)
    const end = newline < 0 ? this.#text.length : newline + 1
    const contentEnd = newline > start && this.#text.charCodeAt(newline - 1) === CR ? newline - 1 : newline
    const stop = newline < 0 ? end : contentEnd
    const wordsEnd = this.#hashBefore(start, stop)
    const line = { number, start, wordsEnd, contentEnd: stop, end, words: this.#words(number, start, wordsEnd, stop) }
    this.#checkBytes(line)
    return line
  }

  /** The first `#` of the line, or its end; each `#` of the file is looked for once. */
  #hashBefore(start: number, stop: number): number {
    this.#nextHash = nextAfter(this.#text, '#', this.#nextHash, start)
    return Math.min(this.#nextHash, stop)
  }

  #words(line: number, start: number, wordsEnd: number, contentEnd: number): Word[] {
    const words: Word[] = []
    let at = start === 0 && this.#text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : start
    for (;;) {
      while (at < wordsEnd && isSpace(this.#text.charCodeAt(at))) at++
      if (at >= wordsEnd) return words
      const word = this.#word(line, at, wordsEnd, wordsEnd < contentEnd)
      words.push(word)
      at = word.end
    }
  }

  #word(line: number, start: number, stop: number, cutByComment: boolean): Word {
    let end = start
    for (; end < stop; end++) {
      const code = this.#text.charCodeAt(end)
      if (isSpace(code)) break
      if (code === DOUBLE || code === SINGLE) return this.#quotedWord(line, start, stop, cutByComment)
    }
    return { line, start, end, value: this.#decode(this.#text.slice(start, end)) }
  }

  #quotedWord(line: number, start: number, stop: number, cutByComment: boolean): Word {
    const { value, end, open } = unquote(this.#text, start, stop)
    if (open !== undefined) this.#openQuote({ line, start: open, end }, cutByComment)
    return { line, start, end, value: this.#decode(value) }
  }

  #openQuote(span: Span, cutByComment: boolean): void {
    if (cutByComment) {
      this.#diagnostics.report(
        'comment-in-quote',
        span,
        'this quote is still open where # starts a comment; do not write # inside quotes',
      )
    } else {
      this.#diagnostics.report('unterminated-quote', span, 'this quote is not closed on its line')
    }
  }

  #decode(latin1: string): string {
    return this.#ascii ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8')
  }

  #checkBytes(line: Line): void {
    if (this.#suspect) this.#checkInvisible(line)
    this.#nextNul = nextAfter(this.#text, '\0', this.#nextNul, line.start)
    if (this.#nextNul < line.end) this.#reportNul(line, this.#nextNul)
    if (this.#clean || isUtf8(this.#bytes.subarray(line.start, line.end))) return
    const bad = invalidUtf8(this.#bytes.subarray(line.start, line.end))
    const start = line.start + bad
    const span = { line: line.number, start, end: start + 1 }
    const byte = `byte 0x${(this.#bytes[start] ?? 0).toString(16).padStart(2, '0')} is not valid UTF-8`
    if (start < line.wordsEnd) this.#diagnostics.report('invalid-utf8', span, byte)
    else this.#diagnostics.report('invalid-utf8-comment', span, byte)
  }

  /** What nobody sees: line ends of another system and a byte order mark once in a file, other characters once in a line. */
  #checkInvisible({ number: line, start, wordsEnd, contentEnd, end }: Line): void {
    if (start === 0 && this.#text.startsWith(BYTE_ORDER_MARK)) {
      const span = { line, start, end: BYTE_ORDER_MARK.length }
      this.#diagnostics.report(
        'byte-order-mark',
        span,
        'the file starts with a byte order mark (U+FEFF), which is ignored',
      )
    }
    if (end - contentEnd === 2 && !this.#toldReturns) {
      this.#toldReturns = true
      const span = { line, start: contentEnd, end: contentEnd + 1 }
      this.#diagnostics.report('crlf', span, 'lines end in CRLF: kickback accepts that, but other programs may fail')
    }
    const from = start === 0 && this.#text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : start
    const text = this.#text.slice(from, wordsEnd)
    const found = this.#clean || isUtf8(Buffer.from(text, 'latin1')) ? firstInvisible(text, true) : undefined
    if (found === undefined) return
    const span = { line, start: from + found.at, end: from + found.at + found.length }
    this.#diagnostics.report('invisible-character', span, `there is ${found.name} here; ${INSTEAD}`)
  }

  #reportNul(line: Line, start: number): void {
    let end = start
    while (this.#bytes[end] === 0 && end < line.end) end++
    const span = { line: line.number, start, end }
    this.#diagnostics.report(
      'nul-byte',
      span,
      `${end - start} NUL byte${end - start === 1 ? '' : 's'}: the file is damaged`,
    )
  }
}

/** Where `sought` stands at or after `start`, given an earlier answer; the text's length if it does not. */
function nextAfter(text: string, sought: string, known: number, start: number): number {
  if (known >= start) return known
  const found = text.indexOf(sought, start)
  return found < 0 ? text.length : found
}

/** White space as isspace(3) has it in the C locale. */
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

interface Unquoted {
  readonly value: string
  readonly end: number
  /** Where the quote stands that is still open at the end. */
  readonly open: number | undefined
}

/** Reads a word that has quotes: they are removed, except for one inside the other kind or after a backslash. */
function unquote(text: string, start: number, stop: number): Unquoted {
  let value = ''
  let open: number | undefined
  let quote = 0
  let at = start
  for (; at < stop; at++) {
    const code = text.charCodeAt(at)
    if (quote === 0 && isSpace(code)) break
    if (code === BACKSLASH && at + 1 < stop && isQuote(text.charCodeAt(at + 1))) value += text[++at]
    else if (quote === 0 && isQuote(code)) [quote, open] = [code, at]
    else if (code === quote) [quote, open] = [0, undefined]
    else value += text[at]
  }
  return { value, end: at, open }
}

function isQuote(code: number): boolean {
  return code === DOUBLE || code === SINGLE
}

/** The first byte that starts no valid UTF-8 sequence; the caller knows that there is one. */
function invalidUtf8(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0)
    if (length === 0 || at + length > bytes.length) return at
    if (length > 1 && !isUtf8(bytes.subarray(at, at + length))) return at
    at += length
  }
  return 0
}

/** The length of the UTF-8 sequence that a byte starts; 0 if it starts none. */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1
  if (byte < 0xc2) return 0
  if (byte < 0xe0) return 2
  if (byte < 0xf0) return 3
  return byte < 0xf5 ? 4 : 0
}
