/**
 * The thread on which a generation is built, so that look-ups do not wait for it. It builds one, or compares two, and ends; it may be there before it is
 * told which, and waits for another order after a build that took little memory: most of what a small change costs is to begin such a thread. Its priority is
 * the daemon's: with a lower one a busy machine would hold up a publication, and look-ups wait as long for a thread of a slightly lower one.
 */
import { once } from 'node:events'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { deltaOf, Snapshot } from '../../resolver/index.ts'
import { collector } from '../memory/garbage.ts'
import { hasManyParts, LIMITED_PARTS, namesIn } from '../sources/parts.ts'
import type { DeltaOrder, NotBegun, ThreadOrder, ThreadResult } from './build-thread.ts'
import { isLittle } from './candidate.ts'
import { bounded } from './diagnostic-bound.ts'
import { nextCandidate } from './following/build.ts'
import { addressesOfInterface } from './interface-address.ts'

/** A build is not begun. */
class NotBegunError extends Error {
  readonly why: NotBegun

  constructor(why: NotBegun) {
    super(why)
    this.why = why
  }
}

/** Throws NotBegunError where V8 might end the process in place of the thread: at the limit of this thread, or since what the sources mean needs more than there is. */
function mustHaveRoom({ isLimited, namesMax, sources }: ThreadOrder): void {
  const names = namesIn(sources.config)
  if (names > namesMax) throw new NotBegunError('too much')
  if (isLimited && (names > LIMITED_PARTS || hasManyParts(sources))) throw new NotBegunError('limited')
}

/** The next candidate, or why it is not begun. */
function resultFor(order: ThreadOrder): ThreadResult {
  try {
    return nextCandidate({ ...order, beforeMuch: () => mustHaveRoom(order) }, addressesOfInterface)
  } catch (error) {
    if (error instanceof NotBegunError) return error.why
    throw error
  }
}

/** Builds a candidate, and sends it: its snapshots are in memory that threads share. Whether the thread stays. */
function build(order: ThreadOrder): boolean {
  const result = resultFor(order)
  if (typeof result === 'string') {
    parentPort?.postMessage(result)
    return false
  }
  // What is handed on is made anew on the thread that answers: a hundred thousand lines in error would hold it up.
  const candidate = { ...result, ...bounded(result.diagnostics, result.omitted) }
  parentPort?.postMessage(candidate)
  return isLittle(candidate)
}

/** Sends the delta from one snapshot to another. */
function compare({ deltaOf: [before, after] }: DeltaOrder): void {
  parentPort?.postMessage(deltaOf(Snapshot.open(before), Snapshot.open(after)))
}

let collect: (() => void) | undefined

/** Or the snapshots and sources of an order would be held until V8 has a reason of its own. */
function collectGarbage(): void {
  collect ??= collector()
  collect()
}

/** Does the next order: whether the thread stays. What was ordered is held no longer than this takes. */
async function carryOut(orders: MessagePort): Promise<boolean> {
  const [order] = await once(orders, 'message')
  return build(order)
}

const order: DeltaOrder | null = workerData
if (order) compare(order)
else while (parentPort !== null && (await carryOut(parentPort))) collectGarbage()
