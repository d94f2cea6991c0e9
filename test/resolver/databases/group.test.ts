import fc from 'fast-check'
import t from 'tap'
import { GROUP, type GroupEntry, group, groupId } from '../../../src/resolver/databases/group.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { ENTRY } from '../contents.ts'

const physics: GroupEntry = { name: 'physics', passwd: '*', gid: 2000, members: ['ada', 'bob'] }

t.test('a group is a line of group(5), the same for getent and for the file', async (t) => {
  t.equal(group.getent.lines(physics), 'physics:*:2000:ada,bob\n')
  t.equal(group.getent.lines(physics, '2000'), 'physics:*:2000:ada,bob\n')
  t.equal(group.exported?.(physics), 'physics:*:2000:ada,bob\n')
  t.equal(group.getent.lines({ ...physics, members: [] }), 'physics:*:2000:\n')
})

t.test('whatever is in a group, the line is read to the same group or is not printed', async () => {
  fc.assert(
    fc.property(ENTRY.group, (entry) => {
      const line = group.getent.lines(entry) ?? ''
      const isSplit = /[:\n]/.test(entry.name + entry.passwd) || entry.members.some((member) => /[:,\n]/.test(member))
      if (isSplit) return line === ''
      const [name = '', passwd = '', gid, members = ''] = line.slice(0, -1).split(':')
      const read = { name, passwd, gid: Number(gid), members: members === '' ? [] : members.split(',') }
      return JSON.stringify(read) === JSON.stringify({ ...entry }) && line.endsWith('\n')
    }),
  )
})

t.test('what would tear the line keeps it away: a comma in a member, not in a name', async (t) => {
  for (const member of ['a,b', 'a:b', 'a\nb']) t.equal(group.getent.lines({ ...physics, members: ['ada', member] }), '')
  for (const field of ['name', 'passwd'] as const) {
    for (const tear of [':', '\n']) t.equal(group.getent.lines({ ...physics, [field]: `a${tear}b` }), '', field)
  }
  t.equal(group.getent.lines({ ...physics, name: 'a,b' }), 'a,b:*:2000:ada,bob\n')
})

t.test('a group of as many members as a site may have comes back with all of them', async (t) => {
  const members = Array.from({ length: 70_000 }, (_, i) => `u${i}`)
  t.same(group.decode(group.encode({ ...physics, members })).members, members)
})

t.test('the id of a group is told without the rest, which may be damaged', async (t) => {
  const record = group.encode(physics)
  t.equal(groupId(record), 2000)
  t.equal(groupId(record.subarray(0, GROUP.size)), 2000)
  t.throws(() => groupId(record.subarray(0, GROUP.size - 1)), SnapshotError)
  t.equal(groupId(group.encode({ ...physics, gid: 0xffffffff })), 0xffffffff)
})

t.test('a group with another gid is another one; other members are a change', async (t) => {
  const { moved } = group.loss
  t.equal(moved?.what, 'id')
  t.equal(moved?.isMoved(physics, { ...physics, gid: 2001 }), true)
  t.equal(moved?.isMoved(physics, { ...physics, members: [] }), false)
})
