import t from 'tap'
import { brief, parse } from '../reading.ts'

const IPV4 = ['0.1.0.0', '0.2.0.0', '0.3.0.0']

/** What is said of companions of these formats. */
function formats(...each: string[]): string[] {
  return brief(each.map((format, i) => `nodename ${format} ${IPV4[i] ?? ''}`))
}

t.test('a format has one conversion, in a text that starts with a letter', async (t) => {
  for (const good of ['node%N', 'a%1N', 'a%5N', 'x-%N.ib', 'x%N1', '"x%N"']) t.same(formats(good), [], good)
  for (const bad of ['node', 'n%d', '%N', '1n%N', 'n%0N', 'n%6N', 'n%03N', 'n%N%N', 'n%', 'n%n', '-%N', 'n%N%', '""']) {
    t.same(formats(bad), ['1:10 bad-nodename'], bad)
  }
  for (const bad of ['"n %N"', 'n%N.', 'n..%N', `n${'x'.repeat(250)}%N`]) t.same(formats(bad), ['1:10 bad-name'], bad)
})

t.test('formats that could make one name are an error, the later told first', async (t) => {
  t.same(formats('x%N', 'x1%N'), ['2:10 nodename-clash 1'])
  t.same(formats('x%N', 'X%3N'), ['2:10 nodename-clash 1'])
  t.same(formats('x%N', 'x%N0'), ['2:10 nodename-clash 1'])
  t.same(formats('x%N', 'y%N', 'x%N'), ['3:10 nodename-clash 1'])
  t.same(formats('x%N', 'x%N-ib', 'xy%N'), [])
  t.same(brief(['nodename node%N', 'nodename node%N']), ['2:10 nodename-clash 1'])
})

t.test('n%N is always answered, unless a line makes such names itself', async (t) => {
  t.same(formats('n1%N'), ['1:10 nodename-clash'])
  t.same(brief(['nodename n%3N']), [])
  t.same(brief(['nodename n1%N', 'nodename n%N']), ['2:10 nodename-clash 1'])
  t.same(brief(['nodename x%N', 'nodename n%N 0.1.0.0']), [], 'a companion line may rule too')
  t.same(formats('n%N'), ['1:10 nodename-clash'], 'but not where n%N names the nodes by default')
  t.same(parse('nodename n1%N', 'nodename n%N').leftOut, [1], 'the line that rules stays')
})

t.test('no format makes names that are reserved', async (t) => {
  t.same(formats('master%N'), ['1:10 nodename-clash'])
  t.same(formats('MASTER%2N'), ['1:10 nodename-clash'])
  t.same(formats('n-%N'), ['1:10 nodename-clash'])
  t.same(formats('n-%3N', 'masterx%N'), [], 'n-001 is no n-1')
})

t.test('the first line without IPV4 is canonical, further ones are aliases', async (t) => {
  const kinds = (...lines: string[]) => parse(...lines).cluster.nodenames.map(({ prefix, kind }) => `${prefix} ${kind}`)
  t.same(kinds('nodename x%N 0.1.0.0', 'nodename a%N', 'nodename b%N grp'), ['x companion', 'a canonical', 'b alias'])
  t.same(kinds('nodename x%N 0.1.0.0'), ['n canonical', 'x companion'], 'the default stands first')
})

t.test('what follows the format is an address, a netgroup, or both', async (t) => {
  const [line] = parse('nodename x%N 10.1.0.0 ib').cluster.nodenames.slice(1)
  t.match(line, { netgroup: 'ib', companions: [{ given: { family: 4 }, isOffset: false }] })
  t.match(parse('nodename x%N compute').cluster.nodenames[0], {
    netgroup: 'compute',
    companions: [],
  })
  t.same(brief(['nodename x%N 10.1.0', 'nodename y%N :::1 ib', 'nodename z%N a b']), [
    '1:14 bad-address',
    '2:14 bad-address',
    '3:14 bad-address',
  ])
  t.same(brief(['nodename x%N 0.1.0.0 ib extra']), ['1:25 extra-argument'])
})

t.test('at most a hundred nodename lines are read', async (t) => {
  const lines = Array.from({ length: 102 }, (_, i) => `nodename x%N-${i}`)
  t.same(brief(lines), ['101:1 repeated', '102:1 repeated'])
  t.equal(parse(...lines).cluster.nodenames.length, 100)
})

const MANY = ['nodes 48', 'iprange 10.0.0.1 10.0.0.48']

