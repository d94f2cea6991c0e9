import fc from 'fast-check'
import t from 'tap'
import { type ZoneChanges, zoneChanges } from '../../../src/dns/transfer/changes.ts'
import { History } from '../../../src/dns/transfer/history.ts'
import { recordLine, type Zone, type ZoneRecord, Zones } from '../../../src/resolver/index.ts'
import { user } from '../../kickback/cluster.ts'
import { contentsOf, snapshotOf, snapshotWith } from '../cluster.ts'

/** A small cluster: how many nodes, which devices under which of a few names. */
interface Plan {
  readonly nodes: number
  readonly devices: readonly (readonly [address: number, name: number])[]
  readonly masters: boolean
}

const plan: fc.Arbitrary<Plan> = fc.record({
  nodes: fc.integer({ min: 1, max: 20 }),
  masters: fc.boolean(),
  devices: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 12 })), {
    selector: ([address]) => address,
    maxLength: 12,
  }),
})

/** The zones of a plan. Even names have an alias, every third a dot of its own. */
function zonesOf({ nodes, devices, masters }: Plan, generation: number): Zones {
  const names = (name: number) =>
    `${name % 3 === 0 ? `d${name}.rack.cluster.internal` : `d${name}`}${name % 2 === 0 ? ` alias${name}` : ''}`
  const config = `nodes ${nodes}
iprange 10.1.1.100 10.1.1.131
hostrange 10.1.0.1 10.1.0.50
${masters ? 'interface eth0 10.1.0.99 255.255.0.0\n' : ''}${devices.map(([address, name]) => `host 02:00:00:00:00:${address.toString(16).padStart(2, '0')} 10.1.0.${address} ${names(name)}\n`).join('')}`
  return new Zones(snapshotOf(config, generation))
}

function changesOf(before: Zones, after: Zones): ZoneChanges {
  const comparing = zoneChanges(before, after)
  for (;;) {
    const { done, value } = comparing.next()
    if (done) return value
  }
}

function lines(records: Iterable<ZoneRecord>): string[] {
  return [...records].filter(({ data }) => data.type !== 'SOA').map((record) => recordLine(record, 1).toLowerCase())
}

function applied(zone: Zone, removed: readonly ZoneRecord[], added: readonly ZoneRecord[]): string[] {
  const records = new Set(lines(zone.records()))
  for (const line of lines(removed)) if (!records.delete(line)) throw new Error(`${line} was not there`)
  for (const line of lines(added)) {
    if (records.has(line)) throw new Error(`${line} was there`)
    records.add(line)
  }
  return [...records].sort()
}

t.test('a difference leads from one generation of a zone to the next, and to nothing else', async (t) => {
  fc.assert(
    fc.property(plan, plan, (first, second) => {
      const [before, after] = [zonesOf(first, 1), zonesOf(second, 2)]
      const changes = changesOf(before, after)
      for (const zone of after.all) {
        const old = before.named(zone.origin)
        const change = changes.get(zone.origin)
        if (old === undefined || change === undefined) throw new Error(zone.origin)
        t.same(applied(old, change.removed, change.added), lines(zone.records()).sort())
        t.match(change, { before: { serial: 1 }, after: { serial: 2 } })
      }
    }),
    { numRuns: 150 },
  )
})

t.test('history leads from every generation that it knows to the newest, whole', async (t) => {
  const plans = fc.sample(plan, { numRuns: 12, seed: 4 })
  const generations = plans.map((each, i) => zonesOf(each, i + 1))
  const [first] = generations
  if (first === undefined) throw new Error('no plans')
  const history = new History(first, (work) => void setImmediate(work))
  for (const zones of generations.slice(1)) await new Promise<void>((resolve) => history.add(zones, resolve))
  const newest = generations.at(-1)
  for (const start of generations.slice(0, -1)) {
    for (const zone of start.all) {
      const steps = history.since(start.authority.serial, zone.origin)
      let records = new Set(lines(zone.records()))
      for (const { removed, added } of steps ?? []) {
        for (const line of lines(removed)) t.ok(records.delete(line))
        records = new Set([...records, ...lines(added)])
      }
      t.same([...records].sort(), lines(newest?.named(zone.origin)?.records() ?? []).sort())
    }
  }
  t.equal(history.since(99, 'cluster.internal'), undefined)
})

