/** The thread on which a key is explained for the page. It explains one, and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Related } from '../../config/index.ts'
import type { PageAnswers, PageCited, PageExplanation } from '../../page/index.ts'
import {
  byteString,
  DATABASE_NAMES,
  DATABASES,
  type DatabaseName,
  displayed,
  type Evidence,
  type Explanation,
  evidenceOf,
  explain,
  Snapshot,
} from '../../resolver/index.ts'
import { printable } from '../../values/index.ts'
import type { ExplainOrder } from './explain-thread.ts'
import { evidenceSources } from './sights.ts'

/** Databases that the page does not show: hashes, and what group has already. */
const HIDDEN: readonly DatabaseName[] = ['shadow', 'initgroups']
/** How many lines of an entry and of files are told, and how many characters of each. */
const LINES_MAX = 20
const TEXT_MAX = 400

/** Those that have the key; where none has it, why not: what the first says that says more than that it is unknown. */
function answersOf({ key, snapshot, made, floor, own }: ExplainOrder): PageAnswers {
  const sources = made && evidenceSources(made, made.sources)
  const evidence = evidenceOf(Snapshot.open(snapshot), sources, own)
  const all = DATABASE_NAMES.filter((name) => !HIDDEN.includes(name)).map((name) =>
    explained(evidence, name, key, floor),
  )
  const found = all.filter(({ explanation }) => explanation.code === 'found')
  const reasons = all.filter(({ explanation }) => explanation.code !== 'unknown')
  const told = found.length > 0 ? found : (reasons.length > 0 ? reasons : all).slice(0, 2)
  return { key: printable(key), answers: told.map((one) => toldOf(one, key)) }
}

interface Explained {
  readonly database: DatabaseName
  readonly explanation: Explanation
}

function explained(evidence: Evidence, database: DatabaseName, key: string, floor: ExplainOrder['floor']): Explained {
  return { database, explanation: explain(evidence, database, byteString(key), floor) }
}

function toldOf({ database, explanation }: Explained, key: string): PageExplanation {
  const { code, message, record, lines } = explanation
  return {
    ...{ database, isFound: code === 'found', message: printable(message, TEXT_MAX) },
    entry: record === undefined ? [] : entryLines(database, key, record),
    lines: lines.slice(0, LINES_MAX).map(cited),
  }
}

function cited({ file, line, excerpt, message }: Related): PageCited {
  const text = printable((excerpt?.text ?? '').trim(), TEXT_MAX)
  return { place: printable(`${file}:${line}`, TEXT_MAX), message: printable(message, TEXT_MAX), text }
}

/** The entry as getent prints it. */
function entryLines<D extends DatabaseName>(database: D, key: string, record: Uint8Array): readonly string[] {
  const { decode, getent } = DATABASES[database]
  const lines = displayed(getent.lines(decode(record), key) ?? '').trimEnd()
  return lines
    .split('\n')
    .slice(0, LINES_MAX)
    .map((line) => (line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX)}...` : line))
}

parentPort?.postMessage(answersOf(workerData as ExplainOrder))
