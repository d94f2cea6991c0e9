/**
 * The thread on which a generation is built, so that look-ups do not wait for it. It builds one, or compares two, and ends; it may be there before it is
 * told which. Its priority is
 * the daemon's: with a lower one a busy machine would hold up a publication for minutes, and look-ups would gain a few milliseconds.
 */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { deltaOf, Snapshot } from '../../resolver/index.ts'
import type { DeltaOrder } from './build-thread.ts'
import type { BuildOrder } from './candidate.ts'
import { bounded } from './diagnostic-bound.ts'
import { nextCandidate } from './following/build.ts'
import { addressesOfInterface } from './interface-address.ts'

/** Builds a candidate, and sends it: its snapshots are in memory that threads share. */
function build(order: BuildOrder): void {
  const built = nextCandidate(order, addressesOfInterface)
  // What is handed on is made anew on the thread that answers: a hundred thousand lines in error would hold it up.
  const candidate = { ...built, ...bounded(built.diagnostics, built.omitted) }
  parentPort?.postMessage(candidate)
}

/** Sends the delta from one snapshot to another. */
function compare({ deltaOf: [before, after] }: DeltaOrder): void {
  parentPort?.postMessage(deltaOf(Snapshot.open(before), Snapshot.open(after)))
}

/** What it was started with, or is sent. */
async function ordered(): Promise<BuildOrder | DeltaOrder> {
  if (workerData !== undefined && workerData !== null) return workerData
  const [sent] = parentPort === null ? [] : await once(parentPort, 'message')
  return sent
}

const order = await ordered()
if ('deltaOf' in order) compare(order)
else build(order)
