import t from 'tap'
import { sleep } from '../../src/values/index.ts'
import { HandClock } from '../clocks.ts'

/** A wait, and whether it is over. */
function waiting(clock: HandClock, ms: number, signal?: AbortSignal) {
  const state = { isOver: false }
  const over = sleep(clock, ms, signal).then(() => {
    state.isOver = true
  })
  return { state, over }
}

/** Lets promises that are resolved be so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

t.test('a wait is over when its time has come on the clock, and not before', async (t) => {
  const clock = new HandClock()
  const { state, over } = waiting(clock, 100)
  clock.turn(99)
  await settled()
  t.notOk(state.isOver)
  clock.turn(1)
  await over
  t.equal(clock.timers, 0)
})

t.test('a signal ends it at once, and takes its timer off the clock', async (t) => {
  const clock = new HandClock()
  const done = new AbortController()
  const { over } = waiting(clock, 100, done.signal)
  t.equal(clock.timers, 1)
  done.abort()
  await over
  t.equal(clock.timers, 0)
})

t.test('a signal that has come already lets nothing wait', async (t) => {
  const clock = new HandClock()
  await sleep(clock, 100, AbortSignal.abort())
  t.equal(clock.timers, 0)
})

t.test('waits that are over have left nothing on a signal that lasts', async (t) => {
  const clock = new HandClock()
  const { signal } = new AbortController()
  const listeners = new Set<unknown>()
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  Object.assign(signal, {
    addEventListener: (...given: Parameters<typeof add>) => listeners.add(given[1]) && add(...given),
    removeEventListener: (...given: Parameters<typeof remove>) => listeners.delete(given[1]) && remove(...given),
  })
  for (let i = 0; i < 3; i++) {
    const { over } = waiting(clock, 10, signal)
    t.equal(listeners.size, 1)
    clock.turn(10)
    await over
  }
  t.equal(listeners.size, 0)
})
