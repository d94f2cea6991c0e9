/** What the operations on a database have in common: where its records come from, which of them go out, and in what words. */
import { byteString, type DatabaseName, isDatabase, type Snapshot } from '../../../resolver/index.ts'
import type { Refusal } from '../../wire/protocol.ts'
import { type Asking, permitted, refusal, type Service } from '../question.ts'

/** What a reply needs beside a record. */
export const ENVELOPE = 256

/** The snapshot that a database is answered from, or why the asker gets nothing from it. */
export function source({ client, service }: Asking, db: string): Snapshot | Refusal {
  if (!isDatabase(db)) return refusal('database')
  return permitted({ client, service }, db, db === 'shadow' ? service.shadow : service.public)
}

/** The record as this machine takes it: ids below its floor are no answers. */
export function takenHere(
  service: Service,
  snapshot: Snapshot,
  database: DatabaseName,
  record: Uint8Array,
): Uint8Array | undefined {
  // Shadow entries have no ids: their users have.
  const ids = service.floor?.(database === 'shadow' ? (service.public.current ?? snapshot) : snapshot)
  return ids === undefined ? record : ids.taken(database, record)
}

/** A field that holds a name, as the byte string that records hold. */
export function nameOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? byteString(value) : Buffer.from(value).toString('latin1')
}
