import fc from 'fast-check'
import t from 'tap'
import { layout, recordLine, Zones, zoneLines } from '../../../src/resolver/index.ts'
import type { RangeEntry } from '../../../src/resolver/records/entries.ts'
import { reverseCuts } from '../../../src/resolver/zone/cut.ts'
import { contentsOf, snapshotOf, snapshotWith } from '../../dns/cluster.ts'

const address = (text: string): RangeEntry['first'] => ({
  family: 4,
  bytes: Uint8Array.from(text.split('.').map(Number)),
})
const range = (first: string, last: string): RangeEntry => ({
  kind: layout.RANGE_KINDS.NODES,
  first: address(first),
  last: address(last),
  name: '',
})
const cuts = (...ranges: RangeEntry[]): string[] => reverseCuts(ranges).map(({ prefix }) => prefix.join('.'))

t.test('a reverse zone is 256 addresses, however many of them there are', async (t) => {
  t.same(cuts(range('10.20.30.100', '10.20.30.131')), ['10.20.30'])
  t.same(cuts(range('10.20.30.250', '10.20.31.4')), ['10.20.30', '10.20.31'])
  t.equal(cuts(range('10.1.0.0', '10.1.254.255')).length, 255)
  t.equal(cuts(range('10.1.0.1', '10.1.255.254')).length, 256)
  t.equal(cuts(range('10.1.0.0', '10.1.127.255'), range('10.1.128.0', '10.1.255.255')).length, 256)
})

t.test('a cut does not move while the cluster grows: zones come, and none goes', async () => {
  const first = 0x0a010000
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0xfffff }), fc.integer({ min: 1, max: 0xfffff }), (one, other) => {
      const text = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
      const [small = [], large = []] = [Math.min(one, other), Math.max(one, other)].map((size) =>
        cuts(range(text(first), text(first + size))),
      )
      return small.every((zone, i) => zone === large[i])
    }),
    { numRuns: 30 },
  )
})

t.test('a range of more than a million addresses is cut as widely as its ends allow', async (t) => {
  t.same(cuts(range('10.0.0.0', '10.255.255.255')), ['10'])
  t.same(cuts(range('10.0.0.1', '10.255.255.254')), ['10'])
  t.same(cuts(range('10.0.0.0', '11.0.0.9')), ['10', '11.0.0'])
  t.equal(cuts(range('10.0.0.0', '10.15.255.255')).length, 4096)
  t.same(cuts(range('10.0.0.0', '10.16.0.0')), [...Array.from({ length: 16 }, (_, i) => `10.${i}`), '10.16.0'])
  t.equal(cuts(range('0.0.0.0', '255.255.255.255')).length, 256)
  t.same(cuts(range('10.3.4.5', '10.3.4.6'), range('10.0.0.0', '10.255.255.255')), ['10'], 'it holds what is in it')
})

t.test('a network that a setting names is one zone, with addresses in it or without', async (t) => {
  const named = (...texts: string[]) =>
    texts.map((text) => ({ family: 4 as const, prefix: Uint8Array.from(text.split('.').map(Number)) }))
  const found = (ranges: RangeEntry[], ...texts: string[]): string[] =>
    reverseCuts(ranges, named(...texts)).map(({ prefix }) => prefix.join('.'))
  t.same(found([range('10.1.0.1', '10.1.255.254')], '10.1'), ['10.1'])
  t.same(found([range('10.1.255.0', '10.2.0.9')], '10.1'), ['10.1', '10.2.0'])
  t.same(found([range('10.3.0.0', '10.3.0.9')], '10.1'), ['10.1', '10.3.0'])
  t.equal(found([range('10.0.0.0', '10.255.255.255')], '10.1.2').length, 511, 'a wide range goes round it')
  t.same(found([], '10.1', '10'), ['10'], 'of one in the other the wider counts')
  t.same(found([], '10', '10.1'), ['10'])
})

t.test('zones hold every address of their ranges, and no network without one', async () => {
  const quad = fc.integer({ min: 0x0a000000, max: 0x0a03ffff })
  fc.assert(
    fc.property(fc.array(fc.tuple(quad, quad), { minLength: 1, maxLength: 4 }), (pairs) => {
      const ranges = pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
      const text = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
      const found = cuts(...ranges.map(([first, last]) => range(text(first), text(last))))
      const isCut = (value: number) => found.some((prefix) => `${text(value)}.`.startsWith(`${prefix}.`))
      for (let network = 0x0a000000; network <= 0x0a03ff00; network += 256) {
        const touched = ranges.some(([first, last]) => first <= network + 255 && last >= network)
        if (isCut(network) !== touched) throw new Error(`${text(network)} ${found.join(' ')}`)
      }
    }),
    { numRuns: 50 },
  )
})

const CONFIG = `nodes 3
iprange 10.20.31.100 10.20.31.131
hostrange 10.20.30.4 10.20.30.9
hostrange fd00::1 fd00::ff
interface eth0 10.20.30.200 255.255.255.0
host 02:00:00:00:00:01 10.20.30.5 SmartSwitch switch
host 02:00:00:00:00:02 10.20.30.6 a.b.cluster.internal
host 02:00:00:00:00:03 10.20.30.7 elsewhere.example.org
host 02:00:00:00:00:04 fd00::5 six
`

