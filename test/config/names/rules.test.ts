import t from 'tap'
import { parseConfig } from '../../../src/config/index.ts'
import { withoutDomain } from '../../../src/config/names/nodename.ts'
import { dnsNameFault, hostNameFault, isReservedName } from '../../../src/config/names/rules.ts'
import { brief } from '../reading.ts'

t.test('a host name is what can stand in /etc/hosts', async (t) => {
  for (const good of ['a', 'pdu-1', 'PDU_1', 'pdu1.rack2', 'é', 'x'.repeat(255), '3com', '-a', 'a%b']) {
    t.equal(hostNameFault(good), undefined, good)
  }
  for (const bad of [
    '',
    'a b',
    'a\tb',
    'a#b',
    'a\0',
    'a\x7f',
    'a\u0085',
    'a\u00a0b',
    'x'.repeat(256),
    'é'.repeat(128),
    '.a',
    'a.',
    'a..b',
    '.',
    '10.0.0.1',
    '::1',
    '7',
    '1.2',
    '0x1f',
  ]) {
    t.type(hostNameFault(bad), 'string', JSON.stringify(bad))
  }
})

t.test('names that DNS clients have trouble with', async (t) => {
  for (const good of ['a', 'a-b.c', '3com']) t.equal(dnsNameFault(good), undefined, good)
  for (const bad of ['a_b', 'é', '-a', 'a-', 'a.-b', 'x'.repeat(64), `${'abc.'.repeat(63)}abc`])
    t.type(dnsNameFault(bad), 'string', bad)
})

t.test('names that are reserved', async (t) => {
  for (const name of ['self', 'MASTER', 'master', 'master0', 'master17', 'n-1', 'N-2', '.5', '.-1'])
    t.ok(isReservedName(name), name)
  for (const name of ['selfish', 'masters', 'master-0', 'n-3', 'n1', 'm']) t.notOk(isReservedName(name), name)
})

t.test('a name with the domain is the name', async (t) => {
  const domain = 'cluster.internal'
  t.equal(withoutDomain('PDU1.Cluster.Internal', domain), 'PDU1')
  t.equal(withoutDomain('pdu1.cluster.internal', undefined), 'pdu1.cluster.internal')
  for (const other of ['pdu1.other', '.cluster.internal', 'cluster.internal', 'a.b.cluster.internal', 'pdu1'])
    t.equal(withoutDomain(other, domain), other)
  const lines = [
    'nodes 9',
    'iprange 10.0.0.1 10.0.0.9',
    'hostrange 10.0.1.1 10.0.1.9',
    'host 0:0:0:0:0:1 10.0.1.1 n5.lan',
  ]
  t.same(brief(lines), [])
  t.same(brief(lines, { domain: 'lan' }), ['4:27 name-clash 2'])
  const two = ['hostrange 10.0.1.1 10.0.1.9', 'host 0:0:0:0:0:1 10.0.1.1 a', 'host 0:0:0:0:0:2 10.0.1.2 b A.lan']
  t.same(brief(two, { domain: 'lan' }), ['3:29 name-clash 2'])
})

/** The names of the devices of these host lines, in a cluster with the domain `lan`. */
function namesOf(...lines: string[]): string[] {
  const { cluster } = parseConfig(Buffer.from(['hostrange 10.0.1.1 10.0.1.9', ...lines].join('\n')), { domain: 'lan' })
  return cluster.hosts.map(({ name, aliases }) => [name, ...aliases].join(' '))
}

t.test('a device is listed without the domain, and its short name is never lost', async (t) => {
  t.same(namesOf('host 0:0:0:0:0:1 10.0.1.1 Pdu.LAN'), ['Pdu'])
  t.same(namesOf('host 0:0:0:0:0:1 10.0.1.1 pdu.lan pdu'), ['pdu'], 'as /etc/hosts has it: the long name first')
  const absolute = ['host 0:0:0:0:0:1 10.0.1.1 a.b', 'host 0:0:0:0:0:2 10.0.1.2 a.b.lan']
  t.same(namesOf(...absolute), ['a.b', 'a.b.lan'], 'a dot besides makes a name absolute: two devices')
})

t.test('a reserved name is no name of a device with the domain either', async (t) => {
  const lines = ['hostrange 10.0.1.1 10.0.1.9', 'host 0:0:0:0:0:1 10.0.1.1 master.lan']
  t.same(brief(lines, { domain: 'lan' }), ['2:27 reserved-name'])
})

t.test('a format with the domain is the format', async (t) => {
  const nodes = ['nodes 2', 'iprange 10.0.0.1 10.0.0.2']
  const options = { domain: 'lan' }
  t.same(brief([...nodes, 'nodename n%N', 'nodename n%N.lan'], options), ['4:10 nodename-clash 3'])
  t.same(brief([...nodes, 'nodename n%N.lan 0.1.0.0'], options), ['3:10 nodename-clash'], 'it would hide the nodes')
  const { cluster } = parseConfig(Buffer.from([...nodes, 'nodename x%N.lan'].join('\n')), options)
  t.match(cluster.nodenames, [{ prefix: 'x', suffix: '' }])
})

t.test('class, hostrange and netgroup names are what can stand in /etc/netgroup', async (t) => {
  const told = (name: string) => brief([`class ${name} kernelimage none`])
  for (const good of ['a', '3', '_x', 'a+b-c.d', 'é', '"a"']) t.same(told(good), [], good)
  for (const bad of ['""', '"a b"', 'a(b', 'a,b', '@a', '-a', '+a', 'a\\"b', 'x'.repeat(256)])
    t.same(told(bad), ['1:7 bad-name'], bad)
})

t.test('services and interfaces have printable names', async (t) => {
  t.same(brief(['interface eth0:1', 'server beonss-tls 99']), [])
  t.same(brief(['interface "eth 0"', 'server "" 99', 'server a\x1b[31m 99']), [
    '1:11 bad-name',
    '2:8 bad-name',
    '3:8 bad-name',
  ])
})
