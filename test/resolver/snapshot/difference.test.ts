import fc from 'fast-check'
import t from 'tap'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import { buildPublic } from '../../../src/resolver/snapshot/builder.ts'
import { differenceOf } from '../../../src/resolver/snapshot/difference.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { Snapshot as Reader } from '../../../src/resolver/snapshot/snapshot.ts'
import { accountsOf, configured, sourcesOf } from '../configs.ts'

const users = (ids: readonly number[]): Snapshot =>
  configured('', { accounts: accountsOf({ passwd: ids.map((id) => `u${id}:x:${id}:1000:::\n`).join('') }) })

t.test('what came, went and changed is told for each database', async (t) => {
  const before = configured(
    'nodes 3\niprange 10.0.0.1 10.0.0.3\nnode 0 0:0:0:0:0:1\nhostrange 10.1.0.1 10.1.0.9\nhost 0:0:0:0:0:9 10.1.0.1 pdu1\n',
  )
  const after = configured(
    'nodes 4\niprange 10.0.0.1 10.0.0.4\nnode 0 0:0:0:0:0:2\nhostrange 10.1.0.1 10.1.0.9\nhost 0:0:0:0:0:9 10.1.0.2 PDU1 strip\n',
  )
  t.same(differenceOf(before, after), {
    hosts: { before: 4, after: 5, isEmptied: false, added: ['n3'], removed: [], changed: ['pdu1'], moved: ['pdu1'] },
    ethers: {
      before: 2,
      after: 2,
      isEmptied: false,
      added: ['0:0:0:0:0:2'],
      removed: ['0:0:0:0:0:1'],
      changed: ['0:0:0:0:0:9'],
      moved: [],
    },
    netgroup: { before: 1, after: 1, isEmptied: false, added: [], removed: [], changed: ['cluster'], moved: [] },
  })
})

t.test('a boot stage that moved changes nothing', async (t) => {
  const config = (stage: string): string =>
    `class own kernelimage none\nnodes 1\niprange 10.0.0.1 10.0.0.1\nnode 0 own pxe+local ${stage}\n`
  const [before, after] = [configured(config('pxe')), configured(config('local'))]
  t.same(differenceOf(before, after), {})
  t.same(before.digest, after.digest)
})

t.test('names are told as text, in UTF-8 where they are that', async (t) => {
  const after = configured('', { accounts: accountsOf({ passwd: 'grüße:x:1000:1000:::\n' }) })
  t.same(differenceOf(configured(''), after).passwd?.added, ['grüße'])
})

t.test('for any two sets of users the difference is that of the sets, and none means equal digests', async () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1000, max: 1030 }), { maxLength: 20 })
  fc.assert(
    fc.property(ids, ids, (one, other) => {
      const [before, after] = [users(one), users(other)]
      const difference = differenceOf(before, after)
      const { added = [], removed = [], changed = [] } = difference.passwd ?? {}
      const expected = (from: readonly number[], without: readonly number[]): string[] =>
        from.filter((id) => !without.includes(id)).map((id) => `u${id}`)
      const equal = Buffer.from(before.digest).equals(after.digest)
      return (
        String(added.toSorted()) === String(expected(other, one).toSorted()) &&
        String(removed.toSorted()) === String(expected(one, other).toSorted()) &&
        changed.length === 0 &&
        (!equal || Object.keys(difference).length === 0)
      )
    }),
    { numRuns: 200 },
  )
})

t.test('snapshots of the same sources have no difference', async (t) => {
  const sources = sourcesOf('nodes 5\niprange 10.0.0.1 10.0.0.5\n')
  const [one, other] = [1, 2].map(() => Reader.open(buildPublic(publicContents(sources))))
  if (one === undefined || other === undefined) throw new Error('two were built')
  t.same(differenceOf(one, other), {})
})
