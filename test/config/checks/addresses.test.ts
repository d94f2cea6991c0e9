import t from 'tap'
import { brief, parse } from '../reading.ts'

const NODES = ['nodes 4', 'iprange 10.0.0.1 10.0.0.4', 'hostrange 10.0.1.1 10.0.1.99']

t.test('one address under two names', async (t) => {
  t.same(brief([...NODES, 'host 0:0:0:0:0:1 10.0.1.1 a', 'host 0:0:0:0:0:2 10.0.1.1 b']), ['5:18 address-clash 4'])
  t.same(brief([...NODES, 'host 0:0:0:0:0:1 10.0.1.1 a', 'host 0:0:0:0:0:2 10.0.1.1']), ['5:18 address-clash 4'])
})

t.test('lines of one first name are one device, with several addresses or MACs', async (t) => {
  const lines = [
    'hostrange 10.0.1.1 10.0.1.99',
    'hostrange fd00::1 fd00::9',
    'host 0:0:0:0:0:1 10.0.1.1 sw ein',
    'host 0:0:0:0:0:2 10.0.1.1 SW two',
    'host 0:0:0:0:0:1 fd00::1 sw EIN',
  ]
  t.same(brief(lines), [])
  const [host, ...others] = parse(...lines).cluster.hosts
  t.same(others, [])
  t.match(host, { name: 'sw', aliases: ['ein', 'two'] })
  t.same([host?.addresses.length, host?.macs.length, host?.lines.length], [2, 2, 3])
})

t.test('an address of a node that is also a master: the master is left out', async (t) => {
  const lines = [...NODES, 'masterorder - 10.0.0.2 10.0.0.9', 'masterorder 3 10.0.0.2']
  t.same(brief(lines), ['4:15 address-clash 2'])
  const { cluster, leftOut } = parse(...lines)
  t.same([leftOut, cluster.nodes.length], [[4, 5], 4])
})

t.test('the place of a node is its node line where it has one', async (t) => {
  t.same(brief([...NODES, 'masterorder - 10.0.0.2', 'node 1 0:0:0:0:0:1']), ['5:1 address-clash 4'])
})

t.test('addresses of an iprange beyond the last node are nobody’s', async (t) => {
  t.same(brief(['nodes 2', 'iprange 10.0.0.1 10.0.0.4', 'masterorder - 10.0.0.3']), [])
})

t.test('a master may stand on many lines', async (t) => {
  t.same(
    brief([...NODES, 'interface eth1 10.0.9.1 255.255.0.0', 'masterorder - 10.0.9.1', 'masterorder 0 10.0.9.1']),
    [],
  )
})

t.test('companions by offset and by base clash with hosts, nodes and each other', async (t) => {
  const host = 'host 0:0:0:0:0:1 10.0.1.3 a'
  t.same(brief([...NODES, host, 'nodename n%N-x 0.0.1.0']), ['5:1 address-clash 4'])
  t.same(brief([...NODES, 'nodename n%N-x 10.0.1.0', host]), ['5:18 address-clash 4'])
  t.same(parse(...NODES, 'nodename n%N-x 10.0.1.0', host).leftOut, [5], 'the host gives way')
  t.same(brief([...NODES, 'nodename n%N-x 0.0.0.3']), ['4:1 address-clash 2'])
  t.same(brief([...NODES, 'nodename n%N-x 0.1.0.0', 'nodename n%N-y 10.1.0.4']), ['5:1 address-clash 4'])
  t.same(brief([...NODES, 'nodename n%N-x 0.1.0.0', 'nodename n%N-y 10.1.0.5']), [])
  t.same(brief([...NODES, 'nodename n%N-x 0.0.0.0']), ['4:1 address-clash 2'], 'no address of its own')
})

t.test('a companion with an address that can be no machine’s is told with the first node that has one', async (t) => {
  const last = 'nodename n%N-x 223.255.255'
  t.same(brief([...NODES, `${last}.253`]), ['4:1 companion-address 2'])
  t.same(brief([...NODES, 'node 3 off', `${last}.253`]), ['5:1 companion-address 4'])
  t.same(brief([...NODES, `${last}.252`]), [])
  t.match(parse(...NODES, `${last}.253`).diagnostics[0]?.message, /of node 3 would have 224\.0\.0\.0, .* multicast/)
  t.same(brief(['iprange 223.255.255.1 223.255.255.2', 'nodename n%N-x 0.0.1.0']), ['2:1 companion-address 1'])
  t.same(brief(['iprange 126.255.255.1 126.255.255.1', 'nodename n%N-x 0.0.0.255']), ['2:1 companion-address 1'])
  for (const base of ['127.0.0.1', '255.255.255.253', '240.0.0.0']) {
    t.same(brief([...NODES, `nodename n%N-x ${base}`]), ['4:1 companion-address 2'], base)
  }
  t.same(brief(['nodename n%N-x 127.0.0.1']), [], 'no node, no companion')
})

t.test('a hundred thousand nodes with companions are checked by their ranges', async (t) => {
  const lines = [
    'nodes 100000',
    'iprange 10.0.0.0 10.1.134.159',
    'nodename n%N-a 0.16.0.0',
    'nodename n%N-b 10.17.134.159',
  ]
  t.same(brief(lines), ['4:1 address-clash 3'], 'the last companion of the one line is the first of the other')
})

