/**
 * The thread on which a generation is built, so that look-ups do not wait for it. It builds one, or compares two, and ends; it may be there before it is
 * told which, and waits for another order after a build that took little memory: most of what a small change costs is to begin such a thread. Its priority is
 * the daemon's: with a lower one a busy machine would hold up a publication, and look-ups wait as long for a thread of a slightly lower one.
 */
import { once } from 'node:events'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { deltaOf, Snapshot } from '../../resolver/index.ts'
import { collector } from '../memory/garbage.ts'
import { hasManyParts } from '../sources/parts.ts'
import type { DeltaOrder, ThreadOrder } from './build-thread.ts'
import { type Candidate, isLittle } from './candidate.ts'
import { bounded } from './diagnostic-bound.ts'
import { nextCandidate } from './following/build.ts'
import { addressesOfInterface } from './interface-address.ts'

/** This thread may not have the memory that a build needs. */
class NoRoomError extends Error {}

/** The next candidate; undefined where V8 might end the process at the limit of this thread, in place of the thread. */
function candidateWithin({ isLimited, ...order }: ThreadOrder): Candidate | undefined {
  const beforeMuch = (): void => {
    if (isLimited && hasManyParts(order.sources)) throw new NoRoomError()
  }
  try {
    return nextCandidate({ ...order, beforeMuch }, addressesOfInterface)
  } catch (error) {
    if (error instanceof NoRoomError) return undefined
    throw error
  }
}

/** Builds a candidate, and sends it: its snapshots are in memory that threads share. Undefined where there must be no limit. Whether the thread stays. */
function build(order: ThreadOrder): boolean {
  const built = candidateWithin(order)
  if (built === undefined) {
    parentPort?.postMessage(undefined)
    return false
  }
  // What is handed on is made anew on the thread that answers: a hundred thousand lines in error would hold it up.
  const candidate = { ...built, ...bounded(built.diagnostics, built.omitted) }
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
