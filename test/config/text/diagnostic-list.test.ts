import t from 'tap'
import { parseConfig } from '../../../src/config/index.ts'
import { readAccounts } from '../../../src/resolver/accounts/accounts.ts'

const lines = (count: number, line: string) => Buffer.from(`${line}\n`.repeat(count))
const KEPT = 10_000

t.test(
  'of a file with more faults than anybody reads the first of each severity are kept, and the last one tells how many more there are',
  async (t) => {
    const { diagnostics, omittedErrors } = parseConfig(
      Buffer.concat([lines(KEPT + 5, 'x'), lines(KEPT + 1, 'host zz')]),
    )
    const of = (severity: string) => diagnostics.filter((one) => one.severity === severity)
    t.equal(of('note').length, KEPT)
    t.match(of('note').at(-1), { line: KEPT, message: /; 5 more notes of this file are not listed$/ })
    t.equal(of('error').length, KEPT)
    t.equal(omittedErrors, 1)
    t.match(of('error').at(-1)?.message, /; 1 more error of this file is not listed$/)
    t.notMatch(of('error').at(-2)?.message, /not listed/)
  },
)

t.test('as many faults as are kept are told as they are', async (t) => {
  const { diagnostics } = parseConfig(lines(KEPT, 'x'))
  t.equal(diagnostics.length, KEPT)
  t.notMatch(diagnostics.at(-1)?.message, /not listed/)
})

t.test('a rule that is checked again because of a line in error says nothing twice', async (t) => {
  const text = `nodes 2\niprange 10.0.0.1 10.0.0.2\nhost zz\n${'host 0:0:0:0:0:1 10.0.0.9 a\n'.repeat(3)}x\n`
  const { diagnostics } = parseConfig(Buffer.from(text))
  const keys = diagnostics.map(({ line, code, column }) => `${line} ${column} ${code}`)
  t.same(keys, [...new Set(keys)])
})

t.test('faults of account files are bounded too', async (t) => {
  const { diagnostics } = readAccounts({ passwd: lines(KEPT + 3, 'broken'), group: undefined })
  t.equal(diagnostics.length, KEPT)
  t.match(diagnostics.at(-1)?.message, /; 3 more warnings of this file are not listed$/)
})
