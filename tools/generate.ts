/**
 * Writes what is made from the tables of the code: the headers of the C module, the manual pages, and parts of docs/.
 * `npm run generate` runs it; with `--check` it writes nothing, names what is stale, and exits 1 if anything is.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMMAND_PAGES } from './command-pages.ts'
import { COMPLETION_PAGES } from './completion-pages.ts'
import { CONFIG_MANUAL } from './config-manual.ts'
import { CONFIG_PAGES } from './config-pages.ts'
import { HEADERS } from './headers.ts'
import { type Made, withPart } from './made.ts'
import { METRICS_PAGE } from './metrics-page.ts'
import { PROTOCOL_PAGES } from './protocol-pages.ts'
import { SNAPSHOT_PAGE } from './snapshot-page.ts'
import { TRUST_PAGE } from './trust-page.ts'

/** Everything that is made. */
export const MADE: readonly Made[] = [
  ...HEADERS,
  ...CONFIG_PAGES,
  ...CONFIG_MANUAL,
  ...SNAPSHOT_PAGE,
  ...TRUST_PAGE,
  ...PROTOCOL_PAGES,
  ...COMMAND_PAGES,
  ...COMPLETION_PAGES,
  ...METRICS_PAGE,
]

/** The files as they should be, by path. `read` gives a file as it is: of a page with made parts all else stays. */
export function generated(read: (path: string) => string, made = MADE): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const { path, part, text } of made) {
    files.set(path, part === undefined ? text() : withPart(files.get(path) ?? read(path), part, text()))
  }
  return files
}

/** The paths of files that are not as they should be. */
export function stale(read: (path: string) => string, made = MADE): string[] {
  return [...generated(read, made)].filter(([path, text]) => read(path) !== text).map(([path]) => path)
}

/** A file of the checkout. */
function fileAt(path: string): string {
  return join(import.meta.dirname, '..', path)
}

function main(isCheck: boolean): void {
  const read = (path: string): string => readFileSync(fileAt(path), 'utf8')
  const paths = stale(read)
  const files = generated(read)
  for (const path of paths) {
    if (isCheck) console.error(`${path} is stale: run \`npm run generate\``)
    else writeFileSync(fileAt(path), files.get(path) ?? '')
  }
  if (isCheck && paths.length > 0) process.exitCode = 1
}

if (import.meta.main) main(process.argv[2] === '--check')
