import t from 'tap'
import { Meter } from '../../../src/kickback/service/meter.ts'

t.test('a rate is the mean of the last ten seconds, and the total is of all', async (t) => {
  let now = 5_500
  const meter = new Meter({ now: () => now, after: () => () => {} })
  meter.count(30)
  now += 4_000
  meter.count(20)
  t.equal(meter.rate, 5)
  now += 6_000
  t.equal(meter.rate, 2, 'the first have gone')
  now += 1_000_000
  t.equal(meter.rate, 0)
  meter.count()
  t.equal(meter.rate, 0.1)
  t.equal(meter.total, 51)
})
