import fc from 'fast-check'
import t from 'tap'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'
import { ENCODERS } from '../../../src/resolver/records/encode.ts'
import { groupId, userIds } from '../../../src/resolver/records/ids.ts'
import { ENTRY } from '../contents.ts'

t.test('the ids of users and groups are those of their entries', async () => {
  fc.assert(
    fc.property(ENTRY.passwd, ENTRY.group, (user, group) => {
      const { uid, gid } = userIds(ENCODERS.passwd(user))
      return uid === user.uid && gid === user.gid && groupId(ENCODERS.group(group)) === group.gid
    }),
  )
})

t.test('a record that is too short has no ids', async (t) => {
  t.throws(() => userIds(new Uint8Array(8)), SnapshotError)
  t.throws(() => groupId(new Uint8Array(8)), SnapshotError)
})
