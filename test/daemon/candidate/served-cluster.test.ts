import t from 'tap'
import { servedCluster } from '../../../src/daemon/candidate/served-cluster.ts'
import { absentFile, RULES, readFile } from '../sources.ts'

const CONFIG = readFile(
  '/etc/config',
  'nodes 2\niprange 10.0.0.1 10.0.0.2\nhostrange 10.0.0.8 10.0.0.15\nhost - 10.0.0.9 nas\nnotes\n',
)

t.test('a cluster is had again from its configuration, with the lines that say each thing', async (t) => {
  const served = servedCluster(CONFIG, RULES)
  t.match(served?.cluster.hosts, [{ name: 'nas', lines: [{ span: { line: 4 } }] }])
  t.same(
    served?.cluster.nodes.map(({ number }) => number),
    [0, 1],
  )
  t.equal(served?.config, CONFIG)
  t.match(served?.diagnostics, [{ file: '/etc/config', line: 5, code: 'unknown-keyword' }])
})

t.test('where no configuration is known, or none was read, there is no cluster', async (t) => {
  t.equal(servedCluster(undefined, RULES), undefined)
  t.equal(servedCluster(absentFile('/etc/config'), RULES), undefined)
})
