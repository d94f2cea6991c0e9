/** The thread on which a generation is built, so that look-ups do not wait for it. It builds one and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { type BuildOrder, buildCandidate } from './candidate.ts'
import { interfaceAddress } from './interface-address.ts'

const candidate = buildCandidate(workerData as BuildOrder, interfaceAddress)
const moved = [candidate.built?.public, candidate.built?.shadow].flatMap((bytes) =>
  bytes === undefined ? [] : [bytes.buffer as ArrayBuffer],
)
parentPort?.postMessage(candidate, moved)
