/** The report of `kickback explain`: plain data for programs, and the same as text for people. */
import { diagnosticHeadline, pictured, type Related } from '../../../config/index.ts'
import type { FilesSight, ServedSight } from '../../../daemon/index.ts'
import { DATABASES, type DatabaseName, displayed, type Explanation } from '../../../resolver/index.ts'
import { durationText } from '../../../values/index.ts'
import { entryJson } from '../../entry-json.ts'
import type { DoorReport, MachineReport } from './doors.ts'

/** What the files say where that is not served. */
export interface UnservedReport extends Pick<FilesSight, 'code' | 'reason' | 'errors'> {
  /** Undefined if nothing comes of the files at all. */
  readonly explanation: Explanation | undefined
  /** Whether they say the same of this key. */
  readonly isSame: boolean
}

/** All that is to be said of one key. */
export interface ExplainReport {
  readonly database: DatabaseName
  /** As it was typed, a byte string. */
  readonly typed: string
  readonly role: 'master' | 'node'
  /** Of what is served; undefined where nothing is. */
  readonly served:
    | {
        readonly explanation: Explanation
        readonly basis: ServedSight['basis'] | 'snapshot'
        readonly generation: number
      }
    | undefined
  /** Of the files, where what they say is not served. */
  readonly files: UnservedReport | undefined
  readonly machine: MachineReport
  /** What the masters take this machine for, on a node. */
  readonly standing: string | undefined
}

/** The report for programs: names and texts are UTF-8. */
export function reportJson(report: ExplainReport): unknown {
  const { database, typed, role, served, files, machine, standing } = report
  return {
    ...{ database, key: displayed(typed), role, found: served?.explanation.code === 'found' },
    ...(served && {
      ...explanationJson(database, served.explanation),
      ...{ generation: served.generation, basis: served.basis },
    }),
    ...(files && { files: filesJson(database, files) }),
    ...{ machine },
    ...(standing !== undefined && { standing }),
  }
}

function filesJson(database: DatabaseName, { code, reason, errors, explanation, isSame }: UnservedReport): unknown {
  const told = explanation && explanationJson(database, explanation)
  return { not_served: code, reason, errors, same: isSame, ...told }
}

function explanationJson(database: DatabaseName, { record, ...rest }: Explanation) {
  return { ...rest, ...(record !== undefined && database !== 'shadow' && { record: recordJson(database, record) }) }
}

function recordJson<D extends DatabaseName>(database: D, record: Uint8Array): unknown {
  const { triples, ...entry } = DATABASES[database].decode(record) as { readonly triples?: readonly unknown[] }
  return entryJson(triples === undefined ? entry : { ...entry, triples: triples.length })
}

/** The longest line of an entry that is shown, in characters. */
const ENTRY_SHOWN = 160

/** The report for people. */
export function reportText(report: ExplainReport): string {
  const { database, typed, served, files } = report
  const lines = [
    ...(served === undefined
      ? ['nothing is served on this machine: there is no snapshot']
      : explanationLines(database, typed, served.explanation)),
    ...(served === undefined ? [] : ['', `generation ${served.generation}, ${BASES[served.basis]}`]),
    ...(files === undefined ? [] : ['', ...filesLines(database, typed, files)]),
    '',
    ...machineLines(report),
  ]
  return lines.map((line) => `${pictured(line)}\n`).join('')
}

function explanationLines(database: DatabaseName, typed: string, explanation: Explanation): string[] {
  const { code, message, lines, record } = explanation
  const head = code === 'found' ? message : `not found in ${database}: ${message}`
  const shown = record === undefined || database === 'shadow' ? [] : entryLines(database, typed, record)
  return [head, ...shown.map((line) => `  ${line}`), ...lines.flatMap(citedLines)]
}

/** The entry as getent prints it. */
function entryLines<D extends DatabaseName>(database: D, typed: string, record: Uint8Array): string[] {
  const { decode, getent } = DATABASES[database]
  const lines = displayed(getent.lines(decode(record), typed) ?? '')
    .trimEnd()
    .split('\n')
  return lines.map((line) => (line.length > ENTRY_SHOWN ? `${line.slice(0, ENTRY_SHOWN)}...` : line))
}

function citedLines({ file, line, excerpt, message }: Related): string[] {
  return [`  ${file}:${line}: ${message}`, ...(excerpt === undefined ? [] : [`      ${excerpt.text.trim()}`])]
}

const BASES: { readonly [B in ServedSight['basis'] | 'snapshot']: string } = {
  files: 'made from the files as they are now',
  kept: 'made from the last good content of the files, which are different now',
  pinned: 'which is pinned: the accounts that it was made from are not known',
  unknown: 'of which the files are not known: the lines that made it cannot be told',
  snapshot: 'as the masters sent it; the master tells the lines that made it',
}

function filesLines(database: DatabaseName, typed: string, files: UnservedReport): string[] {
  const { reason, errors, explanation, isSame } = files
  if (isSame) return [`the files are different now, of this key they say the same; they are not served: ${reason}`]
  const told = explanation === undefined ? [] : explanationLines(database, typed, explanation)
  return [
    `the files say this now, and are not served: ${reason}`,
    ...errors.slice(1, 1 + ERRORS_SHOWN).map((error) => `  ${diagnosticHeadline(error)}`),
    ...told.map((line) => `  ${line}`),
  ]
}

/** How many further errors of the files are shown. */
const ERRORS_SHOWN = 3

function machineLines({ role, machine, standing, served }: ExplainReport): string[] {
  const { module, socket, dns, programs, search } = machine
  return [
    `on this ${role}:`,
    `  module    ${moduleText(module, role, served?.explanation)}`,
    `  socket    ${doorText(socket)}`,
    ...(dns === undefined ? [] : [`  DNS       ${doorText(dns)}`]),
    ...(search.line === undefined ? [] : [`  nsswitch  ${search.line}`]),
    ...search.notes.map((note) => `  note      ${note}`),
    ...(programs === undefined ? [] : [`  programs  ${programsText(programs)}`]),
    ...(standing === undefined ? [] : [`  masters   ${standing}`]),
  ]
}

function moduleText(
  module: MachineReport['module'],
  role: ExplainReport['role'],
  explanation: Explanation | undefined,
): string {
  if (module === undefined) return 'has no snapshot to answer from'
  const { file, age, fault } = module
  if (fault !== undefined) return `does not use ${file}: ${fault}`
  const what = explanation?.code === 'found' ? 'answers' : 'has no such entry'
  const since = role === 'master' ? 'written' : 'a master was in step with it'
  return `${what}, from ${file} (${since} ${durationText(age)} ago)`
}

const DOOR_STATES: { readonly [S in DoorReport['state']]: string } = {
  answers: 'answers',
  'no-entry': 'has no such entry',
  denied: 'you may not ask',
  silent: 'no answer',
  off: 'off',
}

function doorText({ state, reason }: DoorReport): string {
  return reason === undefined ? DOOR_STATES[state] : `${DOOR_STATES[state]}: ${reason}`
}

function programsText({ outcome, text }: NonNullable<MachineReport['programs']>): string {
  if (outcome === 'slow') return 'wait: getent had no answer after 5 seconds; a source in that line hangs'
  if (outcome === 'missing') return 'find nothing (getent)'
  if (outcome === 'unknown') return 'could not be asked: getent gave no answer'
  const [first = ''] = text.split('\n')
  return `get: ${first.length > ENTRY_SHOWN ? `${first.slice(0, ENTRY_SHOWN)}...` : first}`
}
