/** The text of netgroup(5): the netgroups that a master has beside those that its configuration makes. */
import type { NetgroupEntry, Triple } from '../databases/netgroup.ts'
import type { ByteString } from '../records/entries.ts'
import {
  type AccountDiagnostics,
  type AccountLine,
  FirstOfName,
  InvisibleCharacters,
  linesOf,
  quoted,
} from './lines.ts'

/** A netgroup of the file: all triples that it has in the file, and what it takes from the configuration. */
export interface FileNetgroup extends NetgroupEntry {
  /** Netgroups of the configuration whose triples it has too. */
  readonly includes: readonly ByteString[]
}

/** What a line says. */
interface Written {
  readonly name: ByteString
  /** By what tells one from another. */
  readonly triples: ReadonlyMap<string, Triple>
  readonly names: readonly ByteString[]
  readonly line: AccountLine
}

/** The most triples that one netgroup may have. */
const TRIPLES_MAX = 100_000
/**
 * The most triples and names that are looked at for all netgroups together: a few thousand lines that include one another mean hundreds of millions. A build of
 * so many takes two seconds.
 */
const ALL_MAX = 5_000_000

/** What netgroups are made from. */
interface Parts {
  readonly written: ReadonlyMap<ByteString, Written>
  /** Those of the configuration, and how many triples each has at most. */
  readonly made: ReadonlyMap<ByteString, number>
  readonly diagnostics: AccountDiagnostics
}

/**
 * The netgroups of a file, each with the triples of those that it includes; one that includes itself ends there, as for the C library.
 * `made` are those that the configuration makes, each with the most triples that it has: they are not the file's to change. Of a name on several lines the first
 * counts.
 */
export function readNetgroups(
  bytes: Uint8Array,
  made: ReadonlyMap<ByteString, number>,
  diagnostics: AccountDiagnostics,
): FileNetgroup[] {
  const written = new Map<ByteString, Written>()
  const names = new FirstOfName(diagnostics)
  for (const line of logicalLines(bytes, diagnostics)) {
    const one = writtenOf(line)
    if (one === undefined) {
      diagnostics.report(
        'account-malformed',
        line.span,
        'this line is not NAME and then (host,user,domain) or names of netgroups',
      )
    } else if (made.has(one.name)) {
      const message = `the configuration makes the netgroup ${quoted(one.name)}: the line is left out`
      diagnostics.report('netgroup-taken', line.span, message)
    } else {
      names.claim(one.name, line.span)
      if (!written.has(one.name)) written.set(one.name, one)
    }
  }
  return allOf({ written, made, diagnostics })
}

/** The netgroups of the lines, as many as there is room for. */
function allOf(parts: Parts): FileNetgroup[] {
  const all: FileNetgroup[] = []
  let left = ALL_MAX
  for (const one of parts.written.values()) {
    const { whole, looked } = expanded(one, parts, left)
    left -= looked
    if (left < 0) {
      const message = `the netgroups up to this line have more than ${ALL_MAX} triples together: it is left out, and what is behind it`
      parts.diagnostics.report('account-too-long', one.line.span, message)
      break
    }
    if (whole !== undefined) all.push(whole)
  }
  return all
}

/** Lines without comments and blank ones; a backslash at the end of one goes on with the next. */
function* logicalLines(bytes: Uint8Array, diagnostics: AccountDiagnostics): Generator<AccountLine, void, undefined> {
  const invisible = new InvisibleCharacters(diagnostics)
  let begun: { readonly line: AccountLine; readonly parts: ByteString[] } | undefined
  for (const line of linesOf(bytes)) {
    const text = line.text.replace(/(?<![ \t\r])[ \t\r]+$/, '')
    if (begun === undefined && (text === '' || text.startsWith('#'))) continue
    invisible.look({ ...line, text })
    begun ??= { line, parts: [] }
    const goesOn = text.endsWith('\\')
    begun.parts.push(goesOn ? text.slice(0, -1) : text)
    if (goesOn) continue
    yield joined(begun)
    begun = undefined
  }
  if (begun !== undefined) yield joined(begun)
  invisible.end()
}

function joined({ line, parts }: { readonly line: AccountLine; readonly parts: readonly ByteString[] }): AccountLine {
  return { ...line, text: parts.join(' ') }
}

/** A line, taken apart; undefined if it is none. */
function writtenOf(line: AccountLine): Written | undefined {
  const [, name = '', rest = ''] = /^([^\s(),]+)(.*)$/s.exec(line.text) ?? []
  if (name === '' || line.text.includes('\0')) return undefined
  const word = /\s*(?:\(([^()]*)\)|([^\s(),]+))/y
  const triples = new Map<string, Triple>()
  const names: ByteString[] = []
  let read = 0
  for (let match = word.exec(rest); match !== null; match = word.exec(rest)) {
    read = word.lastIndex
    const [, fields, netgroup] = match
    if (netgroup !== undefined) names.push(netgroup)
    const triple = fields === undefined ? undefined : tripleOf(fields)
    if (triple !== undefined) triples.set(JSON.stringify([triple.host, triple.user, triple.domain]), triple)
    else if (fields !== undefined) return undefined
  }
  return rest.slice(read).trim() === '' ? { name, triples, names, line } : undefined
}

/** The triple of three fields; an empty one is a wildcard. */
function tripleOf(text: string): Triple | undefined {
  const fields = text.split(',').map((field) => field.trim())
  if (fields.length !== 3) return undefined
  const [host, user, domain] = fields.map((field) => (field === '' ? undefined : field))
  return { host, user, domain }
}

/** A netgroup with what it includes, undefined where that is too much, and how many triples and names were looked at for it. With more than `left` it is not finished. */
function expanded(
  first: Written,
  { written, made, diagnostics }: Parts,
  left: number,
): { readonly whole: FileNetgroup | undefined; readonly looked: number } {
  const triples = new Map<string, Triple>()
  const includes = new Set<ByteString>()
  const seen = new Set([first])
  let looked = 0
  // A set that grows goes on with what is added.
  for (const { triples: own, names } of seen) {
    looked += own.size + names.length
    if (looked > left) break
    for (const [key, triple] of own) triples.set(key, triple)
    for (const name of names) {
      const other = written.get(name)
      const size = made.get(name)
      if (size !== undefined) {
        if (!includes.has(name)) looked += size
        includes.add(name)
      } else if (other !== undefined) seen.add(other)
      else if (names === first.names) {
        diagnostics.report('netgroup-unknown', first.line.span, `there is no netgroup ${quoted(name)}`)
      }
    }
    if (triples.size > TRIPLES_MAX) {
      const message = `${quoted(first.name)} has more than ${TRIPLES_MAX} triples: it is left out`
      diagnostics.report('account-too-long', first.line.span, message)
      return { whole: undefined, looked }
    }
  }
  return { whole: { name: first.name, triples: [...triples.values()], includes: [...includes] }, looked }
}
