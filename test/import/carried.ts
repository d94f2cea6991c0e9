// What an import carries over: which names and addresses of a source the resolver answers, and which stand in comments.
import { withoutDomain } from '../../src/config/index.ts'
import type { Written } from '../../src/import/configuration/write.ts'
import { type ImportOptions, importFiles } from '../../src/import/files.ts'
import type { ImportFormat } from '../../src/import/formats.ts'

import { answer, hostAt } from '../../src/resolver/answers/answers.ts'
import { hosts } from '../../src/resolver/databases/hosts.ts'
import type { Snapshot } from '../../src/resolver/snapshot/snapshot.ts'
import { foldCase, formatAddress, parseAddress } from '../../src/values/index.ts'
import { ip } from '../addresses.ts'
import { configured, DOMAIN, fileOf } from '../resolver/configs.ts'
import type { Fact } from './facts.ts'

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

/** Whether somebody who is asked knows a fact. */
type Answered = (fact: Fact) => boolean

/**
 * The facts that are neither answered nor in a comment on their line; who answers is the resolver, where nobody else is given. Throws if
 * `check` finds an error.
 */
export function lost(written: Written, facts: readonly Fact[], answered = byResolver(written)): Fact[] {
  const comments = Map.groupBy(commentsOf(written), (line) => /^# (.*?:\d+): /.exec(line)?.[1] ?? '')
  const all = commentsOf(written).map(wordsOf)
  const anywhere = new Set(all.flat())
  return facts.filter((fact) => {
    const { file, line, name, address } = fact
    if (answered(fact)) return false
    // What stands alone is told where it is met first.
    if (name === undefined || address === undefined)
      return !spellings(name ?? address).some((word) => anywhere.has(word))
    const said = (comments.get(`${file}:${line}`) ?? []).flatMap(wordsOf)
    const elsewhere = all.some(
      (words) => spellings(name).some((word) => words.includes(word)) && words.includes(canonical(address)),
    )
    return !elsewhere && !spellings(name).some((word) => said.includes(word))
  })
}

function byResolver({ text }: Written): Answered {
  const snapshot = configured(text)
  return ({ name, address }) => isAnswered(snapshot, name, address)
}

/** A name or an address as comments may have it. */
function spellings(text = ''): string[] {
  return [foldCase(text), foldCase(withoutDomain(text, DOMAIN)), canonical(text)]
}

function wordsOf(comment: string): string[] {
  const words = foldCase(comment)
    .split(/[\s:,]+(?=\s|$)|\s+/)
    .concat(foldCase(comment).split(/\s+/))
  return words.flatMap((word) => [word, ...word.split(/[,=/[\]]/)])
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
