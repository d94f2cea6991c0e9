/** ENUMERATE: the records of a database in order, as many as a reply takes, and a cursor for the rest. */
import { type DatabaseName, isListed, type Snapshot, SnapshotError } from '../../../resolver/index.ts'
import { BATCH_MAX, REPLY_MAX, type Refusal, STATUSES } from '../../wire/protocol.ts'
import { type Answer, isRefusal, type Question, refusal } from '../question.ts'
import { ENVELOPE, source, takenHere } from './database.ts'

const { SUCCESS, NOTFOUND } = STATUSES
/** How many bytes of records one reply of an enumeration carries before it ends: they are copied for each client. */
const BATCH_BYTES = 64 * 1024
/** How many records are looked at for one reply. */
const LOOKED_MAX = 2 * BATCH_MAX

/** Answers ENUMERATE. A cursor goes on in its own generation, as long as that is there. */
export function enumerate(question: Question<'ENUMERATE'>): Answer<'ENUMERATE'> {
  const { db, cursor } = question.request
  const current = source(question, db)
  if (isRefusal(current)) return current
  const generations = db === 'shadow' ? question.service.shadow : question.service.public
  const snapshot = cursor === undefined ? current : generations.numbered(cursor.generation)
  if (snapshot === undefined) return refusal('cursor')
  const { generation } = snapshot
  const batch = batchAt(question, snapshot, db as DatabaseName)
  if ('error' in batch) return batch
  const { records, next } = batch
  const to = next ?? cursor?.position ?? 0
  generations.reads(question.client, snapshot, {
    from: cursor?.position ?? to,
    to,
    isLast: next === undefined,
    isNamed: true,
  })
  if (records.length === 0 && next === undefined) return { status: NOTFOUND, generation }
  return { status: SUCCESS, records, generation, ...(next !== undefined && { cursor: { generation, position: next } }) }
}

/** Records of an enumeration, and where the ones after them begin. */
interface Batch {
  readonly records: readonly Uint8Array[]
  readonly next: number | undefined
}

/** The batch at a cursor. A position that was in no reply leads to no record: then the client is wrong, not the snapshot. */
function batchAt(
  { request: { cursor, limit }, service }: Question<'ENUMERATE'>,
  snapshot: Snapshot,
  database: DatabaseName,
): Batch | Refusal {
  const taken = (record: Uint8Array): Uint8Array | undefined => takenHere(service, snapshot, database, record)
  try {
    return batchFrom(foundFrom(snapshot, database, cursor?.position ?? 0, taken), limit) ?? refusal('toolarge')
  } catch (error) {
    if (cursor === undefined || !(error instanceof SnapshotError)) throw error
    return refusal('cursor', 'no reply had this cursor: start again')
  }
}

/** What there is at a position: a record that a listing shows and this machine takes, or none. */
interface Found {
  readonly position: number
  readonly record: Uint8Array | undefined
}

/** What there is from a position on, record for record. */
function* foundFrom(
  snapshot: Snapshot,
  database: DatabaseName,
  start: number,
  taken: (record: Uint8Array) => Uint8Array | undefined,
): Generator<Found, void, undefined> {
  for (const { position, record } of snapshot.records(database, start)) {
    yield { position, record: isListed(database, record) ? taken(record) : undefined }
  }
}

/**
 * As many of the records as one reply takes, of LOOKED_MAX that are looked at: where this machine takes few of many, no question
 * goes through all of them. Undefined if one is too large for any reply.
 */
function batchFrom(all: Iterable<Found>, limit = BATCH_MAX): Batch | undefined {
  const records: Uint8Array[] = []
  let [bytes, looked] = [0, 0]
  for (const { position: at, record } of all) {
    const isFull = records.length >= Math.min(limit, BATCH_MAX) || bytes + (record?.length ?? 0) > BATCH_BYTES
    if ((isFull && records.length > 0) || looked >= LOOKED_MAX) return { records, next: at }
    looked++
    if (record === undefined) continue
    if (record.length > REPLY_MAX - ENVELOPE) return undefined
    records.push(record)
    bytes += record.length
  }
  return { records, next: undefined }
}
