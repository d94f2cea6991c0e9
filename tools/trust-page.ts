/** The lines of a trust list in docs/trust.md. */
import { LINES } from '../src/resolver/trust/lines.ts'
import type { Made } from './made.ts'
import { table } from './markdown.ts'

function linesTable(): string {
  const rows = LINES.map(({ form, least, most, doc }) => [
    `\`${form}\``,
    most === 1 ? most : `${least} to ${most}`,
    doc,
  ])
  return `\n${table(['line', 'how many', 'meaning'], rows)}\n`
}

/** The part of the page. */
export const TRUST_PAGE: readonly Made[] = [{ path: 'docs/trust.md', part: 'lines', text: linesTable }]
