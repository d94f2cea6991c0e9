/** Accounts that expire, in a snapshot of shadow entries. */
import { SHADOW } from '../databases/shadow.ts'
import { RecordReader } from '../records/decode.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** Whether an entry expires after day `after` and not later than day `last`. Days count from 1970-01-01, as in shadow(5). */
export function expiresBetween(shadow: Snapshot, after: number, last: number): boolean {
  for (const { record } of shadow.records('shadow')) {
    const expire = new RecordReader(SHADOW, record).i32('expire')
    if (expire > after && expire <= last) return true
  }
  return false
}
