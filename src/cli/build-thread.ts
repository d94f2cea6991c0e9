import { Worker } from 'node:worker_threads'
import type { BuildOrder, Candidate } from './candidate.ts'

/** The worker's file beside this one: TypeScript from a checkout, JavaScript once compiled. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './build-worker.ts' : './build-worker.js', import.meta.url)

/** Does as `buildCandidate` does, on a thread of its own. Rejects where the thread dies. */
export function buildOnThread({ sources, rules, before }: BuildOrder): Promise<Candidate> {
  const { domain, users, groups, skipBadLines } = rules
  const order: BuildOrder = { sources, rules: { domain, users, groups, skipBadLines }, before }
  const worker = new Worker(WORKER, { workerData: order })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the build thread ended with ${code} and no result`)))
  })
}
