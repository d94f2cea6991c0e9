/** Text of manual pages, in the language of man(7). */

/** The date of the manual pages: of the release that they describe. */
const DATE = '2026-11-28'

/** The most bytes that a line of text has: mandoc complains of longer ones. */
const WIDTH = 78

/** In place of changes of the font and of blanks between them, while lines are made: characters that no text has, of three bytes as `\fB`. */
const [BOLD, ROMAN, BLANK] = ['\ue000', '\ue001', '\ue002'] as const

const FIRST_LINE = '.\\" Made from the tables of the code: npm run generate\n'

/** Where a sentence ends, or a clause before a capital letter. */
const SENTENCE_END = /(?<=[^.][.:]) (?=[A-Z\ue000])/g

/** How a manual page begins; `section` is its number. */
export function headOf(name: string, section: number): string {
  return `${FIRST_LINE}.TH ${name} ${section} ${DATE} "kickback" "Kickback manual"\n`
}

/** Text that is written as it is: what looks like an escape or a request is none. */
export function literal(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', "'")
    .replaceAll(/^(['.])/gm, '\\&$1')
}

/** Sentences of a page: what stands in backquotes is bold, each sentence begins a line, and no line is long. */
export function filled(text: string): string {
  const marked = text.replaceAll(/`([^`]*)`/g, (_, code: string) => BOLD + code.replaceAll(' ', BLANK) + ROMAN)
  const lines = marked.replaceAll(SENTENCE_END, '\n').split('\n').flatMap(folded)
  return literal(lines.join('\n')).replaceAll(BOLD, '\\fB').replaceAll(ROMAN, '\\fR').replaceAll(BLANK, ' ')
}

/** A line in pieces that are short enough, if its words are. */
function folded(line: string): string[] {
  const pieces: string[] = []
  let piece = ''
  for (const word of line.split(' ')) {
    const longer = piece === '' ? word : `${piece} ${word}`
    if (piece !== '' && Buffer.byteLength(literal(longer)) > WIDTH) {
      pieces.push(piece)
      piece = word
    } else piece = longer
  }
  return [...pieces, piece]
}

/** Lines that are shown as they are, indented. */
export function shown(lines: readonly string[]): string {
  return ['.RS 4', '.EX', ...lines.map(literal), '.EE', '.RE'].join('\n')
}

/** The items of a list, each with a dot before it. */
export function bullets(items: readonly string[]): string {
  return items.map((item) => `.IP \\(bu 2\n${filled(item)}`).join('\n')
}
