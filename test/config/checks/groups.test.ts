import t from 'tap'
import { brief, parse } from '../reading.ts'

t.test('a netgroup name for two kinds of things is an error', async (t) => {
  const group = (...lines: string[]) => brief(['nodes 0', ...lines])
  t.same(group('class a kernelimage none', 'hostrange a 10.0.0.1 10.0.0.2'), ['3:11 netgroup-clash 2'])
  t.same(group('nodename x%N a', 'class a kernelimage none'), ['3:7 netgroup-clash 2'])
  t.same(group('hostrange a 10.0.0.1 10.0.0.2', 'nodename x%N 0.1.0.0 a'), ['3:22 netgroup-clash 2'])
  t.same(group('class cluster kernelimage none'), ['2:7 netgroup-clash'])
  t.same(group('class A kernelimage none', 'hostrange a 10.0.0.1 10.0.0.2'), [], 'netgroup names are exact')
})

t.test('lines of one kind share a name', async (t) => {
  const lines = [
    'hostrange a 10.0.0.1 10.0.0.2',
    'hostrange a 10.0.1.1 10.0.1.2',
    'nodename x%N 0.1.0.0 b',
    'nodename y%N 0.2.0.0 b',
  ]
  t.same(brief(lines), [])
})

t.test('a class gives way with all its lines', async (t) => {
  const { cluster, leftOut } = parse('class cluster kernelimage none', 'nodes 0', 'class cluster initrdimage none')
  t.same(leftOut, [1, 3])
  t.equal(cluster.classes.size, 0)
})

t.test('a class that no line defines is warned of at its name', async (t) => {
  t.same(brief(['iprange 10.0.0.1 10.0.0.1', 'node 0 memtets pxe', 'class memtest kernelimage none']), [
    '2:8 class-undefined',
  ])
})
