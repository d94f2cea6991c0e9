import t from 'tap'
import { Snapshot, Zones } from '../../../src/resolver/index.ts'
import { NamesBetween } from '../../../src/resolver/zone/between.ts'
import { contentsOf, snapshotOf, snapshotWith } from '../../dns/cluster.ts'

const NARROW = 'nodes 2\niprange 10.20.31.100 10.20.31.131\n'
const DOTTED = `${NARROW}hostrange 10.20.30.4 10.20.30.9
host 02:00:00:00:00:02 10.20.30.6 a.b.C.Cluster.internal
host 02:00:00:00:00:03 10.20.30.7 x.y.example.org
`

/** The names between of a snapshot, whose zones have these origins. */
const between = (snapshot: Snapshot, ...origins: string[]): NamesBetween =>
  new NamesBetween(snapshot, { isOrigin: (name) => origins.includes(name), hasWide: true, ownNames: [] })

t.test('above the names of hosts and addresses there are names up to the origin, and no further', async (t) => {
  const names = between(snapshotOf(DOTTED), 'cluster.internal', '10.in-addr.arpa')
  for (const name of ['b.c.cluster.internal', 'c.cluster.internal', '31.20.10.in-addr.arpa', '20.10.in-addr.arpa']) {
    t.ok(names.has(name), name)
  }
  for (const name of [
    ...['a.b.c.cluster.internal', 'cluster.internal', 'internal', 'x.b.c.cluster.internal', 'C.cluster.internal', ''],
    ...['10.in-addr.arpa', 'in-addr.arpa', '32.20.10.in-addr.arpa', '100.31.20.10.in-addr.arpa'],
    ...['y.example.org', 'example.org'],
  ]) {
    t.notOk(names.has(name), name)
  }
})

t.test('a host whose name can not be one in DNS makes no names exist', async (t) => {
  const contents = contentsOf(NARROW)
  const hosts = contents.hosts.map((host, i) => ({ ...host, names: i === 0 ? ['*.rack'] : [`a.${'x'.repeat(64)}`] }))
  const names = between(snapshotWith({ ...contents, hosts }), 'cluster.internal', '10.in-addr.arpa')
  for (const name of ['rack', 'rack.cluster.internal', `${'x'.repeat(64)}`, '31.20.10.in-addr.arpa'])
    t.notOk(names.has(name))
})

t.test('all hosts are gone through once, however many questions come', async (t) => {
  const snapshot = snapshotOf('nodes 1000\niprange 10.0.0.0 10.0.3.231\n')
  const walks = t.capture(Snapshot.prototype, 'records', Snapshot.prototype.records)
  const names = between(snapshot, '10.in-addr.arpa')
  t.equal(walks().length, 0, 'not before anything is asked')
  for (let third = 0; third < 256; third++) t.equal(names.has(`${third}.0.10.in-addr.arpa`), third < 4)
  t.equal(walks().length, 1)
})

t.test('who prepares goes through some hosts in each step', async (t) => {
  const snapshot = snapshotOf('nodes 1000\niprange 10.0.0.0 10.0.3.231\n', 1, {
    cuts: [{ family: 4, prefix: Uint8Array.of(10) }],
  })
  const zones = new Zones(snapshot)
  let steps = 1
  while (zones.prepare()) steps++
  t.equal(steps, 16, '64 hosts each')
  t.notOk(zones.prepare())
  const walks = t.capture(Snapshot.prototype, 'records')
  t.same(zones.named('10.in-addr.arpa')?.at(['3', '0']), [])
  t.equal(zones.named('10.in-addr.arpa')?.at(['4', '0']), undefined)
  t.equal(walks().length, 0)
})

t.test(
  'where every zone is as narrow as can be, and no host has a dot in its name, no host is looked at',
  async (t) => {
    const walks = t.capture(Snapshot.prototype, 'records', Snapshot.prototype.records)
    const plain = new Zones(snapshotOf(NARROW))
    t.notOk(plain.prepare())
    t.equal(walks().length, 0)
    t.same(plain.forward?.at(['_tcp']), undefined)
    const dotted = new Zones(snapshotOf(DOTTED))
    t.notOk(dotted.prepare())
    t.equal(walks().length, 1, 'control')
    t.same(dotted.forward?.at(['c']), [])
  },
)
