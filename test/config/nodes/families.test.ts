// Nodes, companions and masters with addresses of IPv4, of IPv6, or of both.
import t from 'tap'
import { companionAddresses, numberIn } from '../../../src/config/index.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { brief, parse } from '../reading.ts'

const nodes = (...lines: string[]): string[] =>
  parse(...lines).cluster.nodes.map(({ number, addresses }) => `${number} ${addresses.map(formatAddress).join(' ')}`)

const companions = (...lines: string[]): string[] => {
  const { cluster } = parse(...lines)
  return cluster.nodes.map(({ number, addresses }) =>
    cluster.nodenames
      .filter(({ segments }) => numberIn(segments, number) !== undefined)
      .flatMap((line) => companionAddresses(line, number, addresses).map(formatAddress))
      .join(' '),
  )
}

const FOUR = 'iprange 10.0.0.1 10.0.0.4'
const SIX = 'iprange fd00::1 fd00::4'

t.test('a node has an address of each family that an iprange gives it one of, that of IPv4 first', async (t) => {
  t.same(nodes(SIX, FOUR), ['0 10.0.0.1 fd00::1', '1 10.0.0.2 fd00::2', '2 10.0.0.3 fd00::3', '3 10.0.0.4 fd00::4'])
  t.same(nodes('nodes 2', SIX), ['0 fd00::1', '1 fd00::2'])
  t.same(nodes('iprange 10.0.0.1 10.0.0.2', 'iprange 1 fd00::1 fd00::2'), [
    '0 10.0.0.1',
    '1 10.0.0.2 fd00::1',
    '2 fd00::2',
  ])
  t.same(brief(['nodes 4', FOUR, SIX]), [])
})

t.test('ranges follow on from the one before of their own family', async (t) => {
  t.same(
    nodes(
      'iprange 10.0.0.1 10.0.0.2',
      'iprange fd00::1 fd00::1',
      'iprange 10.0.1.1 10.0.1.1',
      'iprange fd00::ffff fd00::1:0',
    ),
    ['0 10.0.0.1 fd00::1', '1 10.0.0.2 fd00::ffff', '2 10.0.1.1 fd00::1:0'],
  )
})

t.test('addresses of IPv6 are counted in all their 128 bits', async (t) => {
  t.same(nodes('iprange 2001:db8:0:ffff:ffff:ffff:ffff:ffff 2001:db8:1::1'), [
    '0 2001:db8:0:ffff:ffff:ffff:ffff:ffff',
    '1 2001:db8:1::',
    '2 2001:db8:1::1',
  ])
})

t.test('two ranges of one family may not give a node two addresses', async (t) => {
  t.same(brief([FOUR, SIX, 'iprange 3 fd00::9 fd00::a']), ['3:1 node-repeated 2'])
})

t.test('a range of IPv6 has at most as many addresses as there can be nodes', async (t) => {
  t.same(brief(['nodes 4', 'iprange fd00:: fd00::f:ffff']), [])
  t.same(brief(['nodes 4', 'iprange fd00:: fd00::10:0']), ['1:1 node-without-address', '2:9 bad-number'])
  t.same(brief(['nodes 4', 'iprange fd00:: fd00::ffff:ffff:ffff:ffff']), ['1:1 node-without-address', '2:9 bad-number'])
  t.same(brief(['nodes 4', 'iprange fd00:: fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']), [
    '1:1 node-without-address',
    '2:9 bad-number',
  ])
  t.same(brief(['iprange 1048570 fd00:: fd00::9']), ['1:1 bad-number'], 'nor may it reach beyond the last number')
})

t.test('both ends of a range are of one family, the first not above the last', async (t) => {
  t.same(brief(['iprange 10.0.0.1 fd00::4']), ['1:18 bad-address'])
  t.same(brief(['iprange fd00::4 fd00::1']), ['1:9 range-reversed'])
  t.same(brief(['iprange fd00::1%eth0 fd00::2']), ['1:9 bad-address'])
})

t.test('no machine has an address of IPv6 that is reserved', async (t) => {
  for (const [first, last] of [
    ['::', '::2'],
    ['::1', '::1'],
    ['ff02::1', 'ff02::2'],
    ['fe80::1', 'fe80::2'],
    ['fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fe80::'],
  ])
    t.same(brief([`iprange ${first} ${last}`]), ['1:9 forbidden-address'], `${first} to ${last}`)
  t.same(brief(['hostrange fd00::1 fd00::9', 'host - fe80::1 a']), ['2:8 forbidden-address'])
  t.same(brief(['hostrange ::fffe:ffff:ffff ::1:0:0:0']), ['1:11 forbidden-address'], 'over mapped IPv4')
  t.same(brief(['nodes 0', 'iprange fec0:: fec0::1']), [], 'beyond the link-local ones')
})

