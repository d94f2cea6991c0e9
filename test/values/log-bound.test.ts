import t from 'tap'
import { LogBound } from '../../src/values/index.ts'

t.test('what happens without end is logged once in ten seconds, with how often it happened', async (t) => {
  let now = 5
  const bound = new LogBound({ now: () => now })
  t.same([bound.times(), bound.times(), bound.times()], [1, undefined, undefined])
  now += 9999
  t.equal(bound.times(), undefined)
  now += 1
  t.equal(bound.times(), 4)
  t.equal(bound.times(), undefined)
})
