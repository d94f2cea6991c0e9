// How nodes stand, by all that a master may know of them; the clocks are turned by hand.
import { join } from 'node:path'
import t from 'tap'
import type { NodeBoot } from '../../../../src/kickback/service/states/node-boot.ts'
import {
  type NodeFacts,
  NodeLook,
  nodeFacts,
  SILENT_AFTER,
} from '../../../../src/kickback/service/states/node-state.ts'
import type { Ping, PingOf } from '../../../../src/kickback/service/states/ping.ts'
import { Departures } from '../../../../src/kickback/service/told/departures.ts'
import { Attendance } from '../../../../src/kickback/service/waits/attendance.ts'
import { hostStateReports, nodeStateReports } from '../../../../src/kickback/wire/node-messages.ts'
import { buildPublic, layout, Snapshot, stamp } from '../../../../src/resolver/index.ts'
import { type Address, formatAddress, hex, parseAddress } from '../../../../src/values/index.ts'
import { HandClock } from '../../../clocks.ts'
import { folder } from '../../../folder.ts'
import { client, contents, publicSnapshot, server } from '../../cluster.ts'

const MACHINE = { uptime: 5, load: 7, cpus: 2, memory: 100, available: 50, kernel: '6.1', boot: 'b' }
/** What is known of a machine that was asked. */
const ANSWER: Ping = { answer: 'up', time: 5 }
/** When the clock of the master is at 0, in seconds since 1970. */
const START = 1_800_000_000

const addressOf = (number: number): Address => parseAddress(`10.0.0.${10 + number}`) as Address

/** A master of the small cluster at the 100th second. */
function master(boots: ReadonlyMap<number, NodeBoot> = new Map(), otherKeys: readonly string[] = []) {
  const clock = new HandClock()
  clock.turn(100_000)
  const snapshot = publicSnapshot(7)
  const attendance = new Attendance()
  const departures = new Departures(() => START * 1000 + clock.now())
  const facts: NodeFacts = {
    ...nodeFacts({ clock, boots: () => boots }, { attendance, departures, otherKeys: { all: otherKeys } }),
    wallClock: () => START * 1000 + clock.now(),
  }
  const IN_STEP = { generation: 7, digest: hex(snapshot.digest) }
  /** Node N follows and was heard of this second of the clock. */
  const follows = (number: number, second: number, held = IN_STEP) => {
    const { bytes } = addressOf(number)
    const one = { asker: { via: 'network', address: bytes } as const, isRoot: true, software: 'kickback 1' }
    const attendant = { ...one, active: second * 1000 }
    attendance.moved(attendant, held)
    return attendant
  }
  const leaves = (number: number) => {
    const peer = { via: 'tcp', address: addressOf(number), port: 1 } as const
    departures.moved({ peer, software: 'kickback 1', isRoot: true }, IN_STEP, undefined, attendance)
  }
  const state = (number: number) =>
    new NodeLook(facts, snapshot).of({ number, names: [`n${number}`], addresses: [addressOf(number)] })
  return { clock, facts, follows, leaves, state }
}

const boot = (state: NodeBoot['state'], second: number, more: Partial<NodeBoot> = {}): NodeBoot => {
  return { state, since: START + second, held: false, lastStage: undefined, ...more }
}

t.test(
  'a node is up while it is heard of, down when it is silent or its connection has ended, and never without any',
  async (t) => {
    const { clock, follows, leaves, state } = master()
    follows(1, 100)
    leaves(2)
    t.match(state(1), {
      number: 1,
      name: 'n1',
      address: '10.0.0.11',
      state: 'up',
      content: 'in-step',
      seen: START + 100,
    })
    t.same(state(2), {
      ...{ number: 2, name: 'n2', address: '10.0.0.12', state: 'down' },
      ...{ seen: START + 100, generation: 7, software: 'kickback 1' },
    })
    t.same(state(3), { number: 3, name: 'n3', address: '10.0.0.13', state: 'never' })
    clock.turn(SILENT_AFTER * 1000)
    t.match(state(1), { state: 'up', seen: START + 100 })
    clock.turn(1)
    t.match(state(1), { state: 'down', seen: START + 100, content: undefined, generation: 7 })
  },
)

t.test('content is told of a node that is up, and of one that believes another key', async (t) => {
  const { follows, state } = master(new Map(), ['node 10.0.0.12', 'node 10.0.0.13'])
  follows(1, 100, { generation: 6, digest: 'aa' })
  follows(3, 100)
  t.equal(state(1).content, 'behind')
  t.match(state(2), { state: 'never', content: 'other-key' })
  t.match(state(3), { state: 'up', content: 'in-step' }, 'it has the right key by now')
})