t.test('every record that is listed is found at its name, and the other way round', async (t) => {
  const zones = new Zones(snapshotOf(CONFIG, 77))
  for (const zone of zones.all) {
    for (const { owner, data } of zone.records()) {
      const held = zones.holding(owner.toLowerCase().split('.'))
      t.equal(held?.zone.origin, zone.origin)
      const at = zone.at(owner.toLowerCase().split('.').slice(0, held?.below)) ?? []
      t.ok(at.some((found) => recordLine({ owner, data: found }, 1) === recordLine({ owner, data }, 1)))
    }
  }
})

t.test('a zone is listed as a master file, names as written', async (t) => {
  const zones = new Zones(snapshotOf(CONFIG, 77))
  t.same(zones.forward && [...zoneLines(zones.forward, 30)], [
    'cluster.internal. 30 IN SOA master.cluster.internal. hostmaster.cluster.internal. 77 300 60 1209600 5',
    'cluster.internal. 30 IN NS master.cluster.internal.',
    '_kickback._tcp.cluster.internal. 30 IN SRV 0 0 3045 master.cluster.internal.',
    'master.cluster.internal. 30 IN A 10.20.30.200',
    'SmartSwitch.cluster.internal. 30 IN A 10.20.30.5',
    'switch.cluster.internal. 30 IN A 10.20.30.5',
    'a.b.cluster.internal. 30 IN A 10.20.30.6',
    'six.cluster.internal. 30 IN AAAA fd00::5',
    'n0.cluster.internal. 30 IN A 10.20.31.100',
    'n1.cluster.internal. 30 IN A 10.20.31.101',
    'n2.cluster.internal. 30 IN A 10.20.31.102',
  ])
  t.same(
    zones.reverse.map(({ origin }) => origin),
    ['30.20.10.in-addr.arpa', '31.20.10.in-addr.arpa', `${'0.'.repeat(14)}d.f.ip6.arpa`],
  )
  const [first] = zones.reverse
  t.match(first && [...zoneLines(first, 30)], [
    /SOA/,
    /NS/,
    '5.30.20.10.in-addr.arpa. 30 IN PTR SmartSwitch.cluster.internal.',
    '6.30.20.10.in-addr.arpa. 30 IN PTR a.b.cluster.internal.',
    '7.30.20.10.in-addr.arpa. 30 IN PTR elsewhere.example.org.',
    '200.30.20.10.in-addr.arpa. 30 IN PTR master.cluster.internal.',
  ])
})

t.test('without masters the settings name the servers', async (t) => {
  const config = 'nodes 1\niprange 10.1.1.1 10.1.1.9\n'
  const top = (zones: Zones) => [...(zones.forward?.records() ?? [])].slice(0, 3).map((record) => recordLine(record, 1))
  const own = [address('10.1.1.200')]
  t.match(top(new Zones(snapshotOf(config, 1, { own }))), [
    /SOA ns\.cluster\.internal\. /,
    'cluster.internal. 1 IN NS ns.cluster.internal.',
    'ns.cluster.internal. 1 IN A 10.1.1.200',
  ])
  const ns = [
    { name: 'ns1.example.org', addresses: [] },
    { name: 'ns2.cluster.internal', addresses: own },
  ]
  t.match(top(new Zones(snapshotOf(config, 1, { ns, rname: 'me.example.org' }))), [
    'cluster.internal. 1 IN SOA ns1.example.org. me.example.org. 1 300 60 1209600 5',
    'cluster.internal. 1 IN NS ns1.example.org.',
    'cluster.internal. 1 IN NS ns2.cluster.internal.',
  ])
})

t.test('a serial is the generation modulo 2^32', async (t) => {
  const zones = new Zones(snapshotOf('nodes 1\niprange 10.1.1.1 10.1.1.9\n', 2 ** 32 + 5))
  t.equal(zones.authority.serial, 5)
})

t.test('a host that is called * is in no zone: secondaries would answer with it for every name', async (t) => {
  const config =
    'hostrange 10.1.0.0 10.1.0.9\nhost 02:00:00:00:00:01 10.1.0.1 star\nhost 02:00:00:00:00:02 10.1.0.2 other\n'
  const contents = contentsOf(config)
  const renamed = contents.hosts.map((host) => ({
    ...host,
    names: host.names[0] === 'star' ? ['*', '*.apps', 'a*'] : host.names,
  }))
  const zones = new Zones(snapshotWith({ ...contents, hosts: renamed }))
  const lines = zones.all.flatMap((zone) => [...zoneLines(zone, 30)])
  t.same(
    lines.filter((line) => /^\*/.test(line) || /PTR \*/.test(line)),
    [],
  )
  t.equal(lines.filter((line) => line.startsWith('a*.cluster.internal. 30 IN A')).length, 1)
  t.equal(zones.forward?.at(['*']), undefined)
  t.equal(zones.forward?.at(['*', 'apps']), undefined)
  t.equal(zones.shortName('*'), undefined)
  t.ok(zones.shortName('other'))
})
