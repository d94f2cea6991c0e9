/** Facts in lines: a label, and a text that is folded at the edge of a terminal. */
import { type Screen, type Tone, toned } from './screen.ts'

/** One fact. */
export interface Entry {
  /** Empty where it goes on from the one before. */
  readonly label: string
  readonly text: string
  /** Further texts, each in a line of its own. */
  readonly more?: readonly string[]
  readonly tone?: Tone
}

/** How wide the column of labels is. */
const LABELS = 13
/** The least room for texts beside them: a narrower terminal folds the lines itself. */
const LEAST = 20

/** The lines of a fact. Without a terminal no text is folded: a line is a fact then, for grep(1). */
export function entryLines({ label, text, more = [], tone = 'label' }: Entry, screen: Screen | undefined): string[] {
  const width = Math.max(LEAST, (screen?.columns ?? Number.POSITIVE_INFINITY) - LABELS)
  const [first = '', ...rest] = [text, ...more].flatMap((one) => foldedLine(one, width))
  const start = label === '' ? ' '.repeat(LABELS) : toned(label.padEnd(LABELS), tone, screen)
  return [`${start}${first}`, ...rest.map((line) => `${' '.repeat(LABELS)}${line}`)]
}

/** A text in lines of at most so many characters, broken at blanks; a longer word stays whole. */
function foldedLine(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