t.test('a line may be bound to nodes, with numbers of its own, and be plain for a single node', async (t) => {
  const good = [
    '0-3 a%N',
    '0-3=1 a%N',
    '1,5-7=0 a%N',
    '- a%N',
    '-=1 a%2N',
    '5- a%N',
    '15 login2',
    '15=3 a%N',
    '0-3 a%N 10.1.0.0 g',
  ]
  for (const line of good) t.same(brief([...MANY, `nodename ${line}`]), [], line)
  t.same(brief([...MANY, 'nodename 3-1 a%N']), ['3:10 bad-node-set'])
  t.same(brief([...MANY, 'nodename 0-3=x a%N']), ['3:10 bad-number'])
  t.same(brief([...MANY, 'nodename 0-3=1=2 a%N']), ['3:10 bad-node-set'])
  for (const twice of ['1,1', '0-3,3-5', '5-,7', '-,0', '2,0-4=7']) {
    t.same(brief([...MANY, `nodename ${twice} a%N`]), ['3:10 bad-node-set'], twice)
  }
  t.same(brief([...MANY, 'nodename 0-3,4-5,7- a%N']), [])
  t.same(brief([...MANY, 'nodename 15']), ['3:10 missing-argument'])
  t.same(brief([...MANY, 'nodename 0-3 login']), ['3:14 bad-nodename'], 'one name for four nodes')
  t.same(brief([...MANY, 'nodename 15 master']), ['3:13 reserved-name'])
  t.same(brief([...MANY, 'nodename 15 ns']), ['3:13 reserved-name'])
  t.same(brief([...MANY, 'nodename 40-48 a%N']), ['3:10 node-beyond-count 1'])
  const many = Array.from({ length: 101 }, (_, i) => String(2 * i)).join()
  t.same(brief(['nodes 999', 'iprange 10.0.0.1 10.0.3.231', `nodename ${many} a%N`]), ['3:10 bad-node-set'])
})

t.test('formats that are bound to nodes clash by the names that they make for nodes that exist', async (t) => {
  const said = (...lines: string[]) => brief([...MANY, ...lines.map((line) => `nodename ${line}`)])
  t.same(said('0-3 a%N', '4-7 a%N'), [], 'other nodes, other names')
  t.same(said('0-3 a%N', '4-7=3 a%N'), ['4:16 nodename-clash 3'], 'a3 twice')
  t.same(said('0-3 a%N', '4-7=4 a%2N'), [])
  t.same(said('0-3=1 a%2N', '0-3 a%N'), ['4:14 nodename-clash 3'], 'a01 is a1 by value')
  t.same(said('0-3=1 n%N'), ['3:16 nodename-clash'], 'n4 is node 3, and node 4 by default')
  t.same(said('0-3=1 n%N', '4-47=5 n%N'), [])
  t.same(said('-=1 n%N'), [])
  t.same(said('n%N', '32-40 n%N gpus'), [], 'the same names for the same nodes')
  t.same(said('n%N', '32-40=1 n%N'), ['4:18 nodename-clash 3'])
  t.same(said('32-40=1 gpu%N', 'gpu%N'), ['4:10 nodename-clash 3'])
  t.same(said('15 n16'), ['3:13 nodename-clash'])
  t.same(said('15 n15'), [])
  t.same(said('15 n48'), [], 'there is no node 48')
  t.same(said('0-3 a%N 0.1.0.0', '4-7 a%N'), [])
  t.same(said('0-3 a%N 0.1.0.0', '0-3 a%N'), ['4:14 nodename-clash 3'], 'a companion is no node')
  t.same(said('0-3 a%N 0.1.0.0', '0-3 b%N 0.1.0.0'), ['4:1 address-clash 3'])
  t.same(said('0-3 a%N 0.1.0.0', '4-7 b%N 0.1.0.0'), [])
})

t.test('a host may not have the name of a node that is bound to it', async (t) => {
  const range = 'hostrange 10.1.0.1 10.1.0.9'
  const said = (name: string) =>
    brief([...MANY, range, 'nodename 32-40=1 gpu%2N', 'nodename 47 login', `host - 10.1.0.1 ${name}`])
  t.same(said('gpu09'), ['6:17 name-clash 2'])
  t.same(said('gpu10'), [])
  t.same(said('LOGIN'), ['6:17 name-clash 2'])
  t.same(said('n32'), ['6:17 name-clash 2'], 'it answers to its number too')
})

t.test('numbers of their own are given to 200 ranges of nodes in all', async (t) => {
  const set = (from: number) => Array.from({ length: 100 }, (_, i) => String(from + 2 * i)).join()
  const lines = ['nodes 2000', 'iprange 10.0.0.1 10.0.7.208', `nodename ${set(0)}=0 a%N`, `nodename ${set(300)}=0 b%N`]
  t.same(brief(lines), [])
  t.same(brief([...lines, 'nodename 1000-1001=0 c%N']), ['5:1 repeated'])
  t.same(brief([...lines, 'nodename 1000-1001 c%N']), ['5:1 repeated'])
})
