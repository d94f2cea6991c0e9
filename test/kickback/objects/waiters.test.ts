import t from 'tap'
import { Waiters } from '../../../src/kickback/objects/waiters.ts'
import { HandClock } from '../../clocks.ts'

t.test(
  'who waits is answered when its time is over, those that came together not all at the same moment',
  async (t) => {
    const clock = new HandClock()
    const randoms = [0, 0.5, 0.999]
    const waiters = new Waiters(clock, () => randoms.shift() ?? 0)
    const answered: [string, number][] = []
    for (const name of ['a', 'b', 'c'])
      waiters.add('1', 60, () => answered.push([name, Math.round(clock.now() / 1000)]))
    clock.turn(60_000)
    t.same(answered, [
      ['a', 54],
      ['b', 57],
      ['c', 60],
    ])
    t.equal(clock.timers, 0)
  },
)

t.test('at news those that have something else are answered, a thousand a second', async (t) => {
  const clock = new HandClock()
  const waiters = new Waiters(clock, () => 0.5)
  let answered = 0
  for (let i = 0; i < 1500; i++) waiters.add('1', 60, () => answered++)
  waiters.add('2', 60, () => t.fail('it has the news'))
  waiters.news('2')
  t.equal(answered, 20, 'a few at once')
  clock.turn(1000)
  t.equal(answered, 1020)
  clock.turn(1000)
  t.same([answered, waiters.size], [1500, 1])
  waiters.close()
  t.equal(clock.timers, 0)
})

t.test('news of what one has already calls its answer off', async (t) => {
  const clock = new HandClock()
  const waiters = new Waiters(clock, () => 0.5)
  const answered: number[] = []
  for (let i = 0; i < 40; i++) waiters.add('1', 60, () => answered.push(i))
  waiters.news('2')
  waiters.news('1')
  clock.turn(1000)
  t.equal(answered.length, 20, 'those that were not told yet wait on')
  waiters.close()
})

t.test('as many wait as may, and who has gone makes room', async (t) => {
  const waiters = new Waiters(new HandClock(), () => 0, 2)
  const leave = waiters.add('1', 60, () => {})
  waiters.add('1', 60, () => {})
  t.equal(
    waiters.add('1', 60, () => {}),
    undefined,
  )
  leave?.()
  t.type(
    waiters.add('1', 60, () => {}),
    'function',
  )
  waiters.close()
})
