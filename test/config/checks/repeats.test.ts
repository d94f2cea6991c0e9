import t from 'tap'
import { brief, parse } from '../reading.ts'

t.test('nodes stands once; the first line stays', async (t) => {
  t.same(brief(['nodes 0', 'nodes 0', 'nodes 0']), ['2:1 repeated 1', '3:1 repeated 1'])
  t.equal(parse('nodes 3', 'nodes 4').cluster.nodeCount, 3)
})

t.test('a master may have several interfaces; the first is the primary one', async (t) => {
  const lines = ['interface eth1 10.0.0.1 255.255.255.0', 'interface eth2', 'interface eth1 10.0.1.1 255.255.255.0']
  t.same(brief(lines), [])
  const { cluster } = parse(...lines)
  t.equal(cluster.interface?.name, 'eth1')
  t.same(
    cluster.interfaces.map(({ name }) => name),
    ['eth1', 'eth2', 'eth1'],
  )
  const range = 'hostrange 10.0.1.0 10.0.1.9'
  t.same(brief([...lines, range]), ['4:1 master-in-hostrange 3'], 'the address of each is a master’s')
})

t.test('each service has one port', async (t) => {
  t.same(brief(['server beonss 1', 'server other 1', 'server beonss 1']), ['3:1 repeated 1'])
  t.equal(parse('server beonss 99').cluster.servers.get('beonss'), 99)
})

t.test('one device has so many lines and names that its record and its answers stay small', async (t) => {
  const range = 'hostrange 10.0.0.0 10.0.255.255'
  const lines = Array.from(
    { length: 1001 },
    (_, i) => `host 0:0:0:0:${(i >> 8).toString(16)}:${(i & 255).toString(16)} 10.0.${i >> 8}.${i & 255} a`,
  )
  t.same(brief([range, ...lines.slice(1)]), [])
  t.same(brief([range, ...lines]), ['1002:1 repeated'])
  const names = Array.from({ length: 10_000 }, (_, i) => `a${i}`).join(' ')
  t.same(brief([range, `host 0:0:0:0:0:1 10.0.0.1 ${names}`]), [])
  t.same(brief([range, `host 0:0:0:0:0:1 10.0.0.1 ${names} more`]), ['2:1 repeated'])
  t.same(parse(range, `host 0:0:0:0:0:1 10.0.0.1 ${names} more`).leftOut, [2])
})

t.test('a class property that is set again is warned of, and the later line counts', async (t) => {
  const lines = ['class a kernelimage /one', 'class a initrdimage none', 'class a kernelimage /two']
  t.same(brief(lines), ['3:1 class-property-repeated 1'])
  t.equal(
    parse(...lines)
      .cluster.classes.get('a')
      ?.properties.get('kernelimage')?.value,
    '/two',
  )
})
