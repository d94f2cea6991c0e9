import t from 'tap'
import {
  endpointValue,
  networkValue,
  parseAccountName,
  parseChoice,
  parseDomain,
  parseMailbox,
  parseNameServer,
  parseReverseZones,
  parseZones,
  ValueError,
} from '../../../src/cli/settings/values.ts'
import { formatAddress, formatEndpoint } from '../../../src/values/index.ts'

t.test('an endpoint is a numeric address and a port', async (t) => {
  for (const text of ['10.20.30.1:3045', '0.0.0.0:0', '[fd00::1]:53', '[::]:65535']) {
    t.equal(formatEndpoint(endpointValue(text)), text)
  }
  t.equal(formatEndpoint(endpointValue('localhost:3045')), '127.0.0.1:3045', 'localhost needs no resolver')
  t.equal(formatEndpoint(endpointValue('*:53')), '0.0.0.0:53')
  t.equal(formatEndpoint(endpointValue('10.0.0.1', 3045)), '10.0.0.1:3045', 'the usual port may be left out')
  t.equal(formatEndpoint(endpointValue('[::1]', 53)), '[::1]:53')
})

t.test('an endpoint is never a name that would have to be resolved, and never half of one', async (t) => {
  for (const text of [
    '',
    ':53',
    'head:3045',
    '10.0.0.1',
    '10.0.0.1:',
    '10.0.0.1:65536',
    '::1:53',
    '[::1',
    '10.0.0.1:x',
  ]) {
    t.throws(() => endpointValue(text), ValueError, text)
  }
})

t.test('a network is an address with the number of bits that count', async (t) => {
  const range = (text: string) => {
    const { first, last } = networkValue(text)
    return `${formatAddress(first)} ${formatAddress(last)}`
  }
  t.equal(range('10.0.0.0/8'), '10.0.0.0 10.255.255.255')
  t.equal(range('10.1.2.3'), '10.1.2.3 10.1.2.3')
  t.equal(range('10.1.2.3/12'), '10.0.0.0 10.15.255.255', 'bits beyond the length count for nothing')
  t.equal(range('fd00::/9'), 'fd00:: fd7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
  t.equal(range('0.0.0.0/0'), '0.0.0.0 255.255.255.255')
  for (const text of ['', '/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', 'fd00::/129', 'net/8']) {
    t.throws(() => networkValue(text), ValueError, text)
  }
})

t.test('a domain has labels that DNS takes', async (t) => {
  t.equal(parseDomain('cluster.internal.'), 'cluster.internal')
  t.equal(parseDomain('hpc'), 'hpc')
  for (const text of ['', '.', 'a..b', '-a.b', 'a b', `${'a'.repeat(64)}.b`, `a.${'a.'.repeat(127)}`]) {
    t.throws(() => parseDomain(text), ValueError, text)
  }
})

t.test('choices and names are taken as they are or not at all', async (t) => {
  t.equal(parseChoice('b', ['a', 'b']), 'b')
  t.throws(() => parseChoice('c', ['a', 'b']), { message: "'c' is not one of a, b" })
  t.equal(parseAccountName('slurm'), 'slurm')
  for (const text of ['', 'a b', 'a:b', 'a,b']) t.throws(() => parseAccountName(text), ValueError, text)
})

t.test('name servers and mailboxes are whole names, and no addresses', async (t) => {
  t.match(parseNameServer('ns-1.example.org.'), { name: 'ns-1.example.org', addresses: [] })
  t.match(parseNameServer('ns.example.org=10.0.0.1=fd00::1'), { addresses: [{ family: 4 }, { family: 6 }] })
  const long = `${'a.'.repeat(126)}ab`
  for (const text of [
    '10.0.0.1',
    'ns1',
    'ns_1.example.org',
    '-ns.example.org',
    'ns..org',
    '',
    '.',
    'a.b=x',
    '*.org',
    long,
  ]) {
    t.throws(() => parseNameServer(text), ValueError, text)
  }
  t.equal(parseMailbox('host_master.example.org.'), 'host_master.example.org')
  for (const text of ['root@example.org', 'root', '', '10.0.0.1', 'a..b', long]) {
    t.throws(() => parseMailbox(text), { message: /is not a mailbox with a dot for the @/ }, text)
  }
})

t.test('zones are names, or networks cut where names have labels', async (t) => {
  t.same(parseZones('Home.Arpa.'), ['home.arpa'])
  t.same(parseZones('10.0.0.0/8'), ['10.in-addr.arpa'])
  t.same(parseZones('192.168.0.0/16'), ['168.192.in-addr.arpa'])
  t.equal(parseZones('172.16.0.0/12').length, 16)
  t.same(parseZones('172.16.0.0/12').slice(0, 2), ['16.172.in-addr.arpa', '17.172.in-addr.arpa'])
  t.same(parseZones('10.1.2.0/23'), ['2.1.10.in-addr.arpa', '3.1.10.in-addr.arpa'])
  t.same(parseZones('10.1.2.3/32'), ['3.2.1.10.in-addr.arpa'])
  t.same(parseZones('fd00::/8'), ['d.f.ip6.arpa'])
  t.same(parseZones('fe80::/10'), ['8.e.f.ip6.arpa', '9.e.f.ip6.arpa', 'a.e.f.ip6.arpa', 'b.e.f.ip6.arpa'])
  for (const text of ['', '10.0.0.0/33', 'a..b', 'x/8']) t.throws(() => parseZones(text), ValueError, text)
})

t.test('reverse zones are networks of whole octets, none in another', async (t) => {
  const prefixes = (...texts: string[]) => parseReverseZones(texts).map(({ prefix }) => [...prefix].join('.'))
  t.same(prefixes('10.0.0.0/8', '172.16.0.0/16', '192.168.7.0/24'), ['10', '172.16', '192.168.7'])
  t.same(prefixes('fd00:1::/32', 'FD00:2:0:5::/64'), ['253.0.0.1', '253.0.0.2.0.0.0.5'])
  for (const text of [
    '10.0.0.0/12',
    '10.1.0.0/8',
    '10.0.0.0',
    '0.0.0.0/0',
    'fd00::/72',
    'fd00::1/64',
    '10.1',
    'x',
    '',
  ]) {
    t.throws(() => parseReverseZones([text]), ValueError, text)
  }
  t.throws(() => parseReverseZones(['10.1.0.0/16', '10.0.0.0/8']), {
    message: /'10.1.0.0\/16' is inside '10.0.0.0\/8'/,
  })
  t.throws(() => parseReverseZones(['10.0.0.0/8', '10.0.0.0/8']), ValueError)
})
