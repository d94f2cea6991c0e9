import t, { type Test } from 'tap'
import { NetworkDoors } from '../../../src/daemon/fronts/network-doors.ts'
import { type Place, placeName, type StatusReport, TransportError } from '../../../src/kickback/index.ts'
import type { HostPort } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { HandClock } from '../../clocks.ts'

const MASTERS = { interfaceAddresses: [ip('10.0.0.1')], masters: ['10.0.0.1', '10.0.0.2'].map(ip) }
const RETRY = 1000

/** Lets the time until the next try pass, and what is tried then come to its end. */
async function pass(clock: HandClock): Promise<void> {
  clock.turn(RETRY)
  await new Promise((resolve) => setImmediate(resolve))
}

/** Doors on a machine that has these addresses beside loopback. `machine` may change. */
function doorsOf(t: Test, ...addresses: readonly string[]) {
  return namedDoorsOf(t, [], addresses)
}

/** The same where the settings name these places. `used` are addresses whose port is taken. */
function namedDoorsOf(t: Test, named: readonly HostPort[], addresses: readonly string[] = []) {
  const used = new Set<string>()
  const machine = new Set(['127.0.0.1', ...addresses])
  const open: string[] = []
  const warnings: string[] = []
  const clock = new HandClock()
  const server = {
    async listen(_: string, place: Place): Promise<Place> {
      if ('host' in place && !machine.has(place.host)) {
        const cause = Object.assign(new Error(), { code: 'EADDRNOTAVAIL' })
        throw new TransportError('not-listening', `can't listen on ${placeName(place)}`, cause)
      }
      if ('host' in place && used.has(place.host)) {
        const cause = Object.assign(new Error(), { code: 'EADDRINUSE' })
        throw new TransportError('not-listening', `can't listen on ${placeName(place)}`, cause)
      }
      open.push(placeName(place))
      return place
    },
    report: () => ({ listening: open }) as unknown as StatusReport,
  }
  const logger = {
    ...{ debug: () => {}, info: () => {}, error: () => {} },
    warn: ({ place }: object & { place?: string }, text: string) => {
      if (place !== undefined) warnings.push(`${text} ${place}`)
    },
  }
  let wanted = { port: 3045, addresses: MASTERS }
  const parts = { named, usual: () => wanted, machine: () => [...machine].map(ip) }
  const doors = new NetworkDoors({ server, logger, clock, ...parts })
  t.teardown(() => doors.close())
  /** The configuration says so from now on. */
  const configured = (addresses: typeof MASTERS): Promise<void> => {
    wanted = { port: 3045, addresses }
    return doors.follow()
  }
  return { doors, configured, machine, used, open, warnings, clock }
}

t.test('a second master listens on its own address, and does not complain of the first one’s', async (t) => {
  const { doors, open, warnings, clock } = doorsOf(t, '10.0.0.2')
  await doors.open()
  t.same(open, ['127.0.0.1:3045', '10.0.0.2:3045'])
  await pass(clock)
  t.same([open.length, warnings], [2, []])
})

t.test('an address that comes later is listened on then, and its absence is told once', async (t) => {
  const { doors, machine, open, warnings, clock } = doorsOf(t)
  await doors.open()
  await pass(clock)
  await pass(clock)
  t.same(warnings, ['cannot listen there yet 10.0.0.1:3045'])
  machine.add('10.0.0.2')
  await pass(clock)
  t.same(open, ['127.0.0.1:3045', '10.0.0.2:3045'])
})

t.test('however often the configuration is read, one wait is enough, and it is for what was read last', async (t) => {
  const { doors, configured, machine, open, clock } = doorsOf(t)
  await doors.open()
  for (let i = 0; i < 3; i++) await configured(MASTERS)
  await configured({ interfaceAddresses: [ip('10.0.0.7')], masters: [] })
  t.equal(clock.timers, 1)
  machine.add('10.0.0.1').add('10.0.0.7')
  await pass(clock)
  t.same(open, ['127.0.0.1:3045', '10.0.0.7:3045'])
  t.equal(clock.timers, 0)
})

t.test('a place that the settings name is opened when its address comes, and the others at once', async (t) => {
  const named = ['127.0.0.1', '10.0.0.8', '10.0.0.9'].map((host) => ({ host, port: 3045 }))
  const { doors, machine, used, open, warnings, clock } = namedDoorsOf(t, named)
  await doors.open()
  await pass(clock)
  t.same(open, ['127.0.0.1:3045'])
  t.same(doors.missing, ['10.0.0.8:3045', '10.0.0.9:3045'])
  t.same(warnings, ['cannot listen there yet 10.0.0.8:3045', 'cannot listen there yet 10.0.0.9:3045'])
  machine.add('10.0.0.9')
  await pass(clock)
  t.same(open, ['127.0.0.1:3045', '10.0.0.9:3045'])
  machine.add('10.0.0.8')
  used.add('10.0.0.8')
  await pass(clock)
  t.same(doors.missing, ['10.0.0.8:3045'], 'a port that is taken then is tried again')
  used.clear()
  await pass(clock)
  t.same(doors.missing, [])
  t.equal(clock.timers, 0)
})

t.test('a named place whose port is taken at the start is an error', async (t) => {
  const { doors, used } = namedDoorsOf(t, [{ host: '127.0.0.1', port: 3045 }])
  used.add('127.0.0.1')
  await t.rejects(doors.open(), /can't listen on 127\.0\.0\.1:3045/)
})
