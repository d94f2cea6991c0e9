/** What is made from the tables of the code, and where it goes. */

/** A file that is made, or a part of a page. */
export interface Made {
  /** The file, from the top of the repository. */
  readonly path: string
  /** The name of the part, which stands between its markers; absent for a whole file. */
  readonly part?: string
  /** What is to stand there. */
  readonly text: () => string
}

/** A part's first and last line. */
const markers = (part: string): [start: string, end: string] => [
  `<!-- ${part}: made from the table in the code -->`,
  `<!-- ${part}: end -->`,
]

/** A page with what stands between the markers of a part replaced. Throws if the page has no such part. */
export function withPart(page: string, part: string, text: string): string {
  const [start, end] = markers(part)
  const [before, rest] = page.split(start)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`there is no part ${part}`)
  return `${before}${start}\n${text}${end}${after}`
}

/** The names of the parts that a page has. */
export function partsOf(page: string): string[] {
  return Array.from(page.matchAll(/^<!-- (\S+): made from the table in the code -->$/gm), ([, part = '']) => part)
}
