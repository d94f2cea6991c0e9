/**
 * The thread that edits the configuration itself: it reads and moves boot stages, and adds lines for unknown machines, so that look-ups do not
 * wait for the parser, the disk or a lock. The text is parsed again only where its bytes are not those of the last time.
 */
import { on } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { bootTurn, DNSMASQ_MACS_MAX, leasesOf } from '../../boot/index.ts'
import { type AppendOutcome, AppendText, type Cluster, StageText } from '../../config/index.ts'
import { editFile, formatMac, messageOf, readRegular, wallClock } from '../../values/index.ts'
import { type AuditEntry, addAudit } from '../trust/audit.ts'
import type { AppendOrder, StageAnswer, StageOrder, StageReport, StageThreadData } from './stage-order.ts'

/** How long another program may have the file locked, in milliseconds: nodes ask again. */
const PATIENCE = 5000

const { config, domain, stateDir } = workerData as StageThreadData
let last: StageText | undefined
let lastAppended: AppendText | undefined

function textOf(bytes: Uint8Array): StageText {
  if (last === undefined || !Buffer.from(bytes).equals(last.bytes)) last = new StageText(bytes)
  return last
}

function read(id: number, numbers: readonly number[]): StageAnswer {
  const text = textOf(readRegular(config))
  return { id, stages: numbers.map((number) => text.stageOf(number)) }
}

async function move(id: number, reports: readonly StageReport[]): Promise<StageAnswer> {
  let outcomes: ReturnType<StageText['moved']>['outcomes'] = []
  const change = async (before: Uint8Array): Promise<Uint8Array> => {
    const moved = textOf(before).moved(reports)
    outcomes = moved.outcomes
    return moved.bytes === last?.bytes ? before : moved.bytes
  }
  await editFile({ path: config, patience: PATIENCE, waiting: () => {}, change })
  const entries = outcomes.flatMap((outcome, i) => {
    if (outcome.kind !== 'moved') return []
    const { number = 0, by = '' } = reports[i] ?? {}
    const action = `boot stage of node ${number}: reported by ${by}`
    return [{ action, before: place(outcome.line, outcome.before), after: place(outcome.line, outcome.after) }]
  })
  return { id, outcomes, unlogged: audited(entries) }
}

function appendText(bytes: Uint8Array): AppendText {
  if (lastAppended === undefined || !Buffer.from(bytes).equals(lastAppended.bytes))
    lastAppended = new AppendText(bytes, domain)
  return lastAppended
}

async function append(id: number, { arrivals, most, taken, own }: AppendOrder): Promise<StageAnswer> {
  let appended: readonly AppendOutcome[] = []
  const isOurs = (cluster: Cluster, number: number): boolean => bootTurn(cluster, own, number).kind === 'first'
  const room = (cluster: Cluster): number => DNSMASQ_MACS_MAX - leasesOf(cluster).length
  const change = async (before: Uint8Array): Promise<Uint8Array> => {
    const text = appendText(before)
    const { bytes, outcomes } = text.appended(arrivals, { most, taken, isOurs, room })
    appended = outcomes
    return bytes === text.bytes ? before : bytes
  }
  await editFile({ path: config, patience: PATIENCE, waiting: () => {}, change })
  const entries = appended.flatMap((outcome, i) => {
    const arrival = arrivals[i]
    if (outcome.kind !== 'appended' || arrival === undefined) return []
    const action = `node ${outcome.number} appended: ${formatMac(arrival.mac)} asked on ${arrival.on}`
    return [{ action, after: place(outcome.line, outcome.after) }]
  })
  return { id, appended, unlogged: audited(entries) }
}

function place(line: number, text: string): string {
  return `${config}:${line}: ${text}`
}

/** Adds entries to the audit log; why that cannot be, else undefined. What was done is done. */
function audited(entries: readonly Pick<AuditEntry, 'action' | 'before' | 'after'>[]): string | undefined {
  try {
    addAudit(stateDir, ...entries.map((entry) => ({ ...entry, time: wallClock() / 1000, login: undefined })))
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

async function answered(order: StageOrder): Promise<StageAnswer> {
  try {
    if (order.kind === 'read') return read(order.id, order.numbers)
    return order.kind === 'move' ? await move(order.id, order.reports) : await append(order.id, order)
  } catch (error) {
    return { id: order.id, failed: messageOf(error) }
  }
}

// One after the other: a question sees what the order before it has written.
if (parentPort !== null) {
  for await (const [order] of on(parentPort, 'message')) parentPort.postMessage(await answered(order as StageOrder))
}
