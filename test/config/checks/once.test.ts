import t from 'tap'
import { brief, parse } from '../reading.ts'

t.test('nodes and interface stand once; the first line stays', async (t) => {
  t.same(brief(['nodes 0', 'nodes 0', 'nodes 0']), ['2:1 repeated 1', '3:1 repeated 1'])
  t.same(brief(['interface eth0', 'interface eth1']), ['2:1 repeated 1'])
  t.equal(parse('nodes 3', 'nodes 4').cluster.nodeCount, 3)
})

t.test('each service has one port', async (t) => {
  t.same(brief(['server beonss 1', 'server other 1', 'server beonss 1']), ['3:1 repeated 1'])
  t.equal(parse('server beonss 99').cluster.servers.get('beonss'), 99)
})

t.test('a class property that is set again is warned of, and the later line counts', async (t) => {
  const lines = ['class a kernelimage /one', 'class a initrdimage none', 'class a kernelimage /two']
  t.same(brief(lines), ['3:1 class-property-repeated 1'])
  t.equal(
    parse(...lines)
      .cluster.classes.get('a')
      ?.properties.get('kernelimage'),
    '/two',
  )
})
