import t from 'tap'
import { recordLine, Zones, zoneLines } from '../../../src/resolver/index.ts'
import { ip } from '../../addresses.ts'
import { contentsOf, snapshotOf, snapshotWith } from '../../dns/cluster.ts'
import { fileOf } from '../configs.ts'

const CONFIG = fileOf('test/fixtures/zones.config').toString()

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
    'a.b.Cluster.internal. 30 IN A 10.20.30.6',
    'six.cluster.internal. 30 IN AAAA fd00::5',
    'n0.cluster.internal. 30 IN A 10.20.31.100',
    'n1.cluster.internal. 30 IN A 10.20.31.101',
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
    '6.30.20.10.in-addr.arpa. 30 IN PTR a.b.Cluster.internal.',
    '7.30.20.10.in-addr.arpa. 30 IN PTR elsewhere.example.org.',
    '200.30.20.10.in-addr.arpa. 30 IN PTR master.cluster.internal.',
  ])
})

t.test('without masters the settings name the servers', async (t) => {
  const config = 'nodes 1\niprange 10.1.1.1 10.1.1.9\n'
  const top = (zones: Zones) => [...(zones.forward?.records() ?? [])].slice(0, 3).map((record) => recordLine(record, 1))
  const own = [ip('10.1.1.200')]
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
