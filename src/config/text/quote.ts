/** How messages show a word of the file. */
import type { Word } from './lexer.ts'

/** A word as a message shows it: in quotes, on one line, not too long, with nothing that a terminal would obey. */
export function quote(word: Word | string): string {
  const text = typeof word === 'string' ? word : word.value
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text
  return JSON.stringify(shown).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

/** The escape that JSON.stringify leaves out for a character that is not to be printed. */
function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}
