/** Explanations for the page, worked out on a thread of their own: the configuration is read again for each, and look-ups do not wait for that. */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PageAnswers } from '../../page/index.ts'
import type { IdRule } from '../../resolver/index.ts'
import { type Address, handlers, ProgramFile } from '../../values/index.ts'
import type { BuildRules } from '../candidate/reading.ts'
import type { Sources } from '../sources/source.ts'

/** The worker's file beside this one: TypeScript from a checkout, JavaScript once compiled. */
const WORKER = new ProgramFile(
  join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'explain-worker.ts' : 'explain-worker.js'),
)

/** What is to be explained, and by what. */
export interface ExplainOrder {
  readonly key: string
  /** The bytes of the public snapshot. */
  readonly snapshot: Uint8Array
  /** What it was made from, on a master: the last good contents. */
  readonly made?: {
    readonly sources: Sources
    readonly rules: BuildRules
    /** Days since 1970. */
    readonly today: number
  }
  /** Which ids this machine takes; all if there is no rule. */
  readonly floor?: IdRule
  /** The addresses of this machine. */
  readonly own: readonly Address[]
}

/** Explains a key in each database that may have it. Rejects if the thread dies. */
export async function explainOnThread(order: ExplainOrder): Promise<PageAnswers> {
  const worker = new Worker(WORKER.toStart(), { workerData: order })
  return new Promise((resolve, reject) => {
    const ended = (code: number): void => reject(new Error(`the thread that explains ended with ${code}`))
    worker.once('message', handlers.guard('explain message', resolve, reject))
    worker.once('error', handlers.guard('explain error', reject, reject))
    worker.once('exit', handlers.guard('explain end', ended, reject))
  })
}
