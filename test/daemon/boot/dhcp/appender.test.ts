// Unknown machines that become nodes: how many a minute, who waits, and what is told where none can.
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { type AppendOutcome, parseConfig } from '../../../../src/config/index.ts'
import { APPENDS, Appender, QUEUE_MAX } from '../../../../src/daemon/boot/dhcp/appender.ts'
import type { AppendOrder } from '../../../../src/daemon/boot/stage-order.ts'
import { StageError } from '../../../../src/daemon/boot/stages.ts'
import { type Address, networkOf, sameAddress } from '../../../../src/values/index.ts'
import { ip } from '../../../addresses.ts'
import { HandClock } from '../../../clocks.ts'
import { logOf } from '../../../kickback/cluster.ts'

const NETWORKS = [
  { interface: 'eth1', range: networkOf(ip('10.0.0.0'), 24) },
  { interface: 'eth1', range: networkOf(ip('10.0.1.0'), 24) },
  { interface: 'eth2', range: networkOf(ip('10.0.2.0'), 24) },
]
const APPEND = { assignment: 'append', nodes: [] } as const
const mac = (i: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, i >> 8, i & 255)

/** An appender, and what it asks; `answer` is for a machine, by its number, and `isUp` tells of the addresses of a node whether it is connected. */
function appender(
  answer: (number: number) => AppendOutcome = () => ({ kind: 'full' }),
  isUp: (addresses: readonly Address[]) => boolean = () => false,
) {
  const [clock, orders, lines]: [HandClock, AppendOrder[], string[]] = [new HandClock(), [], []]
  let number = 0
  const appended = async (order: AppendOrder): Promise<readonly AppendOutcome[]> => {
    orders.push(order)
    let count = 0
    return order.arrivals.map(() => {
      const outcome = answer(number)
      if (outcome.kind !== 'appended') return outcome
      if (count >= order.most) return { kind: 'later' }
      count++
      return { ...outcome, number: number++ }
    })
  }
  const made = new Appender({ append: appended, own: () => [], isUp, clock, log: logOf(lines) })
  const turn = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 250) {
      clock.turn(250)
      await setImmediate()
    }
  }
  return { made, clock, orders, lines, turn, added: () => number }
}

const adding = (): AppendOutcome => ({ kind: 'appended', number: 0, line: 1, after: '' })

t.test('a thousand machines that ask at once become ten nodes a minute, and a hundred of them wait', async (t) => {
  const { made, turn, added, orders, lines } = appender(adding)
  made.follow(APPEND, NETWORKS)
  for (let i = 0; i < 1000; i++) made.heard(mac(i), 'eth1')
  await turn(59_000)
  t.equal(added(), APPENDS.most)
  t.equal(orders[0]?.arrivals.length, QUEUE_MAX, 'the others are not heard')
  t.ok(orders.length <= 2, `the file is looked at ${orders.length} times`)
  const counts: number[] = []
  for (let minute = 0; minute < 11; minute++) {
    await turn(60_000)
    counts.push(added())
  }
  t.ok(
    counts.every((count, i) => count <= APPENDS.most * (i + 2)),
    `${counts}`,
  )
  t.equal(counts.at(-1), QUEUE_MAX, 'those that waited')
  t.equal(lines.filter((line) => line.includes('became a node')).length, QUEUE_MAX, 'each is told')
  t.ok(orders.every(({ most }) => most > 0 && most <= APPENDS.most))
})

t.test('a machine that asks again and again waits once, with the networks of its interface', async (t) => {
  const { made, turn, orders } = appender()
  made.follow(APPEND, NETWORKS)
  for (let i = 0; i < 50; i++) made.heard(mac(1), 'eth1')
  made.heard(mac(2), 'eth2')
  made.heard(mac(3), 'eth9')
  await turn(1000)
  t.same(
    orders.map(({ arrivals }) => arrivals.map(({ on, networks }) => [on, networks.length])),
    [
      [
        ['eth1', 2],
        ['eth2', 1],
      ],
    ],
  )
  await turn(10_000)
  t.equal(orders.length, 1, 'nobody asked since')
  for (let i = 0; i < 20; i++) {
    made.heard(mac(1), 'eth1')
    await turn(250)
  }
  t.ok(orders.length <= 4, `in five seconds the file is looked at ${orders.length - 1} times`)
})

