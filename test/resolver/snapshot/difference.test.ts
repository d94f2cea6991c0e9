import fc from 'fast-check'
import t from 'tap'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import { buildPublic } from '../../../src/resolver/snapshot/builder.ts'
import { differenceOf, lossesOf, lossText } from '../../../src/resolver/snapshot/difference.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { Snapshot as Reader } from '../../../src/resolver/snapshot/snapshot.ts'
import { accountsOf, configured, sourcesOf } from '../configs.ts'

const users = (ids: readonly number[]): Snapshot =>
  configured('', { accounts: accountsOf({ passwd: ids.map((id) => `u${id}:x:${id}:1000:::\n`).join('') }) })
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => 1000 + i)
const lost = (before: number, after: number): readonly string[] =>
  lossesOf(differenceOf(users(upTo(before)), users(upTo(after)))).map(
    (one) => `${one.database} ${one.lost} of ${one.before}`,
  )

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

t.test('the loss limit stops a database that is emptied, however small it is', async (t) => {
  t.same(lost(1, 0), ['passwd 1 of 1'])
  t.same(lost(500, 0), ['passwd 500 of 500'])
  t.same(lost(0, 0), [])
})

t.test('a cluster that lost all its machines is emptied, though its masters have names still', async (t) => {
  const master = 'interface eth1 10.0.0.1 255.255.255.0\n'
  const small = configured(`nodes 4\niprange 10.0.0.10 10.0.0.13\n${master}`)
  t.match(lossesOf(differenceOf(small, configured(master))), [{ database: 'hosts', lost: 4, before: 5 }])
  const one = configured(`nodes 1\niprange 10.0.0.10 10.0.0.10\n${master}`)
  t.same(lossesOf(differenceOf(small, one)), [], 'three of four are few')
  t.same(lossesOf(differenceOf(configured(master), configured(''))), [], 'a master that moves empties nothing')
})

t.test('the loss limit stops more than a tenth, if it is at least ten', async (t) => {
  t.same(lost(99, 89), ['passwd 10 of 99'])
  t.same(lost(100, 90), [])
  t.same(lost(101, 90), ['passwd 11 of 101'])
  t.same(lost(20, 11), [])
  t.same(lost(20, 10), ['passwd 10 of 20'])
  t.same(lost(10, 500), [])
})

t.test('records that others replace are lost all the same', async (t) => {
  const difference = differenceOf(users(upTo(50)), users(upTo(50).map((id) => id + 25)))
  t.same(lossesOf(difference), [{ database: 'passwd', lost: 25, moved: 0, before: 50 }])
})

t.test('the loss limit counts records that get another address, id or name, as it counts lost ones', async (t) => {
  const cluster = (first: number, nodes = 20): Snapshot =>
    configured(`nodes ${nodes}\niprange 10.0.0.${first} 10.0.0.${first + nodes - 1}\n`)
  t.match(lossesOf(differenceOf(cluster(10), cluster(11))), [{ database: 'hosts', lost: 0, moved: 20 }])
  t.same(lossesOf(differenceOf(cluster(10, 9), cluster(11, 9))), [], 'nine are few')
  const renumbered = (ids: readonly number[]): Snapshot =>
    configured('', { accounts: accountsOf({ passwd: ids.map((id, i) => `u${i}:x:${id}:100::/:/bin/sh\n`).join('') }) })
  const lost = lossesOf(differenceOf(renumbered(upTo(20)), renumbered(upTo(20).map((id) => id + 100))))
  t.match(lost, [{ database: 'passwd', lost: 0, moved: 20 }])
  t.equal(lossText(lost), 'give 20 of 20 records of passwd another id')
})

t.test('one more address, or another shell, makes nobody else', async (t) => {
  const cluster = (more: string): Snapshot => configured(`nodes 20\niprange 10.0.0.1 10.0.0.20\n${more}`)
  t.same(lossesOf(differenceOf(cluster(''), cluster('hostrange 10.9.0.1 10.9.0.9\n'))), [])
  const shells = (shell: string): Snapshot => {
    const passwd = upTo(20).map((id) => `u${id}:x:${id}:100::/:${shell}\n`)
    return configured('', { accounts: accountsOf({ passwd: passwd.join('') }) })
  }
  const difference = differenceOf(shells('/bin/sh'), shells('/bin/bash'))
  t.match(difference.passwd, { changed: { length: 20 }, moved: [] })
  t.same(lossesOf(difference), [])
})

t.test('the groups of users follow from group and are never counted', async (t) => {
  const groups = (members: string): Snapshot =>
    configured('', { accounts: accountsOf({ group: `dev:x:1000:${members}\n` }) })
  const difference = differenceOf(groups('ann'), groups(''))
  t.same(difference.initgroups, {
    before: 1,
    after: 0,
    isEmptied: true,
    added: [],
    removed: ['ann'],
    changed: [],
    moved: [],
  })
  t.same(lossesOf(difference), [])
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
