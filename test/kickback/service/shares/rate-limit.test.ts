import t from 'tap'
import { RateLimit } from '../../../../src/kickback/service/shares/rate-limit.ts'
import { HandClock } from '../../../clocks.ts'

const taken = (limit: RateLimit, asker: string, tries: number): number =>
  Array.from({ length: tries }, () => limit.take(asker)).filter(Boolean).length

t.test('an asker gets its burst at once, and then its rate', async (t) => {
  const clock = new HandClock()
  const limit = new RateLimit(clock, { perSecond: 2, burst: 5 }, { perSecond: 1000, burst: 1000 })
  t.equal(taken(limit, 'a', 100), 5)
  clock.turn(1000)
  t.equal(taken(limit, 'a', 100), 2)
  clock.turn(60_000)
  t.equal(taken(limit, 'a', 100), 5, 'a rest gives no more than the burst')
  t.equal(taken(limit, 'b', 100), 5, 'another has its own')
})

t.test('all askers together have a bound, and what is not given is not taken', async (t) => {
  const clock = new HandClock()
  const limit = new RateLimit(clock, { perSecond: 1, burst: 5 }, { perSecond: 10, burst: 12 })
  t.same(
    ['a', 'b', 'c', 'd'].map((asker) => taken(limit, asker, 9)),
    [5, 5, 2, 0],
  )
  clock.turn(500)
  t.equal(taken(limit, 'd', 9), 5, 'it had all of its own left')
})

t.test('no more than so many askers are remembered, and one that asks on is among them', async (t) => {
  const clock = new HandClock()
  const limit = new RateLimit(clock, { perSecond: 1, burst: 2 }, { perSecond: 1, burst: 1e9 })
  t.equal(taken(limit, 'busy', 5), 2)
  for (let i = 0; i < 40_000; i++) {
    limit.take(`asker ${i}`)
    if (i % 1000 === 0) t.notOk(limit.take('busy'))
  }
  t.equal(limit.askers, 16_384)
})
