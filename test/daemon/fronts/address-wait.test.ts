import t from 'tap'
import { AddressWait } from '../../../src/daemon/fronts/address-wait.ts'
import { HandClock } from '../../clocks.ts'

t.test('each address is tried again once after a while, and none after the end', async (t) => {
  const clock = new HandClock()
  const wait = new AddressWait(clock)
  const tried: string[] = []
  wait.tryAgain(() => void tried.push('a'))
  wait.tryAgain(() => void tried.push('b'))
  t.same(tried, [], 'not at once')
  clock.turn(60_000)
  t.same(tried, ['a', 'b'])
  clock.turn(60_000)
  t.equal(tried.length, 2, 'once each')
  wait.tryAgain(() => void tried.push('c'))
  wait.close()
  wait.tryAgain(() => void tried.push('d'))
  clock.turn(60_000)
  t.same(tried, ['a', 'b'])
  t.equal(clock.timers, 0)
})