t.test('the numbers of nodes that are connected are told: a stranger is none of them', async (t) => {
  const { cluster } = parseConfig(Buffer.from('nodes 3\niprange 10.0.0.10 10.0.0.12\nnodeassign append\n'))
  const isUp = (all: readonly Address[]): boolean => all.some((one) => sameAddress(one, ip('10.0.0.11')))
  const { made, clock, orders } = appender(adding, isUp)
  made.follow(cluster, NETWORKS)
  made.heard(mac(1), 'eth1')
  clock.turn(1000)
  await setImmediate()
  t.same(
    orders.map(({ taken }) => taken),
    [[1]],
  )
})

t.test('the nodes of a large cluster are looked at in steps: nobody waits for all of them', async (t) => {
  const { cluster } = parseConfig(Buffer.from('nodes 5000\niprange 10.0.0.0 10.0.19.135\nnodeassign append\n'))
  let looked = 0
  const { made, clock, orders } = appender(adding, () => ++looked > 0)
  made.follow(cluster, NETWORKS)
  made.heard(mac(1), 'eth1')
  clock.turn(1000)
  for (let before = -1; before < looked; ) {
    t.ok(looked - before <= 1025, `${looked - before} at once`)
    before = looked
    await setImmediate()
  }
  t.equal(orders[0]?.taken.length, 5000)
})

t.test('what is no address of a machine never becomes a node', async (t) => {
  const { made, turn, orders } = appender(adding)
  made.follow(APPEND, NETWORKS)
  for (const octets of [
    [0, 0, 0, 0, 0, 0],
    [255, 255, 255, 255, 255, 255],
    [1, 0, 94, 0, 0, 1],
    [3, 0, 0, 0, 0, 1],
  ])
    made.heard(Uint8Array.from(octets), 'eth1')
  made.heard(Uint8Array.of(0, 0, 0, 0, 0, 1), 'eth1')
  await turn(1000)
  t.same(
    orders.flatMap(({ arrivals }) => arrivals.map((one) => [...one.mac])),
    [[0, 0, 0, 0, 0, 1]],
  )
})

t.test('where the configuration does not say it, and from its next change on, nothing is added', async (t) => {
  const { made, turn, orders, clock } = appender(adding)
  made.heard(mac(1), 'eth1')
  made.follow({ assignment: 'locked', nodes: [] }, NETWORKS)
  made.heard(mac(1), 'eth1')
  await turn(5000)
  made.follow(APPEND, NETWORKS)
  made.heard(mac(2), 'eth1')
  made.follow({ assignment: 'locked', nodes: [] }, NETWORKS)
  await turn(5000)
  t.same(
    orders.filter(({ arrivals }) => arrivals.length > 0),
    [],
  )
  made.follow(APPEND, [...NETWORKS, { interface: undefined, range: networkOf(ip('10.0.3.0'), 24) }])
  made.heard(mac(2), 'eth1')
  t.equal(clock.timers, 0, 'nobody knows whether it is behind the relay')
  made.follow(APPEND, NETWORKS)
  made.heard(mac(3), 'eth1')
  made.close()
  t.equal(clock.timers, 0)
})

t.test('what cannot be done is told, at a bounded rate, and is tried when the machine asks again', async (t) => {
  let fault: 'full' | 'refused' | 'error' | undefined = 'full'
  const { lines, orders, ...one } = appender()
  const append = async (order: AppendOrder): Promise<readonly AppendOutcome[]> => {
    orders.push(order)
    if (fault === 'error') throw new StageError("can't write config: no space left on device")
    if (fault === 'refused') return order.arrivals.map(() => ({ kind: 'refused', reason: 'it has errors' }))
    return order.arrivals.map(() => (fault === undefined ? { ...adding(), number: 7 } : { kind: 'full' }))
  }
  const clock = new HandClock()
  const made = new Appender({ append, own: () => [], isUp: () => false, clock, log: logOf(lines) })
  made.follow(APPEND, NETWORKS)
  const ask = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      made.heard(mac(i), 'eth1')
      clock.turn(2500)
      await setImmediate()
    }
  }
  for (const [what, text] of [
    ['full', 'no number is left'],
    ['refused', 'are not added'],
    ['error', 'cannot be added'],
  ] as const) {
    fault = what
    await ask(12)
    const told = lines.filter((line) => line.includes(text)).length
    t.ok(told >= 1 && told <= 4, `${what} is told ${told} times`)
  }
  fault = undefined
  await ask(1)
  t.match(lines.at(-1), /became a node.*kickback set node 7 --class CLASS/)
  one.made.close()
})
