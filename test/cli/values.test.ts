import t from 'tap'
import {
  formatEndpoint,
  parseAccountName,
  parseChoice,
  parseDomain,
  parseEndpoint,
  parseNetwork,
  ValueError,
} from '../../src/cli/values.ts'
import { formatAddress } from '../../src/config/index.ts'

t.test('an endpoint is a numeric address and a port', async (t) => {
  for (const text of ['10.20.30.1:3045', '0.0.0.0:0', '[fd00::1]:53', '[::]:65535']) {
    t.equal(formatEndpoint(parseEndpoint(text)), text)
  }
  t.equal(formatEndpoint(parseEndpoint('localhost:3045')), '127.0.0.1:3045', 'localhost needs no resolver')
  t.equal(formatEndpoint(parseEndpoint('*:53')), '0.0.0.0:53')
  t.equal(formatEndpoint(parseEndpoint('10.0.0.1', 3045)), '10.0.0.1:3045', 'the usual port may be left out')
  t.equal(formatEndpoint(parseEndpoint('[::1]', 53)), '[::1]:53')
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
    t.throws(() => parseEndpoint(text), ValueError, text)
  }
})

t.test('a network is an address with the number of bits that count', async (t) => {
  const range = (text: string) => {
    const { first, last } = parseNetwork(text)
    return `${formatAddress(first)} ${formatAddress(last)}`
  }
  t.equal(range('10.0.0.0/8'), '10.0.0.0 10.255.255.255')
  t.equal(range('10.1.2.3'), '10.1.2.3 10.1.2.3')
  t.equal(range('10.1.2.3/12'), '10.0.0.0 10.15.255.255', 'bits beyond the length count for nothing')
  t.equal(range('fd00::/9'), 'fd00:: fd7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
  t.equal(range('0.0.0.0/0'), '0.0.0.0 255.255.255.255')
  for (const text of ['', '/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', 'fd00::/129', 'net/8']) {
    t.throws(() => parseNetwork(text), ValueError, text)
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
  t.throws(() => parseChoice('c', ['a', 'b']), { message: "'c' is none of a, b" })
  t.equal(parseAccountName('slurm'), 'slurm')
  for (const text of ['', 'a b', 'a:b', 'a,b']) t.throws(() => parseAccountName(text), ValueError, text)
})
