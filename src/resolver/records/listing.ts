/** Which records a listing of their database shows: all, but for answers that are made of several others. */
import { type DatabaseName, HOST, HOST_FLAGS } from '../layout.ts'

/** Whether a listing shows the record. One that it leaves out is found by name alone (HOST_FLAGS.UNLISTED). */
export function isListed(database: DatabaseName, record: Uint8Array): boolean {
  return database !== 'hosts' || ((record[HOST.at.flags] ?? 0) & HOST_FLAGS.UNLISTED) === 0
}
