import t from 'tap'
import { SourceText } from '../../../src/config/index.ts'
import { initgroupsEntries, readGroup } from '../../../src/resolver/accounts/group.ts'
import { AccountDiagnostics } from '../../../src/resolver/accounts/lines.ts'
import { RECORD_MAX } from '../../../src/resolver/layout.ts'

/** The groups of a text, and the codes of what is told of it. */
function read(text: string) {
  const bytes = Buffer.from(text, 'latin1')
  const diagnostics = new AccountDiagnostics(new SourceText('group', bytes))
  const groups = readGroup(bytes, diagnostics).map(({ entry }) => entry)
  return { groups, codes: diagnostics.list.map(({ code }) => code) }
}

t.test('a group is its name, its gid and its members; a password is never taken', async (t) => {
  t.same(read('lab:$6$hash:2000:ada,bob\n').groups, [{ name: 'lab', passwd: '*', gid: 2000, members: ['ada', 'bob'] }])
})

t.test('blanks ahead of a member and empty members are none', async (t) => {
  const members = (list: string) => read(`lab:x:2000:${list}\n`).groups[0]?.members
  t.same(members(', ada,,\tbob ,'), ['ada', 'bob '])
  t.same(members(''), [])
})

t.test('a group that no reply could carry is left out and told, one that just fits is not', async (t) => {
  const room = RECORD_MAX - 'lab'.length - 64 - 5
  const of = (length: number) => {
    const { groups, codes } = read(`lab:x:2000:${'m'.repeat(length)}\nops:x:2001:ada\n`)
    return [groups.map(({ name }) => name), codes]
  }
  t.same(of(room), [['lab', 'ops'], []])
  t.same(of(room + 1), [['ops'], ['account-too-long']])
})

t.test('a user has the gid of each group that names him, once, in the order of the file', async (t) => {
  const { groups } = read('b:x:2:ada,bob,ada\na:x:1:bob\nb2:x:2:bob\nc:x:3:\n')
  t.same(initgroupsEntries(groups), [
    { name: 'ada', gids: [2] },
    { name: 'bob', gids: [2, 1] },
  ])
  t.same(initgroupsEntries([]), [])
})
