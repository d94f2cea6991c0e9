/** The ids that records give, read without the rest of the record: what a node looks at in all of them. */
import { GROUP, PASSWD } from '../layout.ts'
import { RecordReader } from './decode.ts'

/** A user's own id and that of the primary group. */
export interface UserIds {
  readonly uid: number
  readonly gid: number
}

/** The ids of a passwd record. Throws SnapshotError where it is too short. */
export function userIds(record: Uint8Array): UserIds {
  const reader = new RecordReader(PASSWD, record)
  return { uid: reader.u32('uid'), gid: reader.u32('gid') }
}

/** The id of a group record. Throws SnapshotError where it is too short. */
export function groupId(record: Uint8Array): number {
  return new RecordReader(GROUP, record).u32('gid')
}
