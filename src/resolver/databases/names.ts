/** Where a record's names stand, and whether one of them is the key, told on its bytes without decoding it. */
import { foldByte } from '../../values/index.ts'
import { RecordReader } from '../records/decode.ts'
import type { ByteString } from '../records/entries.ts'
import type { Database } from './database.ts'

/** What is read of a database to find the names of its records. */
type Named = Pick<Database<never>, 'structure' | 'names' | 'foldsCase'>

const FIRST: readonly number[] = [0]

/** For records that have one name, which is the first string: moves past a tail of so many bytes. */
export function firstString(tail: (reader: RecordReader<string>) => number = () => 0): Named['names'] {
  return (reader) => {
    reader.skip(tail(reader))
    return FIRST
  }
}

/** A record's names and where its strings start and end. */
function namesOf({ structure, names }: Named, record: Uint8Array) {
  const reader = new RecordReader<string>(structure, record)
  const offsets = names(reader)
  const size = reader.number('strings_size')
  const start = reader.strings(size)
  return { reader, offsets, start, end: start + size }
}

/** Whether this is a name of the record; it is foldCase where the database folds case. Throws SnapshotError on damage. */
export function holdsName(database: Named, record: Uint8Array, name: ByteString): boolean {
  const { offsets, start, end } = namesOf(database, record)
  return offsets.some((offset) => isStringAt(record, start + offset, end, name, database.foldsCase))
}

/** The main name of a record, of a host the canonical one, without the rest. Throws SnapshotError on damage. */
export function recordName(database: Named, record: Uint8Array): ByteString {
  return namesOf(database, record).reader.string(0)
}

/** Whether the string at `start`, which ends before `end`, is `name`; its capitals count as small ones where `fold`. */
function isStringAt(record: Uint8Array, start: number, end: number, name: ByteString, fold: boolean): boolean {
  if (start + name.length >= end || record[start + name.length] !== 0) return false
  for (let i = 0; i < name.length; i++) {
    const byte = record[start + i] ?? 0
    // A NUL ends the string: the next one is no part of it.
    if (byte === 0 || (fold ? foldByte(byte) : byte) !== name.charCodeAt(i)) return false
  }
  return true
}
