import t from 'tap'
import { Failures } from '../../../src/dns/forward/failures.ts'
import { HandClock } from '../../clocks.ts'

function failures(most: number, keep: number) {
  const clock = new HandClock()
  return { clock, failed: new Failures(most, keep, () => clock.now()) }
}

t.test('a question that failed is remembered with its code, for so long and no longer', async (t) => {
  const { clock, failed } = failures(2, 1000)
  t.equal(failed.rcodeOf('a'), undefined)
  failed.remember('a', 2)
  clock.turn(999)
  t.equal(failed.rcodeOf('a'), 2)
  clock.turn(1)
  t.equal(failed.rcodeOf('a'), undefined)
  t.equal(failed.size, 0, 'and takes no room then')
})

t.test('one that fails again is remembered anew', async (t) => {
  const { clock, failed } = failures(2, 1000)
  failed.remember('a', 2)
  clock.turn(600)
  failed.remember('a', 5)
  clock.turn(600)
  t.equal(failed.rcodeOf('a'), 5)
  t.equal(failed.size, 1)
})

t.test('where there are too many the one that failed first is forgotten', async (t) => {
  const { failed } = failures(2, 1000)
  for (const key of ['a', 'b', 'a', 'c']) failed.remember(key, 2)
  t.same(
    ['a', 'b', 'c'].map((key) => failed.rcodeOf(key)),
    [2, undefined, 2],
  )
  t.equal(failed.size, 2)
})
