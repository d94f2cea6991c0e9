import t from 'tap'
import { formatAddress } from '../../../src/values/index.ts'
import { brief, parse } from '../reading.ts'

/** The nodes that exist, as `NUMBER ADDRESS`. */
function nodes(...lines: string[]): string[] {
  return parse(...lines).cluster.nodes.map((node) => `${node.number} ${node.addresses.map(formatAddress).join(' ')}`)
}

t.test('an iprange goes on where the one before it ended, or starts at its number', async (t) => {
  t.same(
    nodes(
      'iprange 10.0.0.1 10.0.0.2',
      'iprange 10.0.1.1 10.0.1.1',
      'iprange 10 10.0.2.1 10.0.2.1',
      'iprange 10.0.3.1 10.0.3.1',
    ),
    ['0 10.0.0.1', '1 10.0.0.2', '2 10.0.1.1', '10 10.0.2.1', '11 10.0.3.1'],
  )
  t.same(nodes('iprange 5 10.0.0.5 10.0.0.5', 'iprange 0 10.0.0.1 10.0.0.1'), ['0 10.0.0.1', '5 10.0.0.5'], 'ascending')
})

t.test('a node exists below nodes and with an address', async (t) => {
  t.same(nodes('nodes 2', 'iprange 10.0.0.1 10.0.0.9'), ['0 10.0.0.1', '1 10.0.0.2'])
  t.same(nodes('nodes 9', 'iprange 1 10.0.0.1 10.0.0.1'), ['1 10.0.0.1'])
  t.same(nodes('nodes 0', 'iprange 10.0.0.1 10.0.0.1'), [])
  t.same(nodes('nodes 5', 'node 0:0:0:0:0:1'), [])
})

t.test('one number twice is an error', async (t) => {
  t.same(brief(['nodes 3', 'iprange 10.0.0.1 10.0.0.3', 'iprange 2 10.0.1.1 10.0.1.1']), ['3:1 node-repeated 2'])
  t.same(brief(['nodes 3', 'iprange 10.0.0.1 10.0.0.3', 'node 1', 'node 0', 'node']), ['5:1 node-repeated 3'])
})

t.test('nodes without an address are told at their line, else at the nodes line', async (t) => {
  t.same(brief(['nodes 5', 'iprange 1 10.0.0.1 10.0.0.2', 'node 0 off', 'node 1 off']), [
    '1:1 node-without-address',
    '3:1 node-without-address',
  ])
  const [first] = parse('nodes 5', 'iprange 1 10.0.0.1 10.0.0.2').diagnostics
  t.match(first?.message, /: 0, 3-4$/)
  t.same(brief(['iprange 10.0.0.1 10.0.0.2', 'node 7']), ['2:1 node-without-address'])
})

t.test('numbers at or above nodes are warned of, in lines and in sets', async (t) => {
  const cluster = ['nodes 2', 'iprange 10.0.0.1 10.0.0.2']
  t.same(brief([...cluster, 'node 2 off']), ['3:1 node-beyond-count 1'])
  t.same(brief([...cluster, 'kernelimage 1-2 /x', 'masterorder 0,5- 10.0.9.1']), [
    '3:13 node-beyond-count 1',
    '4:13 node-beyond-count 1',
  ])
  t.same(brief([...cluster, 'kernelimage 1- /x', 'masterorder all 10.0.9.1', 'initrdimage - /x']), [])
})

t.test('more nodes than can be numbered are an error, unless nodes says how many there are', async (t) => {
  t.same(brief(['iprange 10.0.0.0 10.15.255.255']), [])
  t.same(brief(['iprange 10.0.0.0 10.16.0.0']), ['1:1 bad-number'])
  t.same(brief(['nodes 1', 'iprange 10.0.0.0 126.255.255.255']), [])
  t.same(brief(['nodes 1048577']), ['1:7 bad-number'])
  t.same(brief(['iprange 10.0.0.1 10.0.0.1', 'node 1048575', 'node']), ['2:1 node-without-address', '3:1 bad-number'])
})

t.test('addresses that are numbered from 1 to N are explained', async (t) => {
  const ranges = ['iprange 1 10.0.0.1 10.0.0.5', 'iprange 10.0.0.6 10.0.0.10']
  t.same(brief(['nodes 10', ...ranges]), ['1:1 node-without-address', '2:1 numbered-from-one 1'])
  t.match(
    parse('nodes 10', ...ranges).diagnostics.at(-1)?.message,
    /the last one is 9, node 0 has no address and node 10 does not/,
  )
  t.same(brief(['nodes 11', ...ranges]), ['1:1 node-without-address'], 'the last node has an address')
  t.same(brief(['nodes 10', 'iprange 1 10.0.0.1 10.0.0.9']), ['1:1 node-without-address'], 'no address is left over')
  t.same(brief(['nodes 10', 'iprange 0 10.0.0.1 10.0.0.11']), [])
  t.same(brief(ranges), [], 'without a number of nodes nothing is wrong')
})
