import fc from 'fast-check'
import t from 'tap'
import { publicContents, shadowContents } from '../../../src/resolver/contents/contents.ts'
import { buildPublic, buildShadow } from '../../../src/resolver/snapshot/builder.ts'
import { differenceOf, differenceSteps } from '../../../src/resolver/snapshot/difference.ts'
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
    hosts: {
      ...{ before: 4, after: 5, isEmptied: false, added: 1, removed: 0, changed: 1, moved: 1, renumbered: 0 },
      names: { added: ['n3'], removed: [], changed: ['pdu1'] },
    },
    ethers: {
      ...{ before: 2, after: 2, isEmptied: false, added: 1, removed: 1, changed: 1, moved: 0, renumbered: 0 },
      names: { added: ['0:0:0:0:0:2'], removed: ['0:0:0:0:0:1'], changed: ['0:0:0:0:0:9'] },
    },
    netgroup: {
      ...{ before: 1, after: 1, isEmptied: false, added: 0, removed: 0, changed: 1, moved: 0, renumbered: 0 },
      names: { added: [], removed: [], changed: ['cluster'] },
    },
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
  t.same(differenceOf(configured(''), after).passwd?.names.added, ['grüße'])
})

t.test('for any two sets of users the difference is that of the sets, and none means equal digests', async () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1000, max: 1030 }), { maxLength: 20 })
  fc.assert(
    fc.property(ids, ids, (one, other) => {
      const [before, after] = [users(one), users(other)]
      const difference = differenceOf(before, after, { names: Number.POSITIVE_INFINITY })
      const { added = [], removed = [], changed = [] } = difference.passwd?.names ?? {}
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

t.test('of a change that is large the first names are told, and all are counted', async (t) => {
  const ids = Array.from({ length: 30 }, (_, i) => 1000 + i)
  const { passwd } = differenceOf(users(ids.slice(0, 5)), users(ids.slice(15)))
  t.match(passwd, { before: 5, after: 15, added: 15, removed: 5, changed: 0 })
  t.same(
    passwd?.names.added,
    ids.slice(15, 25).map((id) => `u${id}`),
  )
  t.same(
    passwd?.names.removed,
    ids.slice(0, 5).map((id) => `u${id}`),
  )
})

/** How many steps a comparison takes. */
function stepsOf(before: Snapshot, after: Snapshot): number {
  let steps = 0
  for (const _ of differenceSteps(before, after)) steps++
  return steps
}

t.test('a comparison has a step for every 1,024 records that it looks at, wherever in its way', async (t) => {
  const ids = Array.from({ length: 4096 }, (_, i) => 1000 + i)
  const all = users(ids)
  const [none, one] = [stepsOf(all, all), stepsOf(all, users([...ids, 9999]))]
  t.equal(none, 0, 'equal bytes are compared at once')
  t.equal(one, 0, 'what is the same at both ends is told by its bytes: no record of it is looked at')
  const others = stepsOf(all, users(ids.map((id) => id + 5000)))
  t.ok(others >= 6 * 4, `${others}: read and told by their names on both sides, and those that came and went`)
})

t.test(
  'records are told one by one where they are wanted: what each was, what it is, and what became of it',
  async (t) => {
    const config = (first: number, more: string): string =>
      `nodes 40\niprange 10.0.0.1 10.0.0.40\nnodename ${first} login\nhostrange 10.1.0.1 10.1.0.9\n${more}`
    const accounts = (line: string, hash: string) =>
      accountsOf({ passwd: `ada:x:${line}:/bin/sh\n`, shadow: `ada:${hash}:::::::\n` })
    const before = configured(config(1, 'host 0:0:0:0:0:9 10.1.0.1 pdu1\nhost - 10.1.0.3 old\n'), {
      accounts: accounts('1000:1000::/', '*'),
    })
    const after = configured(config(2, 'host 0:0:0:0:0:9 10.1.0.2 pdu1 strip\nhost - 10.1.0.4 new\n'), {
      accounts: accounts('1001:1000::/', '*'),
    })
    const { hosts, passwd, ethers } = differenceOf(before, after, { records: 100 })
    t.match(hosts, { added: 2, removed: 2, changed: 2, moved: 2, renumbered: 0 })
    t.same(hosts?.records, [
      { fate: 'moved', name: 'pdu1', before: '10.1.0.1 pdu1', after: '10.1.0.2 pdu1 strip' },
      { fate: 'added', name: 'new', after: '10.1.0.4 new' },
      { fate: 'added', name: 'n1', after: '10.0.0.2 n1' },
      { fate: 'moved', name: 'login', before: '10.0.0.2 login', after: '10.0.0.3 login' },
      { fate: 'removed', name: 'old', before: '10.1.0.3 old' },
      { fate: 'removed', name: 'n2', before: '10.0.0.3 n2' },
    ])
    t.same(passwd?.records, [
      { fate: 'renumbered', name: 'ada', before: 'ada:*:1000:1000::/:/bin/sh', after: 'ada:*:1001:1000::/:/bin/sh' },
    ])
    t.equal(passwd?.renumbered, 1)
    t.same(ethers, undefined)
    t.equal(differenceOf(before, after).hosts?.records, undefined, 'nobody wanted them')
    t.equal(differenceOf(before, after, { records: 2 }).hosts?.records?.length, 2, 'as many as were wanted')
  },
)

t.test('of shadow entries the names are told and nothing else, of netgroups how large they are', async (t) => {
  const shadow = (hash: string): Snapshot => {
    const accounts = accountsOf({ passwd: 'ada:x:1000:1000:::\n', shadow: `ada:${hash}:::::::\n` })
    return Reader.open(buildShadow(shadowContents(sourcesOf('', { accounts }))))
  }
  const records = differenceOf(shadow('$6$one'), shadow('$6$two'), { records: 9 }).shadow?.records
  t.same(records, [{ fate: 'changed', name: 'ada' }])
  const nodes = (count: number) => configured(`nodes ${count}\niprange 10.0.0.1 10.0.0.${count}\n`)
  const { netgroup } = differenceOf(nodes(1), nodes(2), { records: 9 })
  t.same(netgroup?.records, [{ fate: 'changed', name: 'cluster', before: '2 triples', after: '4 triples' }])
})
