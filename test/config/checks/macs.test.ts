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