t.test('of two connections of a machine the one counts that was heard of last', async (t) => {
  const { clock, facts, follows, state } = master()
  const old = follows(1, 10, { generation: 6, digest: 'aa' })
  const fresh = follows(1, 99)
  facts.machines.note(old, { ...MACHINE, load: 1 })
  facts.machines.note(fresh, MACHINE)
  t.match(state(1), { state: 'up', content: 'in-step', machine: MACHINE })
  clock.turn((SILENT_AFTER + 1) * 1000)
  t.match(state(1), { state: 'down', machine: undefined }, 'what it told is of another time')
})

t.test('what a node booted counts if it is newer than what was heard of it', async (t) => {
  const boots = new Map([
    [1, boot('booting', 50)],
    [2, boot('installing', 100, { lastStage: 'pxe' })],
    [3, boot('booting', 90, { held: true, lastStage: 'pxe' })],
    [4, boot('booting', 101)],
    [5, boot('installing', 99, { lastStage: 'local' })],
  ])
  const { clock, follows, leaves, state } = master(boots)
  follows(1, 60)
  follows(5, 100)
  leaves(4)
  clock.turn(5000)
  t.match(state(1), { state: 'up', since: undefined, sent: undefined })
  t.match(state(2), { state: 'installing', since: START + 100, sent: 'pxe', seen: undefined, content: undefined })
  t.match(state(3), { state: 'held', since: START + 90 })
  t.match(state(4), { state: 'booting', seen: START + 100 })
  t.match(state(5), { state: 'up', sent: 'local', since: undefined })
  // A machine that was reset ends no connection: it is booting, though it was heard of a moment ago.
  boots.set(5, boot('booting', 101))
  t.match(state(5), { state: 'booting' })
})

t.test('root of a master is given all nodes, a page at a time, and starts again after a change', async (t) => {
  const many = contents(1)
  const hosts = Array.from({ length: 600 }, (_, number) => ({
    ...{ kind: layout.HOST_KINDS.NODE, number, names: [`n${number}`] },
    addresses: [parseAddress(`10.1.${number >> 8}.${number & 255}`) as Address],
  }))
  const snapshot = (generation: number): Snapshot => {
    const bytes = buildPublic({ ...many, hosts: [...many.hosts.slice(0, 2), ...hosts] })
    stamp(bytes, { generation })
    return Snapshot.open(bytes)
  }
  const one = server(t, {}, snapshot(7))
  const root = await client(t, await one.listen('admin', { path: join(folder(t), 'admin') }))
  const first = await root.ask('STATES', {})
  t.equal(first.nodes.length, 254, 'the master and a host were looked at too')
  const second = await root.ask('STATES', { cursor: first.cursor as never })
  const third = await root.ask('STATES', { cursor: second.cursor as never })
  t.equal(third.cursor, undefined)
  const all = nodeStateReports([...first.nodes, ...second.nodes, ...third.nodes])
  t.same(
    all.map(({ number }) => number).sort((a, b) => a - b),
    hosts.map(({ number }) => number),
  )
  await t.rejects(root.ask('STATES', { cursor: { generation: 7, position: 3 } }), { code: 'cursor' })
  one.serve(snapshot(8))
  await t.rejects(root.ask('STATES', { cursor: first.cursor as never }), { code: 'cursor' })
})

t.test('of a node that is not up it is told whether it answers a ping, and of one that is up it is not', async (t) => {
  const { facts, follows, clock } = master()
  const pingOf: PingOf = ([address]) => (address && formatAddress(address) === '10.0.0.12' ? undefined : ANSWER)
  const look = (number: number) => {
    const [names, addresses] = [[`n${number}`], [addressOf(number)]]
    return new NodeLook({ ...facts, pingOf }, publicSnapshot(7)).of({ number, names, addresses })
  }
  follows(0, 99)
  follows(1, 99)
  t.notOk('ping' in look(0), 'one that is up')
  clock.turn(60_000)
  t.match(look(1), { state: 'down', ping: 'up', pinged: 5 }, 'one that is frozen')
  t.match(look(3), { state: 'never', ping: 'up' })
  t.notOk('ping' in look(2), 'nothing is known')
})

t.test('root of a master is given the devices of host lines where it asks for them', async (t) => {
  const pingOf: PingOf = () => ANSWER
  const one = server(t, { pingOf }, publicSnapshot(7))
  const root = await client(t, await one.listen('admin', { path: join(folder(t), 'admin') }))
  const { nodes, hosts } = await root.ask('STATES', { hosts: true })
  t.same(nodes, [])
  const [device, ...others] = hostStateReports(hosts)
  t.match(device, { name: String, address: /^10\./, ping: 'up', pinged: 5 })
  t.same(others, [])
  t.notOk('hosts' in (await root.ask('STATES', {})))
})

t.test('a node knows no other nodes', async (t) => {
  const one = server(t, { role: 'proxy' })
  const root = await client(t, await one.listen('admin', { path: join(folder(t), 'admin') }))
  await t.rejects(root.ask('STATES', {}), { code: 'operation' })
})
