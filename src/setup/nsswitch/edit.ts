/**
 * The edit of a whole nsswitch.conf: the source is put in or taken out, and every other byte stays. What was put in can be told from
 * the text alone, so that taking it out needs no copy of the file as it was. Texts are byte strings (latin1).
 */

import { type Line, parseLine, type Source } from '../../values/index.ts'
import { ADDED_SOURCES, ALL_DATABASES, DATABASES, type Role, SOURCE } from './databases.ts'
import { placement } from './placement.ts'

/** What stands behind a line that was added whole. */
const ADDED_MARK = '  # added by kickback'
/** Where the sources of an added line begin, in characters. */
const SOURCES_AT = 16

/** What of the file is edited: lines that are missing are added unless the file is only a part of what is read. */
interface EditOptions {
  readonly addsLines: boolean
}

/** The text with the source in the databases of this role, and in no other. What is there already stays as it is. */
export function switchedOn(text: string, role: Role, { addsLines }: EditOptions = { addsLines: true }): string {
  const wanted = DATABASES[role]
  const lines = linesOf(text).map((line) => {
    const parsed = parseLine(line)
    if (parsed === undefined || !ALL_DATABASES.includes(parsed.database)) return line
    return wanted.includes(parsed.database) ? lineOn(line, parsed) : lineOff(line)
  })
  if (!addsLines) return lines.join('')
  const there = new Set(lines.map((line) => parseLine(line)?.database))
  return withLines(lines.join(''), wanted.filter((name) => ADDED_SOURCES.has(name) && !there.has(name)).map(addedLine))
}

/** The text without the source. Of what switchedOn made it gives back what was there, byte for byte. */
export function switchedOff(text: string): string {
  return linesOf(text).map(lineOff).join('')
}

/** The databases that have the source, each once. */
export function databasesOn(text: string): readonly string[] {
  const found = linesOf(text).flatMap((line) => {
    const parsed = parseLine(line)
    return parsed !== undefined && indexOf(parsed) >= 0 ? [parsed.database] : []
  })
  return [...new Set(found)]
}

/** The lines of a text, each with its line end. */
export function linesOf(text: string): readonly string[] {
  return text.split(/(?<=\n)/)
}

/** The place of the source in a line; -1 if it does not have it. */
export function indexOf({ sources = [] }: Line): number {
  return sources.findIndex(({ name }) => name === SOURCE)
}

function lineOn(line: string, parsed: Line): string {
  const insertion = indexOf(parsed) >= 0 ? undefined : placement(parsed)
  if (insertion === undefined) return line
  return `${line.slice(0, insertion.at)}${insertion.text}${line.slice(insertion.at)}`
}

function lineOff(line: string): string {
  const parsed = parseLine(line)
  if (parsed === undefined || !ALL_DATABASES.includes(parsed.database)) return line
  const source = parsed.sources?.[indexOf(parsed)]
  if (source === undefined) return line
  if (line.endsWith(`${ADDED_MARK}\n`)) return isAsAdded(parsed) ? '' : lineOff(line.replace(ADDED_MARK, ''))
  const before = cuts(line, source).find((cut) => isMadeFrom(line, cut))
  // By hand, or changed since: a source that is there several times goes everywhere.
  return before ?? lineOff(withoutSource(line, source))
}

/** The texts that the line may have been before the source was put in. */
function cuts(line: string, { start, end }: Source): readonly string[] {
  const [handed = ''] = / \[SUCCESS=(?:continue|merge)\] $/.exec(line.slice(0, start)) ?? []
  const [handing = ''] = /^ \[SUCCESS=continue\] /.exec(line.slice(end)) ?? []
  const ranges: [number, number][] = [
    ...(handed === '' ? [] : [[start - handed.length, end] as [number, number]]),
    ...(line[start - 1] === ' ' ? [[start - 1, end] as [number, number]] : []),
    ...(handing === '' ? [] : [[start, end + handing.length] as [number, number]]),
    [start, end + 1],
  ]
  return ranges.map(([from, to]) => `${line.slice(0, from)}${line.slice(to)}`)
}

/** Whether the line is what becomes of this one. */
function isMadeFrom(line: string, before: string): boolean {
  const parsed = parseLine(before)
  return parsed !== undefined && indexOf(parsed) < 0 && lineOn(before, parsed) === line
}

/** The line without the source, its actions, and the blanks ahead of it. */
function withoutSource(line: string, { start, actionsEnd }: Source): string {
  const ahead = line.slice(0, start).replace(/(?<![ \t])[ \t]+$/, '')
  return `${ahead.endsWith(':') ? line.slice(0, start) : ahead}${line.slice(actionsEnd)}`
}

function addedLine(database: string): string {
  const sources = ADDED_SOURCES.get(database) ?? []
  return `${`${database}:`.padEnd(SOURCES_AT)}${sources.join(' ')}${ADDED_MARK}\n`
}

/** Whether a line that was added still has the sources that it was added with. */
function isAsAdded({ database, sources = [] }: Line): boolean {
  return sources.map(({ name }) => name).join(' ') === ADDED_SOURCES.get(database)?.join(' ')
}

/** Adds whole lines at the end; ahead of the last line where that has no line end, so that its end stays as it is. */
function withLines(text: string, added: readonly string[]): string {
  const at = text.lastIndexOf('\n') + 1
  return `${text.slice(0, at)}${added.join('')}${text.slice(at)}`
}
