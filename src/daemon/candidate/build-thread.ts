/** The build of a candidate on a thread of its own, so that questions are answered meanwhile. */
import { join } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Delta, Snapshot } from '../../resolver/index.ts'
import { type Clock, chores, handlers, ProgramFile, systemErrorCode } from '../../values/index.ts'
import { externalMemory } from '../memory/external-memory.ts'
import { LIMITED_PARTS, namesIn } from '../sources/parts.ts'
import type { SourceName, Sources } from '../sources/source.ts'
import { ACCOUNTS, OTHERS } from './account-part.ts'
import { type BuildOrder, type Candidate, isLittle } from './candidate.ts'

/** The worker's file beside this one: TypeScript from a checkout, JavaScript once compiled. */
const WORKER = new ProgramFile(
  join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'build-worker.ts' : 'build-worker.js'),
)

/**
 * Has a snapshot read from memory that threads share: giving it to one copies nothing then, so no look-up waits. Copies it, while there is time, unless it is
 * in such memory, as what a thread built is.
 */
export function share(snapshot: Snapshot): void {
  const { bytes } = snapshot
  if (bytes.buffer instanceof SharedArrayBuffer) return
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  externalMemory.add(copy)
  snapshot.moveTo(copy)
}

/** How much memory V8 may hold for the objects of a thread, in MiB; undefined leaves that to V8. */
type HeapLimit = number | undefined

const MEBIBYTE = 1024 * 1024
/**
 * What a thread needs whatever it builds, in MiB, for each byte of the account files, where they are built by themselves and where with all else, and for each byte
 * of other sources. And what it needs for each name that few lines mean, in KiB: usually, and at the least. Measured as the least with which builds of 30,000 to
 * 300,000 lines of each kind are not begun again, and a fifth to a half more.
 */
const HEAP = { least: 48, ofAccounts: 6, ofAccountsTogether: 8, ofOthers: 42, name: 1, leastOfName: 0.25 } as const
/** The most bytes of a configuration in which such lines are looked for, on the thread that answers: of a longer one, the bytes tell. */
const LOOKED_THROUGH = 128 * 1024
/**
 * How much V8 may have for new objects on a thread, in MiB; 48 unless set. It keeps several times as much of them: with 48 a build of
 * 100,000 nodes takes 100 MiB more, and a tenth less time of the processor.
 */
const YOUNG = 24

/**
 * How much a build needs of memory: V8 keeps garbage until it must not, which is several times as much. An estimate: a build that needs more is done
 * again without a limit. None where V8 might end the process at a limit, in place of the thread.
 */
function heapLimitOf({ sources, rules }: BuildOrder): HeapLimit {
  const names = namesOf(sources)
  if (names > LIMITED_PARTS) return undefined
  const isInParts = rules.logins.length === 0 && (rules.passwords ?? []).length === 0
  const [accounts, others] = [bytesOf(sources, ACCOUNTS), bytesOf(sources, OTHERS)]
  const forOthers = Math.max(HEAP.ofOthers * others, HEAP.name * 1024 * names)
  const forBytes = isInParts
    ? Math.max(HEAP.ofAccounts * accounts, forOthers)
    : HEAP.ofAccountsTogether * accounts + forOthers
  return Math.ceil(HEAP.least + forBytes / MEBIBYTE)
}

function bytesOf(sources: Sources, names: readonly SourceName[]): number {
  return names.reduce((sum, name) => sum + sources[name].bytes.length, 0)
}

/** How many names few lines mean at most. */
function namesOf({ config }: BuildOrder['sources']): number {
  return config.bytes.length <= LOOKED_THROUGH ? namesIn(config) : 0
}

/** The most names that lines may mean: with more, V8 would end the process, so the build is not even begun. */
function namesMax(): number {
  return getHeapStatistics().heap_size_limit / (HEAP.leastOfName * 1024)
}

/** A thread that compares, or waits for orders to build. */
function newThread(limit: HeapLimit, order?: DeltaOrder): Worker {
  const workerData = order === undefined ? {} : { workerData: order }
  return new Worker(WORKER.toStart(), {
    ...workerData,
    ...(limit && { resourceLimits: { maxOldGenerationSizeMb: limit, maxYoungGenerationSizeMb: YOUNG } }),
  })
}

/** Does as `nextCandidate` does, on a thread of its own. Rejects if the thread dies, and where there is too little memory for what the sources mean. */
export async function buildOnThread(
  order: BuildOrder,
  limit: HeapLimit = heapLimitOf(order),
  clock: Clock = chores,
): Promise<Candidate> {
  const first = await unlessTooMuch(built(order, limit, clock))
  const isLast = first !== undefined || limit === undefined
  const candidate = isLast ? first : await unlessTooMuch(builtBy(newThread(undefined), undefined, order, clock))
  if (candidate === undefined) throw new Error(TOO_MUCH)
  return counted(candidate)
}

const TOO_MUCH = 'what the files mean takes more memory than the daemon may have: shorten them, or give it more'

/** What a thread builds; undefined where it has not enough memory. */
async function unlessTooMuch(result: Promise<Candidate | undefined>): Promise<Candidate | undefined> {
  try {
    return await result
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_WORKER_OUT_OF_MEMORY') throw error
    return undefined
  }
}

