// Writes the parts of docs/ that are made from the tables: `node test/config/manual.ts`.
import { readFileSync, writeFileSync } from 'node:fs'
import { CODES, DIRECTIVES, formatDiagnostic, parseConfig } from '../../src/config/index.ts'
import { bytesOf } from './reading.ts'

/** The pages with parts made from tables. */
export const CONFIG_PAGE = new URL('../../docs/config.md', import.meta.url)
export const DIAGNOSTICS_PAGE = new URL('../../docs/diagnostics.md', import.meta.url)

/** A page with what stands between the markers of `name` replaced. */
export function withPart(page: string, name: string, part: string): string {
  const [start, end] = [`<!-- ${name}: made from the table in the code -->`, `<!-- ${name}: end -->`]
  const [before, rest] = page.split(start)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`no part ${name}`)
  return `${before}${start}\n${part}${end}${after}`
}

/** A table of Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`
  return line(heads) + line(heads.map(() => '---')) + rows.map(line).join('')
}

/** The directive table of docs/config.md. */
export function directiveTable(actedOn: boolean): string {
  const rows = DIRECTIVES.filter((row) => row.actedOn === actedOn).map(
    ({ keyword, arguments: words, doc, example }) => [
      `\`${keyword}${words === '' ? '' : ` ${words}`}\``,
      doc,
      `\`${example}\``,
    ],
  )
  return table(['line', 'meaning', 'example'], rows)
}

/** The sections of docs/diagnostics.md about the configuration. */
export function diagnosticSections(): string {
  const sections = Object.entries(CODES).map(([code, { severity, meaning, example }]) => {
    return `### ${code}\n${capital(severity)}. ${meaning}\n\n${fenced('config', example)}\n${fenced('text', outputOf(example))}`
  })
  return sections.join('\n')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`
}

function outputOf(example: string): string {
  return parseConfig(bytesOf(example)).diagnostics.map(formatDiagnostic).join('\n')
}

/** Both pages as they should be. */
export function pages(): [URL, string][] {
  const config = readFileSync(CONFIG_PAGE, 'utf8')
  const acted = withPart(config, 'directives', directiveTable(true))
  const diagnostics = readFileSync(DIAGNOSTICS_PAGE, 'utf8')
  return [
    [CONFIG_PAGE, withPart(acted, 'kept', directiveTable(false))],
    [DIAGNOSTICS_PAGE, withPart(diagnostics, 'codes', diagnosticSections())],
  ]
}

if (import.meta.main) for (const [page, text] of pages()) writeFileSync(page, text)
