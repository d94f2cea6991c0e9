/** The thread on which a generation is built, so that look-ups do not wait for it. It builds one and ends. */
import { constants, getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { sharedCopy, type ThreadResult } from './build-thread.ts'
import { type BuildOrder, buildCandidate } from './candidate.ts'
import { bounded } from './diagnostic-bound.ts'
import { addressesOfInterface } from './interface-address.ts'

// Without a process id Linux means the calling thread alone (setpriority(2)). Lower is always allowed; if there is one core
// for both, look-ups go first.
setPriority(Math.min(getPriority() + constants.priority.PRIORITY_BELOW_NORMAL, constants.priority.PRIORITY_LOW))

const built = buildCandidate(workerData as BuildOrder, addressesOfInterface)
// What is handed on is made anew on the thread that answers: a hundred thousand lines in error would hold it up.
const candidate = { ...built, ...bounded(built.diagnostics) }
const copyOf = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : sharedCopy(bytes))
const { public: open, shadow } = candidate.built ?? {}
const result: ThreadResult = { candidate, shared: { public: copyOf(open), shadow: copyOf(shadow) } }
const moved = [open, shadow].flatMap((bytes) => (bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]))
parentPort?.postMessage(result, moved)
