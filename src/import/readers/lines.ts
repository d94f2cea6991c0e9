/** The lines and words of a text file of another program. */
import type { Place } from '../entry.ts'

/** A line that says something. */
export interface TextLine {
  readonly place: Place
  /** Without comment, line end, and white space at either end; not empty. */
  readonly text: string
  /** What its comment says; undefined if it has none. */
  readonly note: string | undefined
}

/** The lines of a text that are more than a comment. A comment starts with `#`, anywhere in a line. */
export function* textLines(file: string, text: string): Generator<TextLine, void, undefined> {
  let line = 0
  for (const whole of text.split('\n')) {
    line++
    const comment = whole.indexOf('#')
    const content = (comment < 0 ? whole : whole.slice(0, comment)).trim()
    const said = comment < 0 ? '' : whole.slice(comment).replace(/^#+/, '').trim()
    if (content !== '') yield { place: { file, line }, text: content, note: said === '' ? undefined : said }
  }
}

/** The words of a line, at white space. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
