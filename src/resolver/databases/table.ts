/** The databases of the snapshot by name, in the order of their numbers. One is added here and in the file of its name. */
import type { ByteString } from '../records/entries.ts'
import type { Key, KeyType } from '../records/keys.ts'
import type { Database, FileDatabase, IndexKey } from './database.ts'
import { ethers } from './ethers.ts'
import { group } from './group.ts'
import { hosts } from './hosts.ts'
import { initgroups } from './initgroups.ts'
import { holdsName } from './names.ts'
import { netgroup } from './netgroup.ts'
import { networks } from './networks.ts'
import { passwd } from './passwd.ts'
import { shadow } from './shadow.ts'

const ROWS = { passwd, group, initgroups, hosts, ethers, netgroup, shadow, networks }

/** The name of a database of the snapshot. */
export type DatabaseName = keyof typeof ROWS
/** The type of each database's entries. */
export type Entries = { readonly [D in DatabaseName]: (typeof ROWS)[D] extends Database<infer Entry> ? Entry : never }

/** Every database. */
export const DATABASES: { readonly [D in DatabaseName]: Database<Entries[D]> } = ROWS
/** Their names, in the same order. */
export const DATABASE_NAMES: readonly DatabaseName[] = Object.keys(ROWS) as DatabaseName[]

/** The name of a database that is read from a file of its own. */
export type FileDatabaseName = {
  [D in DatabaseName]: (typeof ROWS)[D] extends FileDatabase<Entries[D]> ? D : never
}[DatabaseName]
/** The rows of those. */
export const FILE_DATABASES: { readonly [D in FileDatabaseName]: FileDatabase<Entries[D]> } = Object.fromEntries(
  Object.entries(ROWS).filter(([, row]) => 'file' in row),
) as { readonly [D in FileDatabaseName]: FileDatabase<Entries[D]> }
/** Their names. */
export const FILE_DATABASE_NAMES: readonly FileDatabaseName[] = Object.keys(FILE_DATABASES) as FileDatabaseName[]

/** Whether a text is the name of a database. */
export function isDatabase(name: string): name is DatabaseName {
  return Object.hasOwn(ROWS, name)
}

/** The types of the keys that a database is asked by, in the order of its indexes. */
export function keyTypes(database: DatabaseName): readonly KeyType[] {
  return Object.keys(DATABASES[database].keys) as KeyType[]
}

/** The key of one type of a database's entries, other than their names; undefined if it has none. */
function indexKey(database: DatabaseName, type: Exclude<KeyType, 'name'>): Pick<IndexKey<never>, 'isIn'> | undefined {
  return DATABASES[database].keys[type]
}

/**
 * Whether a record that an index led to is the one that was asked for, told on its bytes; `key` is what the index hashes of the key (`indexedKey`).
 * Throws SnapshotError on damage.
 */
export function holdsKey(
  database: DatabaseName,
  record: Uint8Array,
  type: KeyType,
  key: ByteString | Uint8Array,
): boolean {
  if (typeof key === 'string') return holdsName(DATABASES[database], record, key)
  return type !== 'name' && (indexKey(database, type)?.isIn(record, key) ?? false)
}

/** Whether a listing shows the record. */
export function isListed(database: DatabaseName, record: Uint8Array): boolean {
  return DATABASES[database].isListed?.(record) ?? true
}

/** What a key of bytes asks a database for in the protocol; undefined for bytes that it has no such key of. */
export function binaryKey(database: DatabaseName, bytes: Uint8Array): Key | undefined {
  switch (DATABASES[database].binaryKey) {
    case 'name':
      return { name: Buffer.from(bytes).toString('latin1') }
    case 'address':
      return bytes.length === 4 || bytes.length === 16 ? { address: bytes } : undefined
    case 'mac':
      return bytes.length === 6 ? { mac: bytes } : undefined
  }
}
