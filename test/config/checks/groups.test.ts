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

t.test('a class that many nodes name and no line defines is warned of once, with its nodes', async (t) => {
  const lines = ['iprange 10.0.0.1 10.0.0.9', 'node 0 a', 'node 1 a', 'node 5 a', 'node 2 b']
  t.match(parse(...lines).diagnostics, [
    { line: 2, code: 'class-undefined', message: 'no class line defines a; nodes 0-1,5 boot the default' },
    { line: 5, code: 'class-undefined', message: 'no class line defines b; node 2 boots the default' },
  ])
  const many = Array.from({ length: 200 }, (_, i) => `node ${2 * i} a`)
  t.match(parse('iprange 10.0.0.1 10.0.9.9', ...many).diagnostics, [
    { message: 'no class line defines a; 200 nodes, the first of them 0, boot the default' },
  ])
})

t.test('nodes that nobody has approved are told once, with the first of them', async (t) => {
  const lines = ['iprange 10.0.0.1 10.0.0.3', 'node 0', 'node 1 unapproved', 'node 2 unapproved']
  const { diagnostics } = parse(...lines)
  t.match(diagnostics, [
    { line: 3, code: 'node-unapproved', severity: 'note', message: /^2 nodes, the first of them 1, / },
  ])
  t.match(parse(...lines.slice(0, 3)).diagnostics, [{ message: /^node 1 is unapproved.*kickback set node 1 --class/ }])
})

t.test('no class is called unapproved, or off', async (t) => {
  for (const name of ['unapproved', 'off'])
    t.same(brief(['nodes 0', `class ${name} kernelimage none`]), ['2:7 reserved-name'], name)
})
