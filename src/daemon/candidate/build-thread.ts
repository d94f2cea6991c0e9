/** The build of a candidate on a thread of its own, so that questions are answered meanwhile. */
import { Worker } from 'node:worker_threads'
import type { Delta, Snapshot } from '../../resolver/index.ts'
import { type Clock, chores, handlers } from '../../values/index.ts'
import type { BuildOrder, Candidate } from './candidate.ts'

/** The worker's file beside this one: TypeScript from a checkout, JavaScript once compiled. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './build-worker.ts' : './build-worker.js', import.meta.url)

/** The shared copy of each snapshot that is alive and is not shared itself: giving it to a thread copies nothing, so no look-up waits. */
const sharedCopies = new WeakMap<Uint8Array, Uint8Array>()

/** Makes the shared copy of bytes that will be compared with, while there is time; none of those that are shared, as what a thread built is. */
export function share(bytes: Uint8Array): void {
  if (bytes.buffer instanceof SharedArrayBuffer) return
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  sharedCopies.set(bytes, copy)
}

/** Does as `nextCandidate` does, on a thread of its own. Rejects if the thread dies. */
export function buildOnThread({ before, ...more }: BuildOrder): Promise<Candidate> {
  const order: BuildOrder = {
    ...more,
    before: { public: asShared(before.public), shadow: asShared(before.shadow) },
  }
  const waiting = takeEarly()
  if (waiting === undefined) return resultOf<Candidate>(new Worker(WORKER, { workerData: order }))
  const result = resultOf<Candidate>(waiting)
  waiting.postMessage(order)
  return result
}

/** How long a thread is there for a build that does not come, in milliseconds: longer than a file that changes is waited for. */
const EARLY_LASTS = 5000

/** A thread that has loaded what a build needs and waits for its order, and the end of its time. */
let early: { readonly worker: Worker; readonly cancel: () => void } | undefined

/**
 * A build may be wanted soon: a thread for it starts now, so that the build does not wait until it has. One that gets no order ends, and keeps no process
 * alive.
 */
export function expectBuild(clock: Clock = chores): void {
  if (early !== undefined) return
  const worker = new Worker(WORKER)
  worker.unref()
  const forget = (): void => {
    if (early?.worker === worker) takeEarly()
    handlers.float('build thread unused', () => worker.terminate())
  }
  early = { worker, cancel: clock.after(EARLY_LASTS, handlers.guard('build thread unused', forget)) }
  worker.once('error', handlers.guard('build thread unused', forget))
  worker.once('exit', handlers.guard('build thread unused', forget))
}

/** The thread that waits, if there is one. */
function takeEarly(): Worker | undefined {
  const taken = early
  early = undefined
  taken?.cancel()
  taken?.worker.removeAllListeners()
  taken?.worker.ref()
  return taken?.worker
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

function resultOf<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number): void => reject(new Error(`the build thread ended with ${code} and no result`))
    worker.once('message', handlers.guard('build message', resolve, reject))
    worker.once('error', handlers.guard('build error', reject, reject))
    worker.once('exit', handlers.guard('build end', ended, reject))
  })
}
