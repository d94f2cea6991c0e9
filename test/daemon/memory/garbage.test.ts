import t from 'tap'
import { AT_REST, collectAtRest, REST_LOOK_EVERY, WORKED } from '../../../src/daemon/memory/garbage.ts'
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
