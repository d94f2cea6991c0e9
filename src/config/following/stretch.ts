/** A stretch of lines of a configuration, read by itself as it is read in the whole. */
import { mustBeLocal } from '../../values/index.ts'
import type { ReadLine } from '../draft.ts'
import type { LinePlace } from '../outline.ts'
import { readWords } from '../parser.ts'
import type { ConfigDiagnostics } from '../text/config-diagnostics.ts'
import { type Line, lex } from '../text/lexer.ts'
import type { Span } from '../text/span.ts'

/** The file that a stretch is of. */
interface StretchFile {
  readonly bytes: Uint8Array
  readonly diagnostics: ConfigDiagnostics
  readonly domain: string | undefined
}

/** A line, and what it says; undefined where its keyword is not known. */
export interface StretchLine {
  readonly line: Line
  readonly read: ReadLine | undefined
}

const CR = 13
const MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * The lines of a stretch that begins with a line. Throws NotLocalError for bytes of which is told once in a file: a carriage return, a byte
 * order mark.
 */
export function readStretch({ bytes, diagnostics, domain }: StretchFile, place: LinePlace): StretchLine[] {
  const own = bytes.subarray(place.start, place.end)
  mustBeLocal(!own.includes(CR), 'a line has a carriage return')
  mustBeLocal(!Buffer.from(own.buffer, own.byteOffset, own.length).includes(MARK), 'a line has a byte order mark')
  const moved = <S extends Span>(span: S): S => ({
    ...span,
    line: span.line + place.number - 1,
    start: span.start + place.start,
    end: span.end + place.start,
  })
  const lines = lex(own, { report: (code, span, message) => diagnostics.report(code, moved(span), message) })
  return lines.map(({ number, start, wordsEnd, contentEnd, end, words }) => {
    const line = {
      number: number + place.number - 1,
      start: start + place.start,
      wordsEnd: wordsEnd + place.start,
      contentEnd: contentEnd + place.start,
      end: end + place.start,
      words: words.map(moved),
    }
    return { line, read: readWords(line.words, { bytes, diagnostics, domain }) }
  })
}

/** What these lines say, without those whose keyword is not known. */
export function readOf(lines: readonly StretchLine[]): ReadLine[] {
  return lines.flatMap(({ read }) => read ?? [])
}
