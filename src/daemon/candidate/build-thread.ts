/** The build of a candidate on a thread of its own, so that questions are answered meanwhile. */
import { Worker } from 'node:worker_threads'
import type { Delta, Snapshot } from '../../resolver/index.ts'
import { handlers } from '../../values/index.ts'
import type { BuildOrder, Candidate, SnapshotPair } from './candidate.ts'

/** The worker's file beside this one: TypeScript from a checkout, JavaScript once compiled. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './build-worker.ts' : './build-worker.js', import.meta.url)

/** What the thread sends: the candidate, and copies of its snapshots in memory that threads share. */
export interface ThreadResult {
  readonly candidate: Candidate
  readonly shared: SnapshotPair
}

/** The shared copy of each snapshot that is alive: giving it to a thread copies nothing, so no look-up waits. */
const sharedCopies = new WeakMap<Uint8Array, Uint8Array>()

/** Makes the shared copy of bytes that will be compared with, while there is time. */
export function share(bytes: Uint8Array): void {
  sharedCopies.set(bytes, sharedCopy(bytes))
}

/** A copy of bytes in memory that threads share. */
export function sharedCopy(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

/** Does as `buildCandidate` does, on a thread of its own. Rejects if the thread dies. */
export async function buildOnThread({ before, ...more }: BuildOrder): Promise<Candidate> {
  const order: BuildOrder = {
    ...more,
    before: { public: asShared(before.public), shadow: asShared(before.shadow) },
  }
  const { candidate, shared } = await resultOf<ThreadResult>(new Worker(WORKER, { workerData: order }))
  remember(candidate.built?.public, shared.public)
  remember(candidate.built?.shadow, shared.shadow)
  return candidate
}

/** What a thread is to compare, to make the delta from the first to the second. */
export interface DeltaOrder {
  readonly deltaOf: readonly [before: Uint8Array, after: Uint8Array]
}

/** What makes the content of one snapshot of that of another, worked out on a thread of its own. Rejects if the thread dies. */
export function deltaOnThread(before: Snapshot, after: Snapshot): Promise<Delta> {
  const order: DeltaOrder = { deltaOf: [asShared(before.bytes) ?? before.bytes, after.bytes] }
  return resultOf<Delta>(new Worker(WORKER, { workerData: order }))
}

function asShared(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : (sharedCopies.get(bytes) ?? bytes)
}

function remember(bytes: Uint8Array | undefined, shared: Uint8Array | undefined): void {
  if (bytes !== undefined && shared !== undefined) sharedCopies.set(bytes, shared)
}

function resultOf<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number): void => reject(new Error(`the build thread ended with ${code} and no result`))
    worker.once('message', handlers.guard('build message', resolve, reject))
    worker.once('error', handlers.guard('build error', reject, reject))
    worker.once('exit', handlers.guard('build end', ended, reject))
  })
}
