/** A snapshot's databases in the formats of the files that they would otherwise stand in. Zones: zone/text.ts. */
import { DATABASE_NAMES, DATABASES, type DatabaseName } from '../databases/table.ts'
import type { ByteString } from '../records/entries.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** The databases that there is a file for, in the order of their numbers. */
export const EXPORTS: readonly DatabaseName[] = DATABASE_NAMES.filter((name) => DATABASES[name].exported !== undefined)

/** The lines of a database's file: byte strings with their newline, in order. None of a database that has no file. */
export function* exportedLines<D extends DatabaseName>(
  snapshot: Snapshot,
  database: D,
): Generator<ByteString, void, undefined> {
  const { exported } = DATABASES[database]
  if (exported !== undefined) for (const entry of snapshot.entries(database)) yield exported(entry)
}
