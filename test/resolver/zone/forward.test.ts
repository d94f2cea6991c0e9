import t from 'tap'
import { recordLine, type Snapshot, Zones } from '../../../src/resolver/index.ts'
import { type ForwardZone, SERVICE } from '../../../src/resolver/zone/forward.ts'
import { ip } from '../../addresses.ts'
import { contentsOf, type SnapshotSettings, snapshotOf, snapshotWith } from '../../dns/cluster.ts'
import { fileOf } from '../configs.ts'

const CONFIG = fileOf('test/fixtures/zones.config').toString()

function zoneOf(snapshot: Snapshot): ForwardZone {
  const { forward } = new Zones(snapshot)
  if (forward === undefined) throw new Error('no domain')
  return forward
}
const zone = (config = CONFIG, settings: SnapshotSettings = {}): ForwardZone => zoneOf(snapshotOf(config, 7, settings))

/** What stands at a name below the origin, as lines without their owner; undefined where there is no such name. */
const at = (one: ForwardZone, name: string): string[] | undefined =>
  one.at(name === '' ? [] : name.split('.'))?.map((data) => recordLine({ owner: 'x', data }, 1).replace('x. 1 IN ', ''))

/** The hosts of a configuration, with these put in their place. */
function zoneWithHosts(...named: readonly (readonly [address: string, ...names: string[]])[]): ForwardZone {
  const contents = contentsOf('nodes 1\niprange 10.1.1.1 10.1.1.9\n')
  const [like] = contents.hosts
  if (like === undefined) throw new Error('no node')
  const hosts = named.map(([address, ...names]) => ({ ...like, names, addresses: address.split(' ').map(ip) }))
  return zoneOf(snapshotWith({ ...contents, hosts }))
}

t.test(
  'a host stands at its name and at its aliases, each in small letters, with its addresses by family',
  async (t) => {
    const one = zone()
    t.same(at(one, 'smartswitch'), ['A 10.20.30.5'])
    t.same(at(one, 'switch'), ['A 10.20.30.5'])
    t.same(at(one, 'six'), ['AAAA fd00::5'])
    t.same(at(zoneWithHosts(['10.1.1.1 fd00::9 10.1.1.2', 'both']), 'both'), [
      'A 10.1.1.1',
      'AAAA fd00::9',
      'A 10.1.1.2',
    ])
    t.equal(at(one, 'nosuch'), undefined)
  },
)

t.test('above a dotted name is a name without records; a label with a dot in it is no name', async (t) => {
  const one = zone()
  t.same(at(one, 'a.b'), ['A 10.20.30.6'])
  t.same(at(one, 'b'), [])
  t.equal(at(one, 'a'), undefined)
  t.equal(at(one, 'x.a.b'), undefined)
  t.equal(one.at(['a.b']), undefined)
  t.same(at(one, '_tcp'), [], 'above the service as well')
})

t.test('hosts of other domains are not here', async (t) => {
  const one = zone()
  t.equal(at(one, 'elsewhere.example.org'), undefined)
  t.equal(at(one, 'org'), undefined)
  t.equal(one.relative('elsewhere.example.org'), undefined)
  t.equal(one.relative('a.b.Cluster.internal'), 'a.b')
  t.equal(one.relative('cluster.internal'), '')
  t.equal(one.relative('notcluster.internal'), undefined, 'only whole labels count')
  t.equal(one.relative(`${'a'.repeat(64)}.cluster.internal`), undefined, 'what can be no name is not')
})

t.test(
  'of a host with the whole name and one with the short name the first counts, here and in the list',
  async (t) => {
    const one = zoneWithHosts(
      ['10.1.1.1', 'twice'],
      ['10.1.1.2', 'twice.cluster.internal'],
      ['10.1.1.3', 'twice.other'],
    )
    t.same(at(one, 'twice'), ['A 10.1.1.2'])
    t.same(
      [...one.records()].map((record) => recordLine(record, 1)).filter((line) => line.startsWith('twice')),
      ['twice.cluster.internal. 1 IN A 10.1.1.2'],
    )
  },
)

t.test('a host of the domain itself adds to the records at the top', async (t) => {
  const one = zoneWithHosts(['10.1.1.1', 'cluster.internal'])
  t.match(at(one, ''), [/^SOA /, /^NS /, 'A 10.1.1.1'])
})

t.test('the masters are where the service is, each after the one before', async (t) => {
  const one = zone(`${CONFIG}masterorder - 10.20.30.201 10.20.30.200\n`, { port: 777 })
  t.same(at(one, SERVICE), ['SRV 0 0 777 master0.cluster.internal.', 'SRV 1 0 777 master1.cluster.internal.'])
  t.same(at(one, 'master1'), ['A 10.20.30.200'])
  const alone = zone('nodes 1\niprange 10.1.1.1 10.1.1.9\n')
  t.equal(at(alone, SERVICE), undefined, 'without masters there is none')
  t.equal(at(alone, '_tcp'), undefined)
})

t.test(
  'name servers that the settings name have their addresses here, but for hosts and for other domains',
  async (t) => {
    const ns = [
      { name: 'ns.cluster.internal', addresses: [ip('10.20.30.9')] },
      { name: 'switch.cluster.internal', addresses: [ip('10.20.30.8')] },
      { name: 'ns.example.org', addresses: [ip('192.0.2.1')] },
      { name: 'bare.cluster.internal', addresses: [] },
    ]
    const one = zone(CONFIG, { ns })
    t.same(at(one, 'ns'), ['A 10.20.30.9'])
    t.same(at(one, 'switch'), ['A 10.20.30.5'], 'the host counts')
    t.equal(at(one, 'bare'), undefined)
    t.same(one.ownNames, ['ns.cluster.internal', `${SERVICE}.cluster.internal`])
    const lines = [...one.records()].map((record) => recordLine(record, 1))
    t.equal(lines.filter((line) => line.startsWith('ns.')).length, 1)
  },
)
