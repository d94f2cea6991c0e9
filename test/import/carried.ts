// What an import carries over: which names and addresses of a source the resolver answers, and which stand in comments.
import { withoutDomain } from '../../src/config/index.ts'
import { type ImportFormat, type ImportOptions, importFiles, type Written } from '../../src/import/index.ts'

import { answer, hostAt } from '../../src/resolver/answers/answers.ts'
import { hosts } from '../../src/resolver/databases/hosts.ts'
import type { Snapshot } from '../../src/resolver/snapshot/snapshot.ts'
import { foldCase, formatAddress, parseAddress } from '../../src/values/index.ts'
import { ip } from '../addresses.ts'
import { configured, DOMAIN, fileOf } from '../resolver/configs.ts'

/** That a line of a file gives a name to an address; one of them may be missing. */
export interface Fact {
  readonly file: string
  readonly line: number
  readonly name?: string | undefined
  readonly address?: string | undefined
}

/** Files by their paths as a format. */
export function imported(
  format: ImportFormat,
  texts: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<ImportOptions> = {},
): Written {
  const files = Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }))
  return importFiles(format, files, { domain: DOMAIN, ...options })
}

/** A file of the fixtures. */
export function fixture(path: string): string {
  return fileOf(`test/fixtures/import/${path}`).toString('utf8')
}

/** The lines that say something to kickback. */
export function linesOf({ text }: Written): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

/** The comments on what was not carried over, without the place of the source. */
export function commentsOf({ text }: Written): string[] {
  const [, comments = ''] = text.split('# Not carried over:\n')
  return comments.split('\n').filter((line) => line !== '')
}

/** The facts that are neither answered nor in a comment on their line. Throws if `check` finds an error. */
export function lost(written: Written, facts: readonly Fact[]): Fact[] {
  const snapshot = configured(written.text)
  const comments = Map.groupBy(commentsOf(written), (line) => /^# (.*?:\d+): /.exec(line)?.[1] ?? '')
  const addresses = new Set(commentsOf(written).flatMap(wordsOf))
  return facts.filter(({ file, line, name, address }) => {
    if (isAnswered(snapshot, name, address)) return false
    const said = (comments.get(`${file}:${line}`) ?? []).flatMap(wordsOf)
    return name === undefined
      ? !addresses.has(canonical(address)) && !said.includes(address ?? '')
      : !said.includes(foldCase(name)) && !said.includes(foldCase(withoutDomain(name, DOMAIN)))
  })
}

function wordsOf(comment: string): string[] {
  return foldCase(comment).split(/[\s:,]+(?=\s|$)|\s+/)
}

/** An address as comments have it, where it is one. */
function canonical(text = ''): string {
  const address = parseAddress(text)
  return address === undefined ? text : formatAddress(address)
}

function isAnswered(snapshot: Snapshot, name: string | undefined, address: string | undefined): boolean {
  if (name === undefined) return address !== undefined && hostAt(snapshot, ip(address).bytes) !== undefined
  const record = answer(snapshot, 'hosts', { name })
  if (record === undefined) return false
  return address === undefined || hosts.decode(record).addresses.map(formatAddress).includes(canonical(address))
}

/** What hosts and ethers say, read in the plainest way. */
export function hostsFacts(file: string, text: string): Fact[] {
  return text.split('\n').flatMap((whole, index): Fact[] => {
    const [first = '', ...rest] = whole.replace(/#.*/s, '').trim().split(/\s+/)
    const at = { file, line: index + 1 }
    if (first === '' || rest.length === 0) return []
    if (parseAddress(first) !== undefined)
      return [{ ...at, address: first }, ...rest.map((name) => ({ ...at, name, address: first }))]
    const [owner = ''] = rest
    return parseAddress(owner) === undefined ? [{ ...at, name: owner }] : [{ ...at, address: owner }]
  })
}
