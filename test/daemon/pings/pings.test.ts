// Which machines are asked whether they are there, how fast, and what is told of them; the clock is turned by hand.
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Pings } from '../../../src/daemon/pings/pings.ts'
import { type Address, formatAddress, handlers, parseNetwork } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { HandClock } from '../../clocks.ts'
import { snapshotOf } from '../../dns/cluster.ts'
import type { Tap } from '../../folder.ts'

const LINES = [
  ...['nodes 4', 'iprange 10.0.0.100 10.0.0.103', 'hostrange 10.0.0.5 10.0.0.9', 'hostrange 172.16.0.1 172.16.0.9'],
  ...[
    'host 02:00:00:00:00:05 10.0.0.5 switch',
    'host 02:00:00:00:00:06 172.16.0.6 far',
    'host 02:00:00:00:00:07 10.0.0.7 here',
    '',
  ],
].join('\n')

/** Pings of a master at 10.0.0.7 in 10.0.0.0/24; node 1 follows. `table` is what the kernel found. */
async function pings(t: Tap, table: Map<string, boolean>, lines = LINES) {
  const clock = new HandClock()
  const asked: string[][] = []
  const warned: unknown[] = []
  const failing = { send: undefined as Error | undefined }
  let looked = 0
  const made = new Pings({
    networks: () => [parseNetwork('10.0.0.0/16') ?? { first: ip('10.0.0.0'), last: ip('10.0.0.0') }],
    own: () => [ip('10.0.0.7')],
    isUp: (addresses) => {
      looked++
      return addresses.some((one) => formatAddress(one) === '10.0.0.101')
    },
    send: async (addresses: readonly Address[]) => {
      if (failing.send !== undefined) throw failing.send
      asked.push(addresses.map(formatAddress))
    },
    answered: () => table,
    ...{ clock, wallClock: () => clock.now(), random: () => 0.5, log: { warn: (fields) => void warned.push(fields) } },
  })
  t.teardown(() => made.close())
  await made.open({ public: snapshotOf(lines), shadow: undefined })
  /** Lets time pass, and all that is to happen in it. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 500) {
      clock.turn(500)
      for (let i = 0; i < 5; i++) await setImmediate()
    }
  }
  await pass(500)
  return { made, asked, pass, warned, failing, looked: () => looked, of: (text: string) => made.of([ip(text)])?.answer }
}

t.test('nodes that do not follow and devices are asked, on networks of this machine, and no other', async (t) => {
  const table = new Map([
    ['10.0.0.100', true],
    ['10.0.0.102', false],
    ['10.0.0.5', true],
  ])
  const { made, asked, pass, of } = await pings(t, table)
  t.same(asked.flat().sort(), ['10.0.0.100', '10.0.0.102', '10.0.0.103', '10.0.0.5'])
  t.equal(of('10.0.0.100'), undefined, 'nothing is known yet')
  await pass(13_000)
  t.same(['10.0.0.100', '10.0.0.102', '10.0.0.103', '10.0.0.5', '172.16.0.6'].map(of), [
    ...['up', 'off', undefined, 'up', undefined],
  ])
  t.equal(made.of([ip('172.16.0.6'), ip('10.0.0.102')])?.time, 12, 'the address of a machine that is asked counts')
  table.delete('10.0.0.100')
  table.set('10.0.0.102', true)
  await pass(60_000)
  t.equal(asked.length, 2, 'once a minute')
  await pass(14_000)
  t.same(['10.0.0.100', '10.0.0.102'].map(of), [undefined, 'up'], 'what is not found again is forgotten')
  await made.serve({ public: snapshotOf('nodes 1\niprange 10.0.0.100 10.0.0.100\n'), shadow: undefined })
  await pass(75_000)
  t.equal(of('10.0.0.102'), undefined, 'a machine that is gone from the configuration too')
})

t.test('ten thousand machines are asked at a bounded pace, each once in a round', async (t) => {
  const { asked, pass } = await pings(t, new Map(), 'nodes 10000\niprange 10.0.1.0 10.0.40.15\n')
  await pass(60_000)
  t.ok(asked.flat().length <= 61 * 25 && asked.flat().length > 50 * 25, `${asked.flat().length} in a minute`)
  t.ok(asked.every((group) => group.length <= 25))
  await pass(345_000)
  t.equal(new Set(asked.flat()).size, 10_000)
  t.equal(asked.flat().length, 10_000)
  await pass(20_000)
  t.ok(asked.flat().length > 10_000, 'the next round begins when all were judged')
})

t.test(
  'ten thousand machines are listed in steps with time between, and not all at once when a master starts',
  async (t) => {
    const { made, asked, pass, looked } = await pings(t, new Map(), 'nodes 10000\niprange 10.0.1.0 10.0.40.15\n')
    t.ok(looked() > 0 && looked() <= 3 * 1024, `${looked()} at the start, of which two steps had time`)
    t.same(asked, [])
    await pass(10_000)
    t.equal(looked(), 10_000)
    t.ok(asked.length > 0)
    await made.close()
  },
)

t.test('the end of pings looks at no machine that is not listed yet', async (t) => {
  const { made, looked } = await pings(t, new Map(), 'nodes 10000\niprange 10.0.1.0 10.0.40.15\n')
  const before = looked()
  await made.close()
  t.equal(looked(), before)
})

t.test('where nobody can be asked that is logged once an hour, nothing is told, and it goes on', async (t) => {
  const { pass, warned, failing, of } = await pings(t, new Map([['10.0.0.100', true]]))
  failing.send = new Error('not permitted')
  await pass(150_000)
  t.same(warned, [{ reason: 'not permitted' }])
  t.equal(of('10.0.0.100'), undefined)
  failing.send = undefined
  await pass(80_000)
  t.equal(of('10.0.0.100'), 'up')
  t.notOk(handlers.failures.has('pings'))
})
