import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { AT_REST, collectAtRest, collector, REST_LOOK_EVERY, WORKED } from '../../../src/daemon/memory/garbage.ts'
import { HandClock } from '../../clocks.ts'

t.test('garbage is collected once after work, when the daemon rests, and not while it works', async (t) => {
  const clock = new HandClock()
  const state = { used: 0, times: 0 }
  const collect = (): void => {
    state.times++
    state.used += AT_REST
  }
  let also = 0
  const stop = collectAtRest(
    clock,
    () => collect,
    () => state.used,
    () => {
      also++
      t.equal(also, state.times, 'what else rests does so after a collection')
    },
  )
  const after = (used: number): number => {
    state.used += used
    clock.turn(REST_LOOK_EVERY)
    return state.times
  }
  t.equal(after(10 * WORKED), 0, 'it works')
  t.equal(after(AT_REST), 0, 'and works')
  t.equal(after(0), 1)
  t.equal(after(0), 1, 'once')
  for (let used = AT_REST - 1; used < WORKED; used += AT_REST - 1) t.equal(after(AT_REST - 1), 1, 'next to nothing')
  t.equal(after(AT_REST - 1), 2, 'even that is something in the end')
  t.equal(also, 2)
  stop()
  state.used += 10 * WORKED
  t.equal(after(0), 2)
  t.equal(after(0), 2, 'it was called off')
})

/** Takes back the flag by which V8 gives its collector, until it is told to end. */
const TAKING_BACK = `
  const { setFlagsFromString } = require('node:v8')
  const { parentPort, workerData } = require('node:worker_threads')
  parentPort.postMessage('begins')
  while (Atomics.load(workerData, 0) === 0) setFlagsFromString('--no-expose-gc')
`

t.test(
  'a thread that looks for its collector while another one takes the flag back goes on, and has it later',
  async (t) => {
    const isOver = new Int32Array(new SharedArrayBuffer(4))
    const other = new Worker(TAKING_BACK, { eval: true, workerData: isOver })
    t.teardown(() => other.terminate())
    await once(other, 'message')
    const all = Array.from({ length: 200 }, () => collector())
    Atomics.store(isOver, 0, 1)
    await once(other, 'exit')
    const garbage = () => new WeakRef(new Array(100_000).fill(0))
    const holding = garbage()
    await new Promise(setImmediate)
    for (const collect of all.slice(0, 3)) collect()
    t.equal(holding.deref(), undefined)
  },
)
