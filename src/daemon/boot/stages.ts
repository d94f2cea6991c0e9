/** What boot changes in the configuration itself, by a thread of its own: stages are asked and moved, many at a time, and lines are added. */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { AppendOutcome, StageOutcome } from '../../config/index.ts'
import { type Clock, handlers, type Log, messageOf, ProgramFile, sleep } from '../../values/index.ts'
import type { AppendOrder, StageAnswer, StageOrder, StageReport, StageThreadData } from './stage-order.ts'

/** The worker's file beside this one: TypeScript from a checkout, JavaScript once compiled. */
const WORKER = new ProgramFile(
  join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'stage-worker.ts' : 'stage-worker.js'),
)

/** How long reports and questions are gathered, in milliseconds, before the file is looked at once for all of them. */
const GATHERING = { move: 50, read: 2 } as const

/** The file cannot be read or changed now; the message says why. */
export class StageError extends Error {
  override readonly name = 'StageError'
}

/** Somebody who waits for an answer. */
interface Waiting<T> {
  readonly give: (value: T) => void
  readonly fail: (error: StageError) => void
}

/** Those who wait for the same answer of the thread, with what each of them asked. */
interface Batch<Asked, Given> {
  readonly asked: Asked[]
  readonly waiting: Waiting<Given>[]
}

/** The thread of one configuration. */
export class Stages {
  readonly #data: StageThreadData
  readonly #clock: Clock
  readonly #log: Pick<Log, 'error'>
  readonly #inFlight = new Map<number, { take(answer: StageAnswer): void; fail(error: StageError): void }>()
  #reads: Batch<number, string | undefined> | undefined
  #moves: Batch<StageReport, StageOutcome> | undefined
  #worker: Worker | undefined
  #last = 0
  #isClosed = false

  /** The thread starts with the first question. */
  constructor(data: StageThreadData, clock: Clock, log: Pick<Log, 'error'>) {
    this.#data = data
    this.#clock = clock
    this.#log = log
  }

  /** The stage of a node as the file says it now; undefined where it says none. Rejects with StageError. */
  of(number: number): Promise<string | undefined> {
    return new Promise((give, fail) => {
      this.#reads ??= this.#gather(GATHERING.read, (batch) => {
        this.#reads = undefined
        this.#send({ kind: 'read', numbers: batch.asked }, batch, (answer) => 'stages' in answer && answer.stages)
      })
      this.#reads.asked.push(number)
      this.#reads.waiting.push({ give, fail })
    })
  }

  /** Moves a node to its next stage if the file says still the one that is reported. Resolves when it is on disk. Rejects with StageError. */
  move(report: StageReport): Promise<StageOutcome> {
    return new Promise((give, fail) => {
      this.#moves ??= this.#gather(GATHERING.move, (batch) => {
        this.#moves = undefined
        this.#send({ kind: 'move', reports: batch.asked }, batch, (answer) => 'outcomes' in answer && answer.outcomes)
      })
      this.#moves.asked.push(report)
      this.#moves.waiting.push({ give, fail })
    })
  }

  /** Adds lines for machines that are to become nodes, and tells what became of each. Resolves when they are on disk. Rejects with StageError. */
  append(order: AppendOrder): Promise<readonly AppendOutcome[]> {
    return new Promise((give, fail) => {
      const batch = { asked: [order], waiting: [{ give, fail }] }
      this.#send({ kind: 'append', ...order }, batch, (answer) => 'appended' in answer && [answer.appended])
    })
  }

  /** Ends the thread: what is being written is written first. */
  async close(): Promise<void> {
    this.#isClosed = true
    while (this.#inFlight.size > 0) await sleep(this.#clock, GATHERING.move)
    await this.#worker?.terminate()
  }

  #gather<Asked, Given>(ms: number, flush: (batch: Batch<Asked, Given>) => void): Batch<Asked, Given> {
    const batch: Batch<Asked, Given> = { asked: [], waiting: [] }
    const again = handlers.guard(
      'boot stages gathered',
      () => flush(batch),
      () => this.#clock.after(ms, again),
    )
    this.#clock.after(ms, again)
    return batch
  }

  #send<Given>(
    order:
      | { kind: 'read'; numbers: readonly number[] }
      | { kind: 'move'; reports: readonly StageReport[] }
      | ({ kind: 'append' } & AppendOrder),
    { waiting }: Batch<unknown, Given>,
    given: (answer: StageAnswer) => readonly Given[] | false,
  ): void {
    const fail = (error: StageError): void => {
      for (const one of waiting) one.fail(error)
    }
    if (this.#isClosed) {
      fail(new StageError('the daemon ends'))
      return
    }
    const id = ++this.#last
    const worker = this.#running()
    if (worker instanceof StageError) {
      fail(worker)
      return
    }
    this.#inFlight.set(id, {
      fail,
      take: (answer) => {
        if ('failed' in answer) return fail(new StageError(answer.failed))
        if ('unlogged' in answer) this.#log.error({ reason: answer.unlogged }, 'cannot write the audit log')
        for (const [i, value] of (given(answer) || []).entries()) waiting[i]?.give(value)
      },
    })
    worker.postMessage({ id, ...order } satisfies StageOrder)
  }

  /** The thread, or the error if it can't be started. */
  #running(): Worker | StageError {
    try {
      this.#worker ??= this.#started()
      return this.#worker
    } catch (error) {
      return new StageError(messageOf(error))
    }
  }

  /** Starts a thread. If it dies, the questions that wait get an error, and the next question starts another one. */
  #started(): Worker {
    const worker = new Worker(WORKER.toStart(), { workerData: this.#data })
    const lost = (reason: string): void => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      handlers.float('boot stage thread end', () => worker.terminate())
      for (const [id, { fail }] of this.#inFlight) {
        this.#inFlight.delete(id)
        fail(new StageError(`the thread of boot stages ended: ${reason}`))
      }
    }
    const take = (answer: StageAnswer): void => {
      const one = this.#inFlight.get(answer.id)
      this.#inFlight.delete(answer.id)
      one?.take(answer)
    }
    worker.on(
      'message',
      handlers.guard('boot stage answer', take, (error: unknown) => lost(String(error))),
    )
    worker.on(
      'error',
      handlers.guard(
        'boot stage thread error',
        (error: Error) => lost(error.message),
        () => lost('unknown'),
      ),
    )
    worker.on(
      'exit',
      handlers.guard(
        'boot stage thread end',
        (code: number) => lost(`exit code ${code}`),
        () => lost('unknown'),
      ),
    )
    return worker
  }
}