/** What a thread gave: its memory is held by this one now. */
function counted(candidate: Candidate): Candidate {
  externalMemory.add(candidate.built?.public)
  externalMemory.add(candidate.built?.shadow)
  return candidate
}

/** What the thread builds that waits, where its limit is as high, or a new one. */
function built(order: BuildOrder, limit: HeapLimit, clock: Clock): Promise<Candidate | undefined> {
  const isEnough = (early?.limit ?? Number.POSITIVE_INFINITY) >= (limit ?? Number.POSITIVE_INFINITY)
  const waiting = isEnough ? takeEarly() : undefined
  usualLimit = limit
  return builtBy(waiting?.worker ?? newThread(limit), waiting === undefined ? limit : waiting.limit, order, clock)
}

/** What a thread is to build. */
export interface ThreadOrder extends BuildOrder {
  /** Whether V8 may give it only so much memory: it builds nothing where V8 might end the process at the limit. */
  readonly isLimited: boolean
  /** The most names that lines of the configuration may mean. */
  readonly namesMax: number
}

/** What a thread answers: what it built, or why it has not even begun. */
export type ThreadResult = Candidate | NotBegun

/** It must have no limit of memory; what the sources mean needs more than there is. */
export type NotBegun = 'limited' | 'too much'

/** What a thread of this limit builds. It waits for another order where that took little. Undefined where it must have no limit. */
async function builtBy(
  worker: Worker,
  limit: HeapLimit,
  order: BuildOrder,
  clock: Clock,
): Promise<Candidate | undefined> {
  try {
    const threadOrder: ThreadOrder = { ...order, isLimited: limit !== undefined, namesMax: namesMax() }
    worker.postMessage(threadOrder)
    const result = await resultOf<ThreadResult>(worker)
    if (result === 'limited') return undefined
    if (result === 'too much') throw new Error(TOO_MUCH)
    if (isLittle(result)) keep(worker, limit, clock)
    return result
  } catch (error) {
    // It would wait for an order that nobody gives, and keep the process alive.
    end(worker)
    throw error
  }
}

/** How long a thread is there for a build that does not come, in milliseconds: longer than a file that changes is waited for. */
const EARLY_LASTS = 5000

/** A thread that has loaded what a build needs and waits for an order, perhaps after one, and the end of its time. */
let early: { readonly worker: Worker; readonly limit: HeapLimit; readonly cancel: () => void } | undefined
/** The limit of the last build: that of the next one is about as high. */
let usualLimit: HeapLimit

/**
 * A build may be wanted soon: a thread for it starts now, so that the build does not wait until it has. One that gets no order ends, and keeps no process
 * alive.
 */
export function expectBuild(clock: Clock = chores): void {
  if (early !== undefined) {
    keep(early.worker, early.limit, clock)
    return
  }
  const limit = usualLimit && usualLimit + HEAP.least
  const worker = earlyThread(limit)
  if (worker !== undefined) keep(worker, limit, clock)
}

/** Has a thread wait for an order, for as long as threads do; one that waited before it ends. */
function keep(worker: Worker, limit: HeapLimit, clock: Clock): void {
  const other = takeEarly()?.worker
  if (other !== undefined && other !== worker) end(other)
  const forget = (): void => {
    if (early?.worker === worker) takeEarly()
    end(worker)
  }
  forgetListeners(worker)
  worker.unref()
  early = { worker, limit, cancel: clock.after(EARLY_LASTS, handlers.guard('build thread unused', forget)) }
  worker.once('error', handlers.guard('build thread unused', forget))
  worker.once('exit', handlers.guard('build thread unused', forget))
}

/** Without those that a Worker has of its own: it would give no more messages. */
function forgetListeners(worker: Worker): void {
  for (const name of ['message', 'error', 'exit']) worker.removeAllListeners(name)
}

function end(worker: Worker): void {
  handlers.float('build thread unused', () => worker.terminate())
}

/** A thread that waits for its order; undefined where there can be none: the build says why. */
function earlyThread(limit: HeapLimit): Worker | undefined {
  try {
    return newThread(limit)
  } catch {
    return undefined
  }
}

/** The thread that waits, if there is one. */
function takeEarly(): typeof early {
  const taken = early
  early = undefined
  taken?.cancel()
  if (taken !== undefined) forgetListeners(taken.worker)
  taken?.worker.ref()
  return taken
}

/** What a thread is to compare, to make the delta from the first to the second. */
export interface DeltaOrder {
  readonly deltaOf: readonly [before: Uint8Array, after: Uint8Array]
}

/** What makes the content of one snapshot of that of another, worked out on a thread of its own. Rejects if the thread dies. */
export function deltaOnThread(before: Snapshot, after: Snapshot): Promise<Delta> {
  const order: DeltaOrder = { deltaOf: [before.bytes, after.bytes] }
  return resultOf<Delta>(newThread(undefined, order))
}

function resultOf<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number): void => reject(new Error(`the build thread ended with ${code} and no result`))
    worker.once('message', handlers.guard('build message', resolve, reject))
    worker.once('error', handlers.guard('build error', reject, reject))
    worker.once('exit', handlers.guard('build end', ended, reject))
  })
}
