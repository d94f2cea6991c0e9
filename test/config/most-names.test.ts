import { readFileSync } from 'node:fs'
import t from 'tap'
import { mostNames, parseConfig } from '../../src/config/index.ts'

const of = (...lines: readonly string[]): number => mostNames(Buffer.from(`${lines.join('\n')}\n`))

t.test('the most names are the nodes that have addresses, once for each line that names nodes', async (t) => {
  t.equal(of(), 0)
  t.equal(of('nodes 32', 'iprange 10.0.0.0 10.0.0.255'), 32)
  t.equal(of('iprange 10.0.0.0 10.0.0.99', 'iprange 200 10.1.0.0 10.1.0.49'), 150)
  t.equal(of('nodes 1000000', 'iprange 10.0.0.0 10.0.0.9'), 10, 'numbers without an address have no name')
  t.equal(of('iprange 10.0.0.0 10.0.0.99', 'nodename x%N', 'nodename y%N 0.1.0.0'), 300)
  t.equal(of('iprange 10.0.0.0 10.255.255.255'), 1_048_576, 'there are no more nodes')
  t.equal(of('iprange fd00:: fd00::f:ffff'), 1_048_576)
})

t.test('words count as the parser reads them', async (t) => {
  t.equal(of('\t"ipra"nge 10.0.0.0\t10.0.0.9 # the first'), 10)
  t.equal(of('# iprange 10.0.0.0 10.0.0.9', 'host - iprange 10.0.0.0 10.0.0.9'), 0)
  t.equal(mostNames(Buffer.from('\xef\xbb\xbfiprange 10.0.0.0 10.0.0.9\r\nnodes 5\r\n', 'latin1')), 5)
  const wrong = ['iprange', 'iprange 10.0.0.9', 'iprange 10.0.0.9 10.0.0.0', 'iprange ::1 10.0.0.0', 'nodes x']
  t.equal(of(...wrong), 0, 'a line in error gives nothing')
})

t.test('no file has more nodes than that', async (t) => {
  for (const file of ['../../examples/config', '../fixtures/config/faults.config']) {
    const bytes = readFileSync(new URL(file, import.meta.url))
    const { cluster } = parseConfig(bytes)
    const { length } = cluster.nodes
    t.ok(length > 0 && length <= mostNames(bytes), `${file} ${length}`)
  }
})
