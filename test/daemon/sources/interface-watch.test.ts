import t from 'tap'
import { InterfaceWatch } from '../../../src/daemon/sources/interface-watch.ts'
import { ip } from '../../addresses.ts'
import { HandClock } from '../../clocks.ts'

const all = (...texts: readonly string[]) => texts.map(ip)

/** A watch of eth0, which has what `now` holds. */
function watch() {
  const clock = new HandClock()
  const system = { now: all() }
  const changes: string[] = []
  const made = new InterfaceWatch({ addressesOf: () => system.now, changed: (name) => void changes.push(name), clock })
  const look = (...addresses: readonly string[]): void => {
    system.now = all(...addresses)
    clock.turn(1000)
  }
  return { made, clock, changes, look }
}

t.test('an address that comes and holds still is news once', (t) => {
  const { made, changes, look } = watch()
  made.follow('eth0', [])
  look()
  look('10.0.0.1')
  t.same(changes, [], 'it may go again')
  look('10.0.0.1')
  look('10.0.0.1')
  t.same(changes, ['eth0'])
  look('10.0.0.1', 'fd00::1')
  look('10.0.0.1', 'fd00::1')
  t.same(changes, ['eth0', 'eth0'], 'one of the other family is news too')
  t.end()
})

t.test('what is known already is no news, nor is an interface that lost its address', (t) => {
  const { made, changes, look } = watch()
  made.follow('eth0', all('10.0.0.1'))
  for (let i = 0; i < 3; i++) look('10.0.0.1')
  for (let i = 0; i < 3; i++) look()
  for (let i = 0; i < 3; i++) look('10.0.0.1')
  t.same(changes, [])
  look('10.0.0.2')
  look('10.0.0.3')
  look('10.0.0.2')
  t.same(changes, [], 'nothing held still')
  t.end()
})

t.test('no interface is looked at where the configuration writes the address, nor after the end', (t) => {
  const { made, clock, changes, look } = watch()
  made.follow('eth0', [])
  made.follow('eth0', [])
  t.equal(clock.timers, 1)
  made.follow(undefined, all('10.0.0.1'))
  t.equal(clock.timers, 0)
  made.follow('eth0', [])
  made.close()
  look('10.0.0.1')
  look('10.0.0.1')
  t.same([clock.timers, changes], [0, []])
  t.end()
})