t.test('an address of one link is no master’s, as nobody can use it without an interface', async (t) => {
  t.same(brief(['masterorder - fe80::1 fd00::1']), ['1:15 forbidden-address'])
  t.same(brief(['interface eth1 fe80::1 64']), ['1:16 forbidden-address'])
  t.same(brief(['interface lo ::1 128', 'masterorder - ::1']), [], 'loopback is for trials')
})

t.test('companions have an address of each family, by offset or by base', async (t) => {
  t.same(companions('nodes 2', FOUR, SIX, 'nodename n%N', 'nodename n%N-x 0.1.0.0 ::1:0'), [
    '10.1.0.1 fd00::1:1',
    '10.1.0.2 fd00::1:2',
  ])
  t.same(companions('nodes 2', SIX, 'nodename n%N', 'nodename n%N-x fd00:9::fffe group'), [
    'fd00:9::fffe',
    'fd00:9::ffff',
  ])
  t.same(
    companions('nodes 2', SIX, 'nodename n%N', 'nodename n%N-x 0.1.0.0 ::1:0'),
    ['fd00::1:1', 'fd00::1:2'],
    'of the family that nodes have',
  )
  t.same(companions('nodes 3', SIX, 'nodename 1-2=1 x%N fd00:9::'), ['', 'fd00:9::1', 'fd00:9::2'])
  t.same(brief([FOUR, SIX, 'nodename n%N', 'nodename n%N-x ::1:0 ::2:0']), ['4:22 bad-address'])
  t.same(brief([FOUR, SIX, 'nodename n%N', 'nodename n%N-x ::1:0 0.1.0.0 ::2:0']), ['4:30 extra-argument'])
})

t.test('companions of IPv6 clash, and have no reserved address', async (t) => {
  t.same(brief([SIX, 'nodename n%N', 'nodename n%N-x ::1']), ['3:1 address-clash 1'])
  t.same(brief([SIX, 'hostrange fd00::1:0 fd00::1:9', 'host - fd00::1:3 a', 'nodename n%N', 'nodename n%N-x ::1:0']), [
    '5:1 address-clash 3',
  ])
  t.same(brief([SIX, 'nodename n%N', 'nodename n%N-x feff:ffff:ffff:ffff:ffff:ffff:ffff:fffe']), [
    '3:1 companion-address 1',
  ])
  t.same(brief([SIX, 'nodename n%N', 'nodename n%N-x ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe']), [
    '3:1 companion-address 1',
  ])
  t.same(brief([SIX, 'nodename n%N', 'nodename n%N-x fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff']), [
    '3:1 companion-address 1',
  ])
})

t.test('lines of one interface are one, with the first address of each family', async (t) => {
  const { cluster } = parse(
    'interface eth1 fd00::1 64',
    'interface eth2 10.9.0.1 255.255.0.0',
    'interface eth1 10.0.0.1 255.255.255.0',
    'interface eth1 fd00::2 ffff:ffff:ffff:ffff::',
  )
  t.same(cluster.interface?.addresses.map(formatAddress), ['10.0.0.1', 'fd00::1'])
  t.same(
    cluster.interfaces.map(({ prefixLength }) => prefixLength),
    [64, 16, 24, 64],
  )
})

t.test('the netmask is of the family of the address', async (t) => {
  for (const [line, place] of [
    ['interface eth1 fd00::1 129', 24],
    ['interface eth1 fd00::1 255.255.255.0', 24],
    ['interface eth1 fd00::1 ffff::ffff', 24],
    ['interface eth1 10.0.0.1 ffff::', 25],
  ] as const)
    t.same(brief([line]), [`1:${place} bad-netmask`], line)
  t.same(brief(['interface eth1 10.0.0.1 24']), ['1:25 bad-address'])
})

t.test('the address that a network’s routers share is a warning, as the broadcast address is', async (t) => {
  const own = 'interface eth1 fd00::ff 64'
  t.same(brief(['nodes 2', 'iprange fd00:: fd00::1', own]), ['2:1 broadcast-address 3'])
  t.same(
    brief(['nodes 2', 'iprange fd00::ffff:ffff:ffff:fffe fd00::ffff:ffff:ffff:ffff', own]),
    [],
    'the last one is one machine’s',
  )
  t.same(brief(['nodes 2', 'iprange fd00:: fd00::1', 'interface eth1 fd00::1:0 127']), [])
})
