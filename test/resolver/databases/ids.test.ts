import fc from 'fast-check'
import t from 'tap'
import { groupId } from '../../../src/resolver/databases/group.ts'
import { userIds } from '../../../src/resolver/databases/passwd.ts'
import { DATABASES } from '../../../src/resolver/databases/table.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { ENTRY } from '../contents.ts'

t.test('the ids of users and groups are those of their entries', async () => {
  fc.assert(
    fc.property(ENTRY.passwd, ENTRY.group, (user, group) => {
      const { uid, gid } = userIds(DATABASES.passwd.encode(user))
      return uid === user.uid && gid === user.gid && groupId(DATABASES.group.encode(group)) === group.gid
    }),
  )
})

t.test('a record that is too short has no ids', async (t) => {
  t.throws(() => userIds(new Uint8Array(8)), SnapshotError)
  t.throws(() => groupId(new Uint8Array(8)), SnapshotError)
})
