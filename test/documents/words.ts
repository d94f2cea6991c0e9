// The words of docs/words.md that are not used, and where a text still uses them.

/** A word or phrase that is not used, and what stands in its place. */
export interface Replaced {
  readonly phrase: string
  readonly instead: string
}

/** A use of such a phrase: its line, counted from 1. */
export interface Use extends Replaced {
  readonly line: number
}

const HEADING = '## Words that are not used'

/** The page without its table of words that are not used: the only place where they may stand. */
export function withoutTable(page: string): string {
  return page.split(HEADING)[0] ?? ''
}

/** The rows of that table: `| phrases, each in backquotes | what to write |`. */
export function replacedWords(page: string): Replaced[] {
  const [, table = ''] = page.split(HEADING)
  return table.split('\n').flatMap((row) => {
    const [, left = '', instead = ''] = row.split(/(?<!\\)\|/)
    return [...left.matchAll(/`([^`]+)`/g)].map(([, phrase = '']) => ({ phrase, instead: instead.trim() }))
  })
}

/**
 * A text as its words, one blank between two: names are taken apart (`isInStep`, `NOT_THERE`), and marks of comments at the start of a
 * line do not part a phrase. Each word has the line that it is on.
 */
function wordsOf(text: string): { readonly words: readonly string[]; readonly lines: readonly number[] } {
  const words: string[] = []
  const lines: number[] = []
  text.split('\n').forEach((line, i) => {
    const apart = line.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
    for (const [word] of apart.matchAll(/[a-z0-9']+/g)) {
      words.push(word)
      lines.push(i + 1)
    }
  })
  return { words, lines }
}

/** The uses of the phrases in a text, whatever the case, over the ends of lines too. A phrase is whole words; `~` ends one that may go on (`shel~`). */
export function usesIn(text: string, replaced: readonly Replaced[]): Use[] {
  const { words, lines } = wordsOf(text)
  return replaced.flatMap((row) => {
    const parts = row.phrase.toLowerCase().split(/[^a-z0-9'~]+/)
    const isAt = (at: number): boolean =>
      parts.every((part, k) =>
        part.endsWith('~') ? words[at + k]?.startsWith(part.slice(0, -1)) : words[at + k] === part,
      )
    return words.flatMap((_, at) => (isAt(at) ? [{ ...row, line: lines[at] ?? 0 }] : []))
  })
}

/**
 * Sentences of a page for people that are built as English does not build them: `X is no Y`, `is none of`. `There is no Y` and
 * `is no longer` are ordinary.
 */
export function oddSentences(page: string): { readonly text: string; readonly line: number }[] {
  return page.split('\n').flatMap((text, i) => {
    const odd = /(?<!there |There )\b(?:is|are|be|was|were) (?:no (?!longer\b)[a-z]+|none (?:of|that)\b)/.exec(text)
    return odd === null ? [] : [{ text: odd[0], line: i + 1 }]
  })
}
