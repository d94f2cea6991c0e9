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
    'host 0:0:0:0:0:1 10.0.1.1 sw one',
    'host 0:0:0:0:0:2 10.0.1.1 SW two',
    'host 0:0:0:0:0:1 fd00::1 sw ONE',
  ]
  t.same(brief(lines), [])
  const [host, ...others] = parse(...lines).cluster.hosts
  t.same(others, [])
  t.match(host, { name: 'sw', aliases: ['one', 'two'] })
  t.same([host?.addresses.length, host?.macs.length, host?.spans.length], [2, 2, 3])
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

t.test('a companion beyond the last address is told with the first node that has none', async (t) => {
  t.same(brief([...NODES, 'nodename n%N-x 255.255.255.253']), ['4:1 companion-address 2'])
  t.same(brief([...NODES, 'node 3 off', 'nodename n%N-x 255.255.255.253']), ['5:1 companion-address 4'])
  t.same(brief([...NODES, 'nodename n%N-x 255.255.255.252']), [])
  t.same(brief(['iprange 250.0.0.1 250.0.0.2', 'nodename n%N-x 0.255.255.255']), [])
  t.same(brief(['iprange 255.255.255.1 255.255.255.2', 'nodename n%N-x 0.0.1.0']), ['2:1 companion-address 1'])
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
