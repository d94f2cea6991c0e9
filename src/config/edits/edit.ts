/** An edit of a configuration: what changes on one line. Every other byte of the file stays as it is. */
import { readConfig } from '../parser.ts'
import { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import { type Line, lex } from '../text/lexer.ts'
import { quote } from '../text/quote.ts'
import { SourceText } from '../text/source-text.ts'

/** Why an edit was not made, and what to do; the bytes are as they were. */
export class EditError extends Error {
  override readonly name = 'EditError'
}

/** What an edit makes of a configuration. */
export interface Edited {
  /** The new text; the same bytes where the file says already what was wanted. */
  readonly bytes: Uint8Array
  /** The number of the line: in the new text, or in the old one if the line is removed. */
  readonly line: number
  /** The line as it was, without its line end; undefined if it is new. */
  readonly before: string | undefined
  /** The line as it is now; undefined if it is removed. */
  readonly after: string | undefined
}

/** Bytes of a line that are replaced by a text, from `start` up to `end` in the file. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

const NEWLINE = '\n'
const CR = 13
const MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** The bytes with parts replaced; `splices` are in order and do not overlap. */
export function spliced(bytes: Uint8Array, splices: readonly Splice[]): Uint8Array {
  const parts: Uint8Array[] = []
  let at = 0
  for (const { start, end, text } of splices) {
    parts.push(bytes.subarray(at, start), Buffer.from(text))
    at = end
  }
  return Buffer.concat([...parts, bytes.subarray(at)])
}

/** The text with parts of one line replaced; `splices` are in order and do not overlap. */
export function lineChanged(bytes: Uint8Array, line: Line, splices: readonly Splice[]): Edited {
  const changed = spliced(bytes, splices)
  const end = line.contentEnd + changed.length - bytes.length
  return {
    bytes: changed,
    line: line.number,
    before: textOf(bytes, line),
    after: decoded(changed.subarray(textStart(bytes, line), end)),
  }
}

/** The text as it is: it says already what was wanted, on this line. */
export function lineKept(bytes: Uint8Array, line: Line): Edited {
  return { bytes, line: line.number, before: textOf(bytes, line), after: textOf(bytes, line) }
}

/**
 * Adds a line after the last one of its keyword, or at the end if there is none. It ends as the lines around it do: also without a line
 * end, where the file ends without one.
 * @throws EditError if `text` is not one line of a keyword of ours that can be read by itself.
 */
export function addLine(bytes: Uint8Array, text: string): Edited {
  const keyword = keywordOf(text)
  const lines = lex(bytes, unreported(bytes))
  const after = lines.findLast((other) => other.words[0]?.value === keyword) ?? lines.at(-1)
  const added = { line: (after?.number ?? 0) + 1, before: undefined, after: text }
  if (after === undefined) return { ...added, bytes: Buffer.concat([bytes, Buffer.from(`${text}${NEWLINE}`)]) }
  const terminator = terminatorAfter(bytes, after, lines)
  const inserted = after.end > after.contentEnd ? `${text}${terminator}` : `${terminator}${text}`
  const parts = [bytes.subarray(0, after.end), Buffer.from(inserted), bytes.subarray(after.end)]
  return { ...added, bytes: Buffer.concat(parts) }
}

/** Removes a whole line, its comment and its line end with it; of a last line without one the line end before it. */
export function removeLine(bytes: Uint8Array, line: Line): Edited {
  const { start, contentEnd, end, number } = line
  const isOpen = end === contentEnd && start > 0
  const from = isOpen ? start - terminatorBefore(bytes, start) : textStart(bytes, line)
  const kept = Buffer.concat([bytes.subarray(0, from), bytes.subarray(end)])
  return { bytes: kept, line: number, before: textOf(bytes, line), after: undefined }
}

/** Diagnostics that are not reported: an edit does not check the other lines. */
export function unreported(bytes: Uint8Array): ConfigDiagnostics {
  return new ConfigDiagnostics(new SourceText('', bytes))
}

/**
 * A word as it stands on a line, from what somebody typed.
 * @throws EditError for what is no word by itself.
 */
export function plainWord(text: string): string {
  if (/^[^\s#"'\\\p{Cc}\u{fffd}]+$/u.test(text)) return text
  throw new EditError(
    `${quote(text)} can't be written as one word: it is empty, or has a space, #, a quote, \\ or a character that can't be printed`,
  )
}

/** The keyword of a text that is one line of ours. */
function keywordOf(text: string): string {
  const bytes = Buffer.from(text)
  const diagnostics = unreported(bytes)
  const { lines, read } = readConfig(bytes, diagnostics)
  const [line] = lines
  const isOne = lines.length === 1 && line?.words[0]?.start === 0 && line.wordsEnd === line.end
  const keyword = read[0]?.keyword
  const [fault] = diagnostics.list.filter(({ severity }) => severity === 'error')
  if (isOne && keyword !== undefined && fault === undefined) return keyword
  throw new EditError(fault?.message ?? `${quote(text)} is not one line of a configuration`)
}

/** Where the text of a line starts: after a byte order mark, which is the file's. */
function textStart(bytes: Uint8Array, { start }: Line): number {
  return start === 0 && MARK.equals(bytes.subarray(0, MARK.length)) ? MARK.length : start
}

/** A line without its line end, or what it becomes with one part replaced. */
export function textOf(bytes: Uint8Array, line: Line, splice?: Splice): string {
  const start = textStart(bytes, line)
  if (splice === undefined) return decoded(bytes.subarray(start, line.contentEnd))
  const [head, tail] = [bytes.subarray(start, splice.start), bytes.subarray(splice.end, line.contentEnd)]
  return `${decoded(head)}${splice.text}${decoded(tail)}`
}

function decoded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}

/** The line end of a new line after this one: that of this line, else that of the first line, so that a CRLF file stays one. */
function terminatorAfter(bytes: Uint8Array, after: Line, [first]: readonly Line[]): string {
  const isOpen = after.end === after.contentEnd
  // A CR at the end of the file would be a part of the line end otherwise, and go with it when the line is removed.
  if (isOpen && bytes[after.end - 1] === CR) return `\r${NEWLINE}`
  const { contentEnd, end } = isOpen && first !== undefined ? first : after
  return end > contentEnd ? decoded(bytes.subarray(contentEnd, end)) : NEWLINE
}

/** How long the line end before an offset is, which is not 0. */
function terminatorBefore(bytes: Uint8Array, offset: number): number {
  return bytes[offset - 2] === CR ? 2 : 1
}