t.test(
  'a host at a master’s address names that master, of an interface or a masterorder, outside any hostrange',
  async (t) => {
    const masters = [
      'interface eth1 10.0.9.1 255.255.255.0',
      'interface ib0 10.8.0.1 255.255.255.0',
      'masterorder - 10.0.9.1 10.0.9.2',
    ]
    const names = ['host - 10.0.9.1 hpc1 head', 'host - 10.8.0.1 hpc1-ib', 'host 0:0:0:0:0:1 10.0.9.2 hpc2']
    t.same(brief([...NODES, ...masters, ...names]), [])
    t.same(brief([...NODES, ...masters, ...names, 'host - 10.0.9.1 other']), ['10:8 address-clash 7'], 'one name')
    t.same(brief([...NODES, ...masters, 'host - 10.0.9.3 hpc3']), ['7:8 host-outside-ranges 3'], 'no master has that')
    t.same(brief([...NODES, 'masterorder - 10.0.0.2', 'host - 10.0.0.2 hpc1']), [
      '4:15 address-clash 2',
      '5:8 address-clash 2',
    ])
    const unknown = parse('interface eth1', 'host - 10.0.9.1 hpc1').diagnostics
    t.match(unknown[0]?.message, /if it is the master’s, write it on the interface line too/)
  },
)

t.test('devices without a known MAC clash by address and name alone', async (t) => {
  t.same(brief([...NODES, 'host - 10.0.1.1 a', 'host - 10.0.1.2 b', 'host - 10.0.1.3', 'host - 10.0.1.4']), [])
  t.same(brief([...NODES, 'host - 10.0.1.1 a', 'host - 10.0.1.2 a x', 'host - 10.0.1.2 A']), [], 'one device')
  t.same(brief([...NODES, 'host - 10.0.1.1 a', 'host - 10.0.1.1 b']), ['5:8 address-clash 4'])
  t.same(brief([...NODES, 'host - 10.0.1.1', 'host - 10.0.1.1']), [], 'the same device twice')
  const { cluster } = parse(...NODES, 'host - 10.0.1.1 a', 'host 0:0:0:0:0:2 10.0.1.2 a x')
  t.match(cluster.hosts, [
    { name: 'a', aliases: ['x'], macs: [{ 5: 2 }], lines: [{ mac: undefined, aliases: [] }, { aliases: ['x'] }] },
  ])
})

t.test('addresses that can be no machine’s are errors in ranges and on host lines', async (t) => {
  const said = (line: string) => brief([line]).filter((text) => text.endsWith('forbidden-address'))
  const forbidden = [
    ['0.0.0.0', '0.255.255.255'],
    ['127.0.0.0', '127.255.255.255'],
    ['224.0.0.0', '255.255.255.255'],
  ]
  for (const [first = '', last = ''] of forbidden) {
    for (const address of [first, last, `::ffff:${first}`]) {
      t.same(said(`host - ${address} a`), ['1:8 forbidden-address'], address)
      t.same(said(`hostrange ${address} ${address}`), ['1:11 forbidden-address'], address)
    }
    t.same(said(`iprange ${first} ${last}`), ['1:9 forbidden-address'], first)
  }
  for (const address of ['1.0.0.0', '126.255.255.255', '128.0.0.0', '223.255.255.255', '::2', 'feff::', '::1:0:0:0']) {
    t.same(said(`host - ${address} a`), [], address)
    t.same(said(`hostrange ${address} ${address}`), [], address)
  }
  for (const address of ['::', '::1', 'ff00::', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']) {
    t.same(said(`host - ${address} a`), ['1:8 forbidden-address'], address)
  }
  t.same(said('hostrange ::2 ::1:0:0:0'), ['1:11 forbidden-address'], 'over the mapped addresses')
  t.same(said('hostrange 126.0.0.0 128.0.0.0'), ['1:11 forbidden-address'], 'across')
  t.same(
    brief(['interface lo 127.0.0.1 255.0.0.0', 'masterorder - 127.0.0.1 127.0.0.2']),
    [],
    'masters may be on loopback',
  )
  t.same(
    brief(['iprange 126.255.255.255 127.0.0.0', 'iprange 10.0.0.1 10.0.0.2', 'node 3']),
    ['1:9 forbidden-address'],
    'its nodes keep their numbers',
  )
})

t.test('who has the broadcast address of an interface’s network is warned of: node, host or companion', async (t) => {
  const lines = ['interface eth1 10.0.1.200 255.255.255.0', 'iprange 10.0.0.254 10.0.0.255']
  t.same(brief([...lines, 'hostrange h 10.0.2.255 10.0.2.255', 'host - 10.0.2.255 a']), [], 'of another network')
  const own = (...more: string[]) => brief(['interface eth1 10.0.0.1 255.255.255.0', ...more])
  t.same(own('iprange 10.0.0.254 10.0.0.255'), ['2:1 broadcast-address 1'])
  t.same(own('iprange 10.0.0.254 10.0.0.255', 'node 1 off'), ['3:1 broadcast-address 1'])
  t.same(own('nodes 1', 'iprange 10.0.0.254 10.0.0.255'), [], 'nobody has it')
  t.same(own('hostrange 10.0.0.9 10.0.0.255'), [])
  t.same(own('hostrange 10.0.0.9 10.0.0.255', 'host - 10.0.0.255 a'), ['3:8 broadcast-address 1'])
  t.same(own('iprange 10.1.0.250 10.1.0.254', 'nodename n%N-x 10.0.0.251'), ['3:1 broadcast-address 1'])
  t.same(brief(['interface p2p 10.0.0.2 255.255.255.254', 'iprange 10.0.0.3 10.0.0.3']), [], 'RFC 3021')
})
