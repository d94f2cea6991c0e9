import t from 'tap'
import { formatMac } from '../../../src/values/index.ts'
import { brief, parse } from '../reading.ts'

const CLUSTER = ['nodes 9', 'iprange 10.0.0.1 10.0.0.9', 'hostrange 10.0.1.1 10.0.1.99']

t.test('one MAC for two machines, however it is written', async (t) => {
  t.same(brief([...CLUSTER, 'node 1 0:0:0:0:0:1', 'node 2 00-00-00-00-00-01']), ['5:8 mac-clash 4'])
  t.same(brief([...CLUSTER, 'host 0:0:0:0:0:A 10.0.1.1 a', 'node 2 0:0:0:0:0:b 0:0:0:0:0:a']), ['5:20 mac-clash 4'])
  t.same(brief([...CLUSTER, 'host 0:0:0:0:0:1 10.0.1.1 a', 'host 0:0:0:0:0:1 10.0.1.2 b']), ['5:6 mac-clash 4'])
})

t.test('one machine may repeat its MAC', async (t) => {
  t.same(brief([...CLUSTER, 'host 0:0:0:0:0:1 10.0.1.1 a', 'host 0:0:0:0:0:1 10.0.1.2 A']), [])
  t.same(brief([...CLUSTER, 'host 0:0:0:0:0:1 10.0.1.1', 'host 0:0:0:0:0:1 10.0.1.2 a']), [], 'a line without a name')
  const [node] = parse(...CLUSTER, 'node 0:0:0:0:0:2 0:0:0:0:0:1 00:00:00:00:00:02').cluster.nodes
  t.same(node?.macs.map(formatMac), ['0:0:0:0:0:2', '0:0:0:0:0:1'])
})

t.test('what is meant as a MAC is no class', async (t) => {
  for (const bad of ['0:0:0:0:0', '0:0:0:0:0:g', '00-A0-D1', '10.0.0.1', 'a:b']) {
    t.same(brief([...CLUSTER, `node 1 ${bad}`]), ['4:8 bad-mac'], bad)
  }
})

t.test('a MAC of a node or a device that is ignored is warned of at the ignore line', async (t) => {
  const lines = [
    'nodes 1',
    'iprange 10.0.1.1 10.0.1.1',
    'hostrange 10.0.0.1 10.0.0.9',
    'ignore 2:0:0:0:0:1 02-00-00-00-00-02 2:0:0:0:0:3 2:0:0:0:0:9',
    'node 0 2:0:0:0:0:1',
    'host 2:0:0:0:0:2 10.0.0.1 pdu',
    'host 2:0:0:0:0:3 10.0.0.2',
  ]
  t.same(brief(lines), ['4:8 ignored-machine 5', '4:20 ignored-machine 6', '4:38 ignored-machine 7'])
})

t.test(
  'a MAC of a companion belongs to that device alone: not to its node, another companion, another node or a host',
  async (t) => {
    const companions = [...CLUSTER, 'nodename n%N', 'nodename n%N-ipmi 0.0.2.0', 'nodename n%N-ib 0.0.3.0']
    const clash = (...lines: readonly string[]): readonly string[] => brief([...companions, ...lines])
    t.same(clash('node 1 0:0:0:0:0:1 n1-ipmi=0:0:0:0:0:2 n1-ib=0:0:0:0:0:3 N1-IPMI=0:0:0:0:0:4'), [])
    t.same(clash('node 1 n1-ipmi=0:0:0:0:0:2 n1-ipmi=0:0:0:0:0:2'), [], 'it may be repeated')
    t.same(clash('node 1 0:0:0:0:0:1 n1-ipmi=0:0:0:0:0:1'), ['7:20 mac-clash 7'])
    t.same(clash('node 1 n1-ib=0:0:0:0:0:1 n1-ipmi=0:0:0:0:0:1'), ['7:26 mac-clash 7'])
    t.same(clash('node 1 n1-ipmi=0:0:0:0:0:1', 'node 2 n2-ipmi=0:0:0:0:0:1'), ['8:8 mac-clash 7'])
    t.same(clash('node 1 n1-ipmi=0:0:0:0:0:1', 'node 2 0:0:0:0:0:1'), ['8:8 mac-clash 7'])
    t.same(clash('node 1 n1-ipmi=0:0:0:0:0:1', 'host 0:0:0:0:0:1 10.0.1.1 a'), ['8:6 mac-clash 7'])
  },
)

t.test('a MAC of a device that the node does not have is warned of, and does nothing', async (t) => {
  const companions = [...CLUSTER, 'nodename n%N', 'nodename 1-3 n%N-ipmi 0.0.2.0']
  const said = (line: string): readonly string[] => brief([...companions, line])
  for (const line of [
    'node 1 n2-ipmi=0:0:0:0:0:1',
    'node 4 n4-ipmi=0:0:0:0:0:1',
    'node 1 n1=0:0:0:0:0:1',
    'node 1 x=0:0:0:0:0:1',
  ])
    t.match(said(line), [/^6:8 unknown-companion/], line)
  t.same(
    brief([...CLUSTER, 'nodename n%N', 'nodename n%N-ib ::2', 'node 1 n1-ib=0:0:0:0:0:1']).slice(-1),
    ['6:8 unknown-companion'],
    'no address of the family',
  )
  t.same(said('node 1 n1-ipmi=0:0:0:0:0'), ['6:8 bad-mac'])
  t.same(said('node 1 =0:0:0:0:0:1'), ['6:8 bad-mac'])
})
