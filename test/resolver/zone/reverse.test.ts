import t from 'tap'
import { DATABASES, recordLine, reverseName, Snapshot } from '../../../src/resolver/index.ts'
import { apexOf } from '../../../src/resolver/zone/apex.ts'
import { NamesBetween } from '../../../src/resolver/zone/between.ts'
import { ReverseZone } from '../../../src/resolver/zone/reverse.ts'
import { ip } from '../../addresses.ts'
import { snapshotOf } from '../../dns/cluster.ts'
import { fileOf } from '../configs.ts'

const SNAPSHOT = snapshotOf(fileOf('test/fixtures/zones.config').toString())

/** The zone of a prefix of any length. */
function zoneOf(snapshot: Snapshot, family: 4 | 6, prefix: Uint8Array): ReverseZone {
  const origin = reverseName({ family, bytes: prefix })
  const isOrigin = (name: string): boolean => name === origin
  const between = new NamesBetween(snapshot, { isOrigin, hasWide: true, ownNames: [] })
  const settings = snapshot.zoneSettings
  const content = { snapshot, settings, isBetween: (name: string) => between.has(name) }
  return new ReverseZone({ family, prefix }, content, apexOf(snapshot, settings))
}
const zone = (...prefix: number[]): ReverseZone => zoneOf(SNAPSHOT, 4, Uint8Array.from(prefix))
const ZONE6 = zoneOf(SNAPSHOT, 6, ip('fd00::').bytes.subarray(0, 8))

/** The names of pointers at labels; undefined where there is no such name. */
const at = (one: ReverseZone, ...labels: string[]) =>
  one.at(labels)?.map((data) => (data.type === 'PTR' ? data.target : data.type))

t.test('a zone is called by its octets, or nibbles, the last one first', async (t) => {
  t.equal(zone(10, 20, 30).origin, '30.20.10.in-addr.arpa')
  t.equal(zone(10).origin, '10.in-addr.arpa')
  t.equal(ZONE6.origin, `${'0.'.repeat(14)}d.f.ip6.arpa`)
})

t.test('an address points to the first name of its host, whole; one without a host is no name', async (t) => {
  const one = zone(10, 20, 30)
  t.same(at(one, '5'), ['SmartSwitch.cluster.internal'])
  t.same(at(one, '7'), ['elsewhere.example.org'], 'a dotted name is that already')
  t.same(at(one, '200'), ['master.cluster.internal'])
  for (const labels of [['8'], ['05'], ['256'], ['5x'], [''], ['1', '5']])
    t.equal(at(one, ...labels), undefined, `${labels}`)
  t.same(at(one), ['SOA', 'NS'])
})

t.test('an address of a range is ours to deny; one beside it may be somebody else’s', async (t) => {
  const one = zone(10, 20, 30)
  for (const [octet, isOurs] of [
    ['3', false],
    ['4', true],
    ['9', true],
    ['10', false],
    ['199', false],
    ['200', true],
  ] as const) {
    t.equal(one.isOurs([octet]), isOurs, octet)
  }
  t.ok(one.isOurs([]), 'the zone itself')
  t.ok(one.isOurs(['no-address']))
})

t.test('above addresses with names is a name without records, however wide the zone', async (t) => {
  for (const wide of [zone(10), zone(10, 20)]) {
    const above = wide.origin.startsWith('10.') ? ['20'] : []
    t.same(at(wide, '30', ...above), [])
    t.same(at(wide, '31', ...above), [])
    t.equal(at(wide, '32', ...above), undefined)
    t.same(at(wide, '5', '30', ...above), ['SmartSwitch.cluster.internal'])
  }
  t.equal(at(zone(10), '21'), undefined)
  const host = [...'5000000000000000']
  t.same(at(ZONE6, ...host), ['six.cluster.internal'])
  t.same(at(ZONE6, ...host.slice(1)), [])
  t.same(at(ZONE6, ...host.slice(15)), [])
  t.equal(at(ZONE6, '1', ...host.slice(2)), undefined)
  t.equal(at(ZONE6, ...host, '0'), undefined, 'too many nibbles')
})

t.test('a zone lists its addresses and no others, in whatever way it goes through them', async (t) => {
  const lines = (one: ReverseZone) =>
    [...one.records()].map((record) => recordLine(record, 1)).filter((line) => /PTR/.test(line))
  const narrow = lines(zone(10, 20, 30))
  t.same(narrow, [
    '5.30.20.10.in-addr.arpa. 1 IN PTR SmartSwitch.cluster.internal.',
    '6.30.20.10.in-addr.arpa. 1 IN PTR a.b.Cluster.internal.',
    '7.30.20.10.in-addr.arpa. 1 IN PTR elsewhere.example.org.',
    '200.30.20.10.in-addr.arpa. 1 IN PTR master.cluster.internal.',
  ])
  const nodes = lines(zone(10, 20, 31))
  t.equal(nodes.length, 2)
  for (const wide of [zone(10), zone(10, 20)]) t.same(lines(wide).sort(), [...narrow, ...nodes].sort())
  t.same(lines(ZONE6), [`${[...'5000000000000000'].join('.')}.${ZONE6.origin}. 1 IN PTR six.cluster.internal.`])
  t.same([zone(10, 20, 30).holds(ip('10.20.31.1')), zone(10, 20).holds(ip('10.20.31.1'))], [false, true])
  t.notOk(zone(0xfd).holds(ip('fd00::5')), 'families differ')
})

t.test('whatever a question asks for, it does not go through the addresses of a zone', async (t) => {
  for (const one of [zone(10), zone(10, 20), ZONE6]) {
    one.at(['7'])
    const lookups = t.capture(Snapshot.prototype, 'lookup')
    const walks = t.capture(Snapshot.prototype, 'records')
    for (let octet = 0; octet < 256; octet++) one.at([String(octet)])
    for (let octet = 0; octet < 256; octet++) one.at(['9', String(octet)])
    const [looked, walked] = [lookups().length, walks().length]
    lookups.restore()
    walks.restore()
    t.ok(looked <= 512, `${looked} look-ups for 512 questions`)
    t.equal(walked, 0, one.origin)
  }
})

t.test('who looks for the records of a zone has its turn after each few addresses that have none', async (t) => {
  const large = snapshotOf(`nodes 300\niprange 10.1.0.1 10.1.1.44\nhostrange fd00::1 fd00::ff\n`)
  const zones = [[10, 7], [9], [0xfe]].map((prefix, i) => zoneOf(large, i < 2 ? 4 : 6, Uint8Array.from(prefix)))
  for (const one of zones) {
    let [looked, most, turns] = [0, 0, 0]
    const count = <A extends unknown[], R>(work: (this: unknown, ...args: A) => R) =>
      function (this: unknown, ...args: A): R {
        looked++
        return work.apply(this, args)
      }
    const { lookup } = Snapshot.prototype
    const { decode } = DATABASES.hosts
    // Not tap's own: it keeps the stack of every call.
    Object.assign(Snapshot.prototype, { lookup: count(lookup as () => undefined) })
    Object.assign(DATABASES.hosts, { decode: count(decode) })
    t.teardown(() => {
      Object.assign(Snapshot.prototype, { lookup })
      Object.assign(DATABASES.hosts, { decode })
    })
    for (const record of one.lookingForRecords()) {
      if (record !== undefined) continue
      most = Math.max(most, looked)
      looked = 0
      turns++
    }
    t.ok(turns >= 4, `${turns} turns in ${one.origin}`)
    // The apex looks the servers of the zone up.
    t.ok(most <= 80, `${most} looked at in one`)
  }
})
