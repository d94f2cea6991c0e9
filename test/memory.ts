/** The memory of this process after the garbage has gone: what somebody still holds. */
import { queryObjects, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let gc: (() => void) | undefined

/** Collects garbage. What a buffer held goes with the second round. A thread that builds may take the flag back before the collector is there. */
function collect(): void {
  while (gc === undefined) {
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('globalThis.gc')
  }
  for (let round = 0; round < 2; round++) gc()
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

/** How many objects of a class are there, those of classes that extend it among them. */
export function objectsOf(kind: abstract new (...args: never[]) => object): number {
  collect()
  return Number(queryObjects(kind, { format: 'count' }))
}
