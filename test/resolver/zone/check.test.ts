import t from 'tap'
import { ZONE_CODES, type ZoneSettings, Zones, zoneProblems } from '../../../src/resolver/index.ts'
import { ip } from '../../addresses.ts'
import { type SnapshotSettings, snapshotOf } from '../../dns/cluster.ts'

const NODES = 'nodes 12\niprange 10.1.0.1 10.1.0.99\nhostrange 10.2.0.0 10.2.0.255\n'
const MASTER = 'interface eth0 10.1.0.254 255.255.255.0\n'

/** A domain of so many bytes. */
function domainOf(size: number): string {
  const whole = `${'a'.repeat(62)}.`.repeat(5).slice(0, size)
  return whole.endsWith('.') ? `${whole.slice(0, -1)}b` : whole
}

function problems(config: string, settings: SnapshotSettings = {}) {
  const found = zoneProblems(new Zones(snapshotOf(config, 1, settings)))
  return found.map(({ code, message }) => `${ZONE_CODES[code].severity} ${code}: ${message}`)
}

t.test('an ordinary cluster has no problems', async (t) => {
  t.same(problems(NODES + MASTER), [])
  t.same(problems(NODES, { own: [ip('127.0.0.1')] }), [])
})

t.test('every generated name is measured, and all that are too long are told together', async (t) => {
  const whats = (config: string, size: number, zones: Partial<ZoneSettings> = {}) =>
    problems(config, { ...zones, domain: domainOf(size) }).map((text) => /the (.*) would be/.exec(text)?.[1])
  // The first sizes at which each is too long: "hostmaster.", "_kickback._tcp.", "master.", "n10-ipmi." before the domain.
  t.same(whats(NODES, 242), [])
  t.same(whats(NODES, 243), ['mailbox of the zones'])
  t.same(whats(NODES + MASTER, 238), [])
  t.same(whats(NODES + MASTER, 239), ['name of the service'])
  t.same(whats(NODES + MASTER, 247), ['mailbox of the zones', 'name server', 'name of the service', 'name of a host'])
  t.same(whats(NODES, 250, { rname: 'root.example.org' }), ['name of a host'])
  const own = [ip('127.0.0.1')] as const
  t.same(whats('nodes 0\n', 251, { rname: 'root.example.org', own }), ['name server'])
  t.same(whats(`${NODES}nodename n%N-ipmi 0.0.1.0\n`, 243, { rname: 'root.example.org' }), [])
  t.same(whats(`${NODES}nodename n%N-ipmi 0.0.1.0\n`, 245, { rname: 'root.example.org' }), ['name of a host'])
  t.same(whats(`${NODES}host 02:00:00:00:00:01 10.2.0.1 ${'x'.repeat(60)}\n`, 195), ['name of a host'])
  for (const size of [243, 248, 253]) {
    const found = problems(NODES + MASTER, { domain: domainOf(size) })
    t.ok(
      found.every((text) => /^error dns-name-too-long: .*which has \d+ bytes.*use a shorter domain$/.test(text)),
      `${size}`,
    )
  }
})

t.test('names that pass can be sent: each record of each zone', async (t) => {
  for (const size of [200, 230, 238]) {
    const snapshot = snapshotOf(`${NODES + MASTER}`, 1, { domain: domainOf(size) })
    t.same(zoneProblems(new Zones(snapshot)), [])
    for (const zone of new Zones(snapshot).all) t.ok([...zone.records()].length > 1)
  }
})

t.test('a name with more addresses than BIND takes is told, by family', async (t) => {
  const many = (count: number, text = (i: number) => `10.2.0.${i}`) =>
    Array.from(
      { length: count },
      (_, i) => `host 02:00:00:00:00:${i.toString(16).padStart(2, '0')} ${text(i)} many\n`,
    ).join('')
  t.same(problems(NODES + many(100)), [])
  t.match(problems(NODES + many(101)), [/^warning many-addresses: "many" has 101 addresses: BIND/])
  const six = many(60, (i) => `fd00::${(i + 1).toString(16)}`)
  t.same(problems(`${NODES}hostrange fd00::1 fd00::ff\n${many(60)}${six.replaceAll(':00:00:00:', ':00:00:01:')}`), [])
})

t.test('a name server in our domain needs an address', async (t) => {
  const ns = (name: string, ...addresses: Uint8Array[]) => [
    { name, addresses: addresses.map((bytes) => ({ family: 4 as const, bytes })) },
  ]
  t.match(problems(NODES, { ns: ns('ns1.cluster.internal') }), [
    /^warning name-server-without-address: .* ns1\.cluster\.internal /,
  ])
  t.same(problems(NODES, { ns: ns('ns1.cluster.internal', Uint8Array.of(10, 0, 0, 1)) }), [])
  t.same(problems(NODES, { ns: ns('n3.Cluster.internal') }), [])
  t.same(problems(NODES, { ns: ns('ns1.example.org') }), [])
})

t.test('the domain is no reverse zone of ours', async (t) => {
  t.match(problems(NODES, { domain: '0.1.10.in-addr.arpa' }), [/^error domain-is-reverse-zone: /])
  t.same(problems(NODES, { domain: '9.1.10.in-addr.arpa' }), [])
})

t.test('a range that is very many reverse zones is told, unless they are named', async (t) => {
  const wide = `${NODES}hostrange 172.16.0.1 172.31.255.254\n`
  t.match(problems(wide.replace('172.31', '172.32')), [
    /^warning many-reverse-zones: the range 172\.16\.0\.1 to 172\.32\.255\.254 would need more than 4096 .*dns\.reverse_zones$/,
  ])
  t.same(problems(wide), [], 'a million addresses are not')
  const cuts = [{ family: 4, prefix: Uint8Array.of(172) }] as const
  t.same(problems(wide.replace('172.31', '172.32'), { cuts }), [])
  t.match(problems(`${NODES}hostrange fd00::1 fd00:0:1::1\n`), [/^warning many-reverse-zones: the range fd00::1 to /])
})
