import t from 'tap'
import { lossesOf, lossText } from '../../../src/daemon/judge/loss-limit.ts'
import { differenceOf } from '../../../src/resolver/snapshot/difference.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { accountsOf, configured } from '../../resolver/configs.ts'

const users = (ids: readonly number[]): Snapshot =>
  configured('', { accounts: accountsOf({ passwd: ids.map((id) => `u${id}:x:${id}:1000:::\n`).join('') }) })
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => 1000 + i)
const lost = (before: number, after: number): readonly string[] =>
  lossesOf(differenceOf(users(upTo(before)), users(upTo(after)))).map(
    (one) => `${one.database} ${one.lost} of ${one.before}`,
  )

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

t.test('records that others replace are lost too', async (t) => {
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
  t.match(difference.passwd, { changed: 20, moved: 0 })
  t.same(lossesOf(difference), [])
})

t.test('the groups of users follow from group and are never counted', async (t) => {
  const groups = (members: string): Snapshot =>
    configured('', { accounts: accountsOf({ group: `dev:x:1000:${members}\n` }) })
  const difference = differenceOf(groups('ann'), groups(''))
  t.same(difference.initgroups, {
    ...{ before: 1, after: 0, isEmptied: true, added: 0, removed: 1, changed: 0, moved: 0, renumbered: 0 },
    names: { added: [], removed: ['ann'], changed: [] },
  })
  t.same(lossesOf(difference), [])
})

t.test('what would be lost is said before what would become somebody else', async (t) => {
  const loss = { database: 'hosts', lost: 0, moved: 0, before: 100 } as const
  t.equal(lossText([{ ...loss, lost: 40 }]), 'lose 40 of 100 records of hosts')
  t.equal(lossText([{ database: 'group', lost: 1, moved: 0, before: 1 }]), 'lose 1 of 1 record of group')
  t.equal(lossText([{ ...loss, moved: 1, before: 1 }]), 'give 1 of 1 record of hosts another address')
  t.equal(
    lossText([
      { database: 'passwd', lost: 2, moved: 30, before: 90 },
      { ...loss, lost: 40 },
    ]),
    'lose 2 of 90 records of passwd and lose 40 of 100 records of hosts and give 30 of 90 records of passwd another id',
  )
})
