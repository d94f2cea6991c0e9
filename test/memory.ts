/** The memory of this process after the garbage has gone: what somebody still holds. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collects garbage. What a buffer held goes with the second round. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  for (let round = 0; round < 2; round++) runInNewContext('gc')()
}

/** Bytes of JavaScript values that are in use. */
export function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** Bytes of buffers that are in use. */
export function buffersUsed(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}
