/** Comments of a configuration: what could not be carried over. */
import { pictured } from '../../config/index.ts'
import type { Membership, Remark } from '../entry.ts'

/** The longest word that a comment shows whole, in characters. */
const WORD_MAX = 400
/** The names of a group on one comment line. */
const NAMES_MAX = 20

/** A line of a comment: printable, whatever the source holds. */
export function comment(text: string): string {
  const words = text.split(' ').map((word) => (word.length > WORD_MAX ? `${word.slice(0, WORD_MAX)}...` : word))
  return `# ${pictured(words.join(' '))}`.trimEnd()
}

/** The comments on what was left out, in the order of files and lines. */
export function remarkLines(remarks: readonly Remark[], files: readonly string[]): string[] {
  const order = new Map(files.map((file, index) => [file, index]))
  const rank = ({ place }: Remark): number => order.get(place.file) ?? files.length
  const sorted = [...remarks].sort((a, b) => rank(a) - rank(b) || a.place.line - b.place.line)
  return sorted.map(({ place, text }) => comment(`${place.file}:${place.line}: ${text}`))
}

/** The groups as lines of netgroup(5), in comments. */
export function groupLines(memberships: readonly Membership[]): string[] {
  const groups = Map.groupBy(memberships, ({ group }) => group)
  return [...groups].flatMap(([group, members]) => {
    const names = [...new Set(members.map(({ name }) => name))]
    const parts = Array.from({ length: Math.ceil(names.length / NAMES_MAX) }, (_, part) =>
      names.slice(part * NAMES_MAX, (part + 1) * NAMES_MAX),
    )
    return parts.map((some) => comment(`  ${group} ${some.map((name) => `(${name},-,)`).join(' ')}`))
  })
}
