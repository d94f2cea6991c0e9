/** The directives in docs/config.md and the codes of the configuration in docs/diagnostics.md. */
import { exampleLine } from '../src/config/directives/directive.ts'
import { DIRECTIVES } from '../src/config/directives/table.ts'
import { parseConfig } from '../src/config/parser.ts'
import { CODES } from '../src/config/text/codes.ts'
import { formatDiagnostic } from '../src/config/text/diagnostic.ts'
import type { Made } from './made.ts'
import { fenced, table } from './markdown.ts'

/** The directives that are acted on, or those that are only checked. */
function directiveTable(actedOn: boolean): string {
  const rows = DIRECTIVES.filter((row) => row.actedOn === actedOn).map((row) => [
    `\`${row.keyword} ${row.arguments}\``,
    `${row.summary} ${row.doc}`.trim(),
    `\`${exampleLine(row)}\``,
  ])
  return table(['line', 'meaning', 'example'], rows)
}

/** A section for each code of the configuration: what it means, an example, and what `kickback check` says of it. */
function codeSections(): string {
  const sections = Object.entries(CODES).map(([code, { severity, meaning, example }]) => {
    return `### ${code}\n${capital(severity)}. ${meaning}\n\n${fenced('config', example)}\n${fenced('text', outputOf(example))}`
  })
  return sections.join('\n')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function outputOf(example: string): string {
  return parseConfig(bytesOf(example)).diagnostics.map(formatDiagnostic).join('\n')
}

/** The bytes of an example, in which `\xNN` stands for a byte. */
export function bytesOf(example: string): Buffer {
  const parts = example.split(/\\x([0-9a-f]{2})/)
  return Buffer.concat(parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex'))))
}

/** The parts of both pages. */
export const CONFIG_PAGES: readonly Made[] = [
  { path: 'docs/config.md', part: 'directives', text: () => directiveTable(true) },
  { path: 'docs/config.md', part: 'kept', text: () => directiveTable(false) },
  { path: 'docs/diagnostics.md', part: 'codes', text: codeSections },
]
