import t from 'tap'
import { brief, parse } from '../reading.ts'

const CLUSTER = ['nodes 9', 'iprange 10.0.0.1 10.0.0.9', 'hostrange 10.0.1.1 10.0.1.99']

/** What is said of a host of these names, after the lines above and `others`. */
function named(names: string, ...others: string[]): string[] {
  return brief([...CLUSTER, ...others, `host 0:0:0:0:0:1 10.0.1.1 ${names}`])
}

t.test('one name for two devices, canonical or alias, in any case', async (t) => {
  const other = 'host 0:0:0:0:0:2 10.0.1.2 pdu power'
  t.same(named('a POWER', other), ['5:29 name-clash 4'])
  t.same(named('a pdu', other), ['5:29 name-clash 4'])
  t.same(named('power', other), ['5:27 name-clash 4'], 'a device of its own may not have the alias of another')
  t.same(named('a a A', other), [], 'a device may repeat its own')
})

t.test('a host with a name of a node that exists, in any spelling', async (t) => {
  for (const name of ['n5', 'N5', 'n0005']) t.same(named(name), ['4:27 name-clash 2'], name)
  t.same(named('n+5'), ['4:27 name-not-dns', '4:27 name-clash 2'])
  t.same(named('a n5'), ['4:29 name-clash 2'])
  t.same(named('n9'), [], 'no such node')
  t.same(named('n5', 'node 5 off'), ['5:27 name-clash 4'], 'the node line is the other place')
  t.same(brief([...CLUSTER, 'host 0:0:0:0:0:1 10.0.1.1 n5', 'node 5']), ['5:1 name-clash 4'], 'the later is told first')
})

t.test('every node answers to n and its number beside its own name', async (t) => {
  t.same(named('n5', 'nodename node%N'), ['5:27 name-clash 2'])
  t.same(named('node5', 'nodename node%N'), ['5:27 name-clash 2'])
  t.same(named('n5', 'nodename n%3N'), [], 'a line of that form rules')
  t.same(named('n005', 'nodename n%3N'), ['5:27 name-clash 2'])
})

t.test('a host with the name of a companion: the nodename line is the other place', async (t) => {
  t.same(named('n5-ib', 'nodename n%N-ib 0.8.0.0'), ['5:27 name-clash 4'])
  t.same(named('n9-ib', 'nodename n%N-ib 0.8.0.0'), [])
})

t.test('the host gives way, never the node', async (t) => {
  const { cluster, leftOut } = parse(...CLUSTER, 'host 0:0:0:0:0:1 10.0.1.1 n5', 'node 5 memtest')
  t.same(leftOut, [4])
  t.equal(cluster.nodes[5]?.class, 'memtest')
})

t.test('ns is the zone’s name server where no master is configured', async (t) => {
  t.same(named('NS'), ['4:27 reserved-name'])
  t.same(named('a ns'), ['4:29 reserved-name'])
  t.same(named('ns', 'interface eth1'), ['5:27 reserved-name'], 'the system may not know the address')
  t.same(named('ns', 'interface eth1 10.0.9.1 255.255.255.0'), [])
  t.same(named('ns', 'masterorder - 10.0.9.1'), [])
  t.same(named('ns1'), [])
})

t.test('names that mean the asking machine, service records and wildcards are refused', async (t) => {
  for (const name of [
    'localhost',
    'LocalHost',
    'x.localhost',
    'localhost.localdomain',
    'ip6-localhost',
    'ip6-loopback',
  ]) {
    t.same(named(name), ['4:27 reserved-name'], name)
  }
  for (const name of ['_kickback._tcp', '_ldap._UDP']) t.same(named(name), ['4:27 reserved-name'], name)
  for (const name of ['*', '*.apps', 'a.*.b', 'a.*']) t.same(named(name), ['4:27 bad-name'], name)
  for (const name of ['7', '0x1f', '10.5']) t.same(named(name), ['4:27 bad-name'], name)
  t.same(named('localhosts'), [])
  t.same(brief([...CLUSTER, 'nodename n%N.*']), ['4:10 bad-name'])
})

t.test('a short name that is a top-level domain is warned of, in any case and as an alias', async (t) => {
  for (const name of ['dev', 'COM', 'de', 'local', 'onion', 'internal'])
    t.same(named(name), ['4:27 name-top-level'], name)
  t.same(named('a dev'), ['4:29 name-top-level'])
  for (const name of ['devs', 'pdu', 'dev.lab']) t.same(named(name), [], name)
})
