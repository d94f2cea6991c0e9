/** Whether a record that an index led to is the one that was asked for, told on its bytes without decoding it. */
import { foldByte } from '../../values/index.ts'
import type { DatabaseName } from '../layout.ts'
import * as layout from '../layout.ts'
import type { Structure } from '../structure.ts'
import { RecordReader, SnapshotError } from './decode.ts'
import type { ByteString } from './entries.ts'
import { foldsCase, type Key } from './keys.ts'

/**
 * Whether `record` holds the key whose bytes these are (`keyBytes`: names are folded where the database folds case).
 * Throws SnapshotError on damage.
 */
export function holdsKey(database: DatabaseName, record: Uint8Array, key: Key, bytes: Uint8Array): boolean {
  if ('name' in key) return holdsName(database, record, bytes)
  if ('id' in key) return idOf(database, record) === key.id
  if ('mac' in key) return startsWith(record, layout.ETHER.at.mac, bytes)
  return holdsAddress(record, bytes)
}

/** Whether the record has these bytes from `start` on. */
function startsWith(record: Uint8Array, start: number, bytes: Uint8Array): boolean {
  if (start + bytes.length > record.length) throw new SnapshotError('record', 'a record is too short')
  for (let i = 0; i < bytes.length; i++) if (record[start + i] !== bytes[i]) return false
  return true
}

function idOf(database: DatabaseName, record: Uint8Array): number {
  return database === 'passwd'
    ? new RecordReader(layout.PASSWD, record).u32('uid')
    : new RecordReader(layout.GROUP, record).u32('gid')
}

function holdsAddress(record: Uint8Array, address: Uint8Array): boolean {
  const family = layout.familyNumber(address.length === 4 ? 4 : 6)
  const count = new RecordReader(layout.HOST, record).u16('address_count')
  for (let i = 0, at = layout.HOST.size; i < count; i++, at += layout.ADDRESS.size) {
    const stored = (record[at] ?? 0) | ((record[at + 1] ?? 0) << 8)
    if (startsWith(record, at + layout.ADDRESS.at.bytes, address) && stored === family) return true
  }
  return false
}

function holdsName(database: DatabaseName, record: Uint8Array, name: Uint8Array): boolean {
  const { structure, names, wide } = NAMED[database]
  const reader = new RecordReader<string>(structure, record)
  const offsets = names(reader)
  const size = wide ? reader.u32('strings_size') : reader.u16('strings_size')
  const start = reader.strings(size)
  return offsets.some((offset) => isStringAt(record, start + offset, start + size, name, foldsCase(database)))
}

/** The name of a record, of a host the canonical one, without the rest. Throws SnapshotError on damage. */
export function recordName(database: DatabaseName, record: Uint8Array): ByteString {
  const { structure, names, wide } = NAMED[database]
  const reader = new RecordReader<string>(structure, record)
  names(reader)
  reader.strings(wide ? reader.u32('strings_size') : reader.u16('strings_size'))
  return reader.string(0)
}

/** Moves past a tail of so many bytes; the name is then the first string. */
const first =
  (tail: (reader: RecordReader<string>) => number) =>
  (reader: RecordReader<string>): readonly number[] => {
    reader.skip(tail(reader))
    return FIRST
  }
const FIRST: readonly number[] = [0]

/** Moves past a host's addresses and gives where all its names are. */
function hostNames(reader: RecordReader<string>): readonly number[] {
  reader.skip(layout.ADDRESS.size * reader.u16('address_count'))
  return reader.words(reader.u16('name_count'))
}

/** Whether the string at `start`, which ends before `end`, is `name`; its capitals count as small ones where `fold`. */
function isStringAt(record: Uint8Array, start: number, end: number, name: Uint8Array, fold: boolean): boolean {
  if (start + name.length >= end || record[start + name.length] !== 0) return false
  for (let i = 0; i < name.length; i++) {
    const byte = record[start + i] ?? 0
    if ((fold ? foldByte(byte) : byte) !== name[i]) return false
  }
  return true
}

/** How to come to a record's strings: what stands before them and where the names are, and whether their size is 32 bits wide. */
const NAMED: {
  readonly [D in DatabaseName]: {
    readonly structure: Structure
    readonly names: (reader: RecordReader<string>) => readonly number[]
    readonly wide: boolean
  }
} = {
  passwd: { structure: layout.PASSWD, names: first(() => 0), wide: false },
  group: { structure: layout.GROUP, names: first((reader) => 4 * reader.u32('member_count')), wide: true },
  initgroups: { structure: layout.INITGROUPS, names: first((reader) => 4 * reader.u32('gid_count')), wide: true },
  hosts: { structure: layout.HOST, names: hostNames, wide: true },
  ethers: { structure: layout.ETHER, names: first(() => 0), wide: false },
  netgroup: { structure: layout.NETGROUP, names: first((reader) => 12 * reader.u32('triple_count')), wide: true },
  shadow: { structure: layout.SHADOW, names: first(() => 0), wide: false },
}
