import t from 'tap'
import { heldAddresses, interfaceAddresses, machineAddresses } from '../../../src/values/addresses/machine.ts'
import { ip } from '../../addresses.ts'
import { HandClock } from '../../clocks.ts'

t.test('the addresses of a machine are those of its interfaces, loopback among them', async (t) => {
  t.same(
    machineAddresses(),
    interfaceAddresses().map(({ address }) => address),
  )
  t.ok(interfaceAddresses().some(({ host }) => host === '127.0.0.1'))
})

t.test('the system is asked for addresses once a second, however often they are wanted', async (t) => {
  const clock = new HandClock()
  let asked = 0
  const addresses = heldAddresses(clock, () => [ip(`10.0.0.${++asked}`)])
  t.equal(asked, 0, 'not before they are wanted')
  for (let i = 0; i < 3; i++) t.same(addresses(), [ip('10.0.0.1')])
  clock.turn(999)
  t.same(addresses(), [ip('10.0.0.1')])
  clock.turn(1)
  t.same(addresses(), [ip('10.0.0.2')])
  t.equal(asked, 2)
})
