import t from 'tap'
import { OwnAddresses } from '../../src/daemon/own-addresses.ts'
import { NOTHING_SERVED } from '../../src/daemon/served.ts'
import { ip } from '../addresses.ts'
import { HandClock } from '../clocks.ts'

t.test('the system is asked for addresses once a second, however often they are wanted', (t) => {
  const clock = new HandClock()
  let asked = 0
  const machine = () => [ip(`10.0.0.${++asked}`)]
  const own = new OwnAddresses([ip('10.9.9.9')], () => NOTHING_SERVED, { clock, machine })
  const first = own.machine
  t.equal(first.length, 2, 'those of the settings are among them')
  for (let i = 0; i < 3; i++) t.same(own.machine, first)
  clock.turn(999)
  t.same(own.machine, first)
  t.equal(asked, 1)
  clock.turn(1)
  t.notSame(own.machine, first)
  t.equal(asked, 2)
  t.end()
})