t.test('of generations that come at once the last one is compared', async (t) => {
  const [one, two, three] = fc.sample(plan, { numRuns: 3, seed: 5 }).map((each, i) => zonesOf(each, i + 1))
  if (one === undefined || two === undefined || three === undefined) throw new Error('no plans')
  const waiting: (() => void)[] = []
  const history = new History(one, (work) => void waiting.push(work))
  const told: number[] = []
  history.add(two, () => told.push(2))
  history.add(two, () => told.push(22))
  history.add(three, () => told.push(3))
  for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) work()
  t.same(told, [2, 3])
  t.equal(history.since(1, 'cluster.internal')?.length, 2)
})

/** A history of generations that were added one after the other. */
async function historyOf(first: Zones, ...others: readonly Zones[]): Promise<History> {
  const history = new History(first, (work) => void setImmediate(work))
  for (const zones of others) await new Promise<void>((resolve) => history.add(zones, resolve))
  return history
}

const CONFIG = 'nodes 1\niprange 10.1.1.1 10.1.1.9\n'
const NS = [{ name: 'ns-new.example.org', addresses: [] }]

t.test('settings that come with a generation are part of its difference', async (t) => {
  const history = await historyOf(
    new Zones(snapshotOf(CONFIG, 1)),
    new Zones(snapshotOf(CONFIG, 2, { ns: NS, rname: 'me.example.org' })),
  )
  for (const origin of ['cluster.internal', '1.1.10.in-addr.arpa']) {
    const [step] = history.since(1, origin) ?? []
    t.same(lines(step?.removed ?? []), [`${origin}. 1 in ns localhost.`])
    t.same(lines(step?.added ?? []), [`${origin}. 1 in ns ns-new.example.org.`])
    t.match(step, { before: { rname: 'hostmaster.cluster.internal' }, after: { rname: 'me.example.org' } })
  }
})

t.test('where the TTL changed there is no difference: the zones are copied whole', async (t) => {
  const generations = [{}, { ttl: 600 }, { ttl: 600, ns: NS }].map(
    (more, i) => new Zones(snapshotOf(CONFIG, i + 1, more)),
  )
  const [one, two, three] = generations
  if (one === undefined || two === undefined || three === undefined) throw new Error('three generations')
  const history = await historyOf(one, two, three)
  t.equal(history.since(1, 'cluster.internal'), undefined)
  t.equal(history.since(2, 'cluster.internal')?.length, 1)
})

t.test('a serial that stood for two contents is the start of no difference', async (t) => {
  const other = CONFIG.replace('10.1.1.1 ', '10.1.1.2 ')
  const generations = (
    [
      [CONFIG, 5],
      [CONFIG, 6],
      [other, 5],
      [other, 7],
    ] as const
  ).map(([config, generation]) => new Zones(snapshotOf(config, generation)))
  const [five, six, otherFive, seven] = generations
  if (five === undefined || six === undefined || otherFive === undefined || seven === undefined) throw new Error('four')
  const history = await historyOf(five, six, otherFive, seven)
  t.equal(history.since(5, 'cluster.internal'), undefined)
  t.equal(history.since(6, 'cluster.internal')?.length, 2)
  const again = await historyOf(five, six, new Zones(snapshotOf(CONFIG, 5)), seven)
  t.equal(again.since(5, 'cluster.internal')?.length, 3, 'the same content under its own number again is no harm')
})

t.test(
  'a generation that changes accounts alone is a step of nothing but the serial: no host is looked at',
  async (t) => {
    const config = (nodes: number): string => `nodes ${nodes}\niprange 10.1.1.1 10.1.9.250\n`
    const contents = contentsOf(config(600))
    const first = new Zones(snapshotWith(contents, 1))
    const second = first.renewed(snapshotWith({ ...contents, passwd: [user(1)] }, 2))
    if (second === undefined) throw new Error('the zones are the same')
    const third = new Zones(snapshotOf(config(601), 3))
    t.equal(zoneChanges(first, second).next().done, true, 'in one step')
    const history = await historyOf(first, second, third)
    for (const origin of ['cluster.internal', '3.1.10.in-addr.arpa']) {
      const [step, next] = history.since(1, origin) ?? []
      t.match(step, { before: { serial: 1 }, removed: [], after: { serial: 2 }, added: [] })
      t.match(next, { before: { serial: 2 }, after: { serial: 3 } })
      t.equal(next?.added.length, 1, 'the new node')
    }
    t.equal(second.renewed(third.snapshot), undefined, 'other hosts are no renewal')
  },
)
