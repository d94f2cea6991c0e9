/** The words of dhcpd.conf(5). */
import { ImportError } from '../entry.ts'

/** A word, a string without its quotes, or one of `{ } ; ,`. */
export interface Token {
  readonly text: string
  readonly line: number
  /** True for one of `{ } ; ,`, which is not a string. */
  readonly isSign: boolean
}

const TOKEN = /[ \t\r\v\f]+|\n|#[^\n]*|"[^"\\]*(?:\\[\s\S][^"\\]*)*"|[{};,]|[^\s{};,"#]+|"/g

/** The tokens of a text. Throws ImportError where a string has no end. */
export function* dhcpdTokens(file: string, text: string): Generator<Token, void, undefined> {
  let line = 1
  for (const [part] of text.matchAll(TOKEN)) {
    if (part === '"') throw new ImportError({ file, line }, 'a string has no closing quote')
    const isString = part.startsWith('"')
    if (isString) yield { text: part.slice(1, -1).replace(/\\(["\\])/g, '$1'), line, isSign: false }
    else if (!/^[\s#]/.test(part)) yield { text: part, line, isSign: /^[{};,]$/.test(part) }
    for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) line++
  }
}
