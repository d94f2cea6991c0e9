/** The keys of indexes that several databases have: names, ids, and bytes at a fixed offset. */
import { foldCase } from '../../values/index.ts'
import { SnapshotError } from '../records/decode.ts'
import type { ByteString } from '../records/entries.ts'
import { idBytes } from '../records/keys.ts'
import type { Structure } from '../structure.ts'
import type { IndexKey } from './database.ts'

/** The entry's name. */
export function byName(entry: { readonly name: ByteString }): ByteString[] {
  return [entry.name]
}

/** The entry's name in small letters. */
export function byFoldedName(entry: { readonly name: ByteString }): ByteString[] {
  return [foldCase(entry.name)]
}

/** Bytes as a byte string: it may be the key of a Map. */
export function byteText(bytes: Uint8Array): ByteString {
  return String.fromCharCode(...bytes)
}

/** A field of the fixed part whose bytes are the key as they stand. */
export function byField<Entry, Name extends string>(
  structure: Structure<Name>,
  field: Name,
  bytesOf: (entry: Entry) => Uint8Array,
): IndexKey<Entry> {
  const start = structure.at[field]
  return {
    of: (entry) => [bytesOf(entry)],
    isIn: (record, key) => startsWith(record, start, key),
  }
}

/** A field of 32 bits that is a number to look up by. */
export function byId<Entry, Name extends string>(
  structure: Structure<Name>,
  field: Name,
  idOf: (entry: Entry) => number,
): IndexKey<Entry> {
  return byField(structure, field, (entry) => idBytes(idOf(entry)))
}

/** Whether the record has these bytes from `start` on. Throws SnapshotError if it is too short. */
export function startsWith(record: Uint8Array, start: number, bytes: Uint8Array): boolean {
  if (start + bytes.length > record.length) throw new SnapshotError('record', 'a record is too short')
  for (let i = 0; i < bytes.length; i++) if (record[start + i] !== bytes[i]) return false
  return true
}
