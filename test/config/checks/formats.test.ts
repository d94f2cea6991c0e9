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

t.test('no format makes names that are answered by rule', async (t) => {
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

t.test('what follows the format is an IPv4 address, a netgroup, or both', async (t) => {
  const [line] = parse('nodename x%N 10.1.0.0 ib').cluster.nodenames.slice(1)
  t.match(line, { netgroup: 'ib', offset: undefined, base: { family: 4 } })
  t.match(parse('nodename x%N compute').cluster.nodenames[0], {
    netgroup: 'compute',
    offset: undefined,
    base: undefined,
  })
  t.same(brief(['nodename x%N 10.1.0', 'nodename y%N ::1 ib', 'nodename z%N a b']), [
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
