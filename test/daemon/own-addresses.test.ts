import t from 'tap'
import { OwnAddresses } from '../../src/daemon/own-addresses.ts'
import { NOTHING_SERVED } from '../../src/daemon/served.ts'
import { ip } from '../addresses.ts'

/** A master that is to listen on one address, on a machine that has these. */
const own = (machine: readonly string[]) =>
  new OwnAddresses(
    [ip('10.9.9.9')],
    () => NOTHING_SERVED,
    () => machine.map(ip),
  )

t.test('the addresses of the settings are among those of the machine, which are those that it has now', async (t) => {
  const machine = ['10.0.0.1']
  const one = own(machine)
  t.same(one.machine, [ip('10.9.9.9'), ip('10.0.0.1')])
  machine[0] = '10.0.0.2'
  t.same(one.machine, [ip('10.9.9.9'), ip('10.0.0.2')])
})

t.test('a process of this machine asks by a socket, by loopback, or from an address of its own', async (t) => {
  const one = own(['10.0.0.1', 'fd00::1'])
  const from = (address: string) => one.isHere({ via: 'network', address: ip(address).bytes })
  t.ok(one.isHere({ via: 'local' }))
  for (const address of ['127.0.0.1', '::1', '10.0.0.1', 'fd00::1', '10.9.9.9']) t.ok(from(address), address)
  for (const address of ['10.0.0.2', 'fd00::2']) t.notOk(from(address), address)
})
