import t from 'tap'
import { hostNameFault, isReservedName, nameKey } from '../../src/config/index.ts'
import { dnsNameFault } from '../../src/config/names.ts'
import { brief } from './reading.ts'

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

t.test('names that are answered by rule', async (t) => {
  for (const name of ['self', 'MASTER', 'master', 'master0', 'master17', 'n-1', 'N-2', '.5', '.-1'])
    t.ok(isReservedName(name), name)
  for (const name of ['selfish', 'masters', 'master-0', 'n-3', 'n1', 'm']) t.notOk(isReservedName(name), name)
})

t.test('a name with the domain is the name', async (t) => {
  t.equal(nameKey('PDU1.Cluster.Internal', 'cluster.internal'), 'pdu1')
  t.equal(nameKey('pdu1.cluster.internal', undefined), 'pdu1.cluster.internal')
  t.equal(nameKey('pdu1.other', 'cluster.internal'), 'pdu1.other')
  t.equal(nameKey('.cluster.internal', 'cluster.internal'), '.cluster.internal')
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
