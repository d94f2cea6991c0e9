import fc from 'fast-check'
import t from 'tap'
import { type NodeKey, NodeKeys, NodeKeysError } from '../../../src/resolver/certificates/node-keys.ts'

const MARKS = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(32))
const [A = '', B = ''] = MARKS

t.test('a key is approved for its node alone, until it is revoked; then it stays revoked', async (t) => {
  const keys = new NodeKeys()
  t.ok(keys.approve(12, A, 100))
  t.match(keys.of(A), { state: 'approved', node: 12, time: 100 })
  keys.revoke(A, 12, 200)
  t.ok(keys.isRevoked(A))
  t.notOk(keys.approve(12, A, 300), 'a new key is needed')
  t.match(keys.of(A), { state: 'revoked', time: 200 })
  t.equal(keys.approvedOf(12), undefined)
})

t.test('a new key of a node revokes the one that it had', async (t) => {
  const keys = new NodeKeys()
  keys.approve(12, A, 100)
  keys.approve(12, B, 200)
  t.ok(keys.isRevoked(A))
  t.equal(keys.approvedOf(12), B)
})

const key = fc.record<NodeKey>({
  state: fc.constantFrom('approved', 'revoked'),
  node: fc.nat(2),
  mark: fc.constantFrom(...MARKS),
  time: fc.nat(3),
})
const some = fc.array(key, { maxLength: 6 })
const merged = (...lists: readonly (readonly NodeKey[])[]): NodeKeys => {
  const all = new NodeKeys()
  for (const list of lists) for (const one of list) all.merge(new NodeKeys([one]))
  return all
}

t.test(
  'masters that heard the same, in whatever order and however often, have the same; and no revocation is lost',
  async () => {
    fc.assert(
      fc.property(some, some, (one, other) => {
        const [here, there] = [merged(one, other), merged(other, one, other)]
        const revoked = [...one, ...other].filter(({ state }) => state === 'revoked')
        return (
          here.text.equals(there.text) && revoked.every(({ mark }) => here.isRevoked(mark) && there.isRevoked(mark))
        )
      }),
    )
  },
)

t.test('a merge says whether it changed anything', async (t) => {
  const keys = merged([{ state: 'approved', node: 1, mark: A, time: 1 }])
  t.notOk(keys.merge(NodeKeys.parse(keys.text)))
  t.ok(keys.merge(new NodeKeys([{ state: 'revoked', node: 1, mark: A, time: 2 }])))
})

t.test('what is written is read', async () => {
  fc.assert(fc.property(some, (list) => NodeKeys.parse(merged(list).text).text.equals(merged(list).text)))
})

t.test('anything else is refused with its line', async (t) => {
  const text = merged([{ state: 'approved', node: 1, mark: A, time: 1 }]).text.toString()
  const wrong = [
    '',
    'x\n',
    text.trimEnd(),
    `${text}revoked 1 ${A.toUpperCase()} 1\n`,
    `${text}approved 01 ${A} 1\n`,
    `${text}\n`,
  ]
  for (const one of wrong) t.throws(() => NodeKeys.parse(Buffer.from(one)), NodeKeysError, JSON.stringify(one))
  t.throws(() => NodeKeys.parse(Buffer.from(`${text}approved x ${A} 1\n`)), { message: 'line 3 is no key of a node' })
  const many = `${text}${`revoked 1 ${A} 1\n`.repeat(150_000)}`
  t.throws(() => NodeKeys.parse(Buffer.from(many)), { message: /more than 150000 keys/ })
})
