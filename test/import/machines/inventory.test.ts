import t from 'tap'
import { commentsOf, imported, linesOf } from '../carried.ts'

const hosts = (text: string, options = {}) => imported('hosts', { hosts: text }, { nodeNames: [], ...options })
const hostLines = (text: string, options = {}) =>
  linesOf(hosts(text, options)).filter((line) => line.startsWith('host '))

t.test('lines of one address are one machine, with the names of all', async (t) => {
  t.same(hostLines('10.0.0.5 a b\n10.0.0.6 c\n10.0.0.5 B d\n'), ['host - 10.0.0.5 a b d', 'host - 10.0.0.6 c'])
})

t.test('a name of several addresses leads to all of them, where one name is on each line', async (t) => {
  const text = '10.0.0.1 head.example.org head\n10.1.0.1 head head-ib\n'
  t.same(hostLines(text), ['host - 10.0.0.1 head head.example.org', 'host - 10.1.0.1 head head-ib'])
  t.same(commentsOf(hosts(text)), [])
})

t.test('a name of two machines belongs to the first, and a comment tells it', async (t) => {
  const text = '10.0.0.1 a x\n10.0.0.2 b x y\n10.0.0.3 c y\n10.0.0.4 x\n'
  t.same(hostLines(text), ['host - 10.0.0.1 a x', 'host - 10.0.0.2 b y', 'host - 10.0.0.3 c'])
  t.same(commentsOf(hosts(text)), [
    '# hosts:2: x of 10.0.0.2: the name is that of a already',
    '# hosts:3: y of 10.0.0.3: the name is that of b already',
    '# hosts:4: x of 10.0.0.4: the name is that of a already',
  ])
})

t.test('a name of more lines than a machine may have belongs to one of them: the others keep their own', async (t) => {
  const text = Array.from({ length: 1001 }, (_, i) => `10.0.${i >> 8}.${i & 255} m-${i}-x shared\n`).join('')
  const lines = hostLines(text)
  t.equal(lines.length, 1001)
  t.same([lines[0], lines[1000]], ['host - 10.0.0.0 m-0-x shared', 'host - 10.0.3.232 m-1000-x'])
})

t.test('a MAC of two machines belongs to the first; a machine may have several', async (t) => {
  const text =
    '10.0.0.1 a\n10.0.0.2 b\n0:0:0:0:1:1 10.0.0.1\n0:0:0:0:1:2 a\n0:0:0:0:1:1 b\n0:0:0:0:1:1 a\n0:0:0:0:1:3 nosuch\n'
  t.same(hostLines(text), ['host 0:0:0:0:1:1 10.0.0.1 a', 'host 0:0:0:0:1:2 10.0.0.1 a', 'host - 10.0.0.2 b'])
  t.same(commentsOf(hosts(text)), [
    '# hosts:5: 0:0:0:0:1:1 of b: the MAC is that of a already',
    '# hosts:7: 0:0:0:0:1:3 nosuch: no address is known for this name',
  ])
})

t.test('names and addresses that no machine can have are comments; the rest of their lines stays', async (t) => {
  const text =
    '127.0.0.1 localhost\n10.0.0.1 master head localhost. .x 10.0.0.9 a"b c\\d caf\ufffd\n255.255.255.255 all\n'
  t.same(hostLines(text), ['host - 10.0.0.1 head'])
  t.same(
    commentsOf(hosts(text)).map((line) => line.split(': ')[1]),
    [
      '127.0.0.1 localhost',
      'master of 10.0.0.1',
      'localhost. of 10.0.0.1',
      '.x of 10.0.0.1',
      '10.0.0.9 of 10.0.0.1',
      'a"b of 10.0.0.1',
      'c\\d of 10.0.0.1',
      'caf\ufffd of 10.0.0.1',
      '255.255.255.255 all',
    ],
  )
})

t.test('a name in the domain of the cluster is the short one', async (t) => {
  t.same(hostLines('10.0.0.1 nas.example.org nas\n', { domain: 'example.org' }), ['host - 10.0.0.1 nas'])
  const { text } = hosts('10.0.0.1 nas.example.org nas\n')
  t.match(text, /^# Most names end in example.org: with --domain example.org/m)
})

t.test('what clashes with nodes that were wanted is a comment, with the words of check', async (t) => {
  const text = '10.0.0.1 node1\n10.0.0.2 node2\n10.0.0.3 node01\n10.0.0.9 ns\n'
  const unasked = imported('hosts', { hosts: text })
  t.match(unasked.text, /^host - 10.0.0.3 node01$/m, 'unasked, no machine loses its name')
  t.match(unasked.text, /^# There are no nodes: .*\n# hosts:3: 10.0.0.3 node01: /m)
  const written = imported('hosts', { hosts: text }, { nodeNames: ['node%N'] })
  t.same(linesOf(written), [
    'iprange 1 10.0.0.1 10.0.0.2',
    'nodename node%N',
    'hostrange 10.0.0.9 10.0.0.9',
    'host - 10.0.0.9',
  ])
  t.same(
    commentsOf(written).map((line) => line.slice(0, 28)),
    ['# hosts:3: 10.0.0.3 node01: ', '# hosts:4: ns of 10.0.0.9: t', '# hosts:4: 10.0.0.9: no name'],
  )
})

t.test('an address without a name is reserved, and a comment tells it', async (t) => {
  const written = hosts('0:0:0:0:1:1 10.0.0.1\n')
  t.same(linesOf(written), ['hostrange 10.0.0.1 10.0.0.1', 'host 0:0:0:0:1:1 10.0.0.1'])
  t.same(commentsOf(written), ['# hosts:1: 10.0.0.1 0:0:0:0:1:1: no name is told: the host line only reserves them'])
})
