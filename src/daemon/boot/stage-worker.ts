/**
 * The thread that reads and moves boot stages in the configuration itself, so that look-ups do not wait for the parser, the disk or a lock.
 * The text is parsed again only where its bytes are not those of the last time.
 */
import { on } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { StageText } from '../../config/index.ts'
import { editFile, messageOf, readRegular, wallClock } from '../../values/index.ts'
import { addAudit } from '../trust/audit.ts'
import type { StageAnswer, StageOrder, StageReport, StageThreadData } from './stage-order.ts'

/** How long another program may have the file locked, in milliseconds: nodes ask again. */
const PATIENCE = 5000

const { config, stateDir } = workerData as StageThreadData
let last: StageText | undefined

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
  try {
    const place = (line: number, text: string): string => `${config}:${line}: ${text}`
    const entries = outcomes.flatMap((outcome, i) => {
      if (outcome.kind !== 'moved') return []
      const { number = 0, by = '' } = reports[i] ?? {}
      const action = `boot stage of node ${number}: reported by ${by}`
      const [before, after] = [place(outcome.line, outcome.before), place(outcome.line, outcome.after)]
      return [{ time: wallClock() / 1000, action, login: undefined, before, after }]
    })
    addAudit(stateDir, ...entries)
    return { id, outcomes }
  } catch (error) {
    return { id, outcomes, unlogged: messageOf(error) }
  }
}

async function answered(order: StageOrder): Promise<StageAnswer> {
  try {
    return order.kind === 'read' ? read(order.id, order.numbers) : await move(order.id, order.reports)
  } catch (error) {
    return { id: order.id, failed: messageOf(error) }
  }
}

// One after the other: a question sees what the order before it has written.
if (parentPort !== null) {
  for await (const [order] of on(parentPort, 'message')) parentPort.postMessage(await answered(order as StageOrder))
}
