/** Whether a record that an index led to is the one that was asked for. */
import { decodeEther, decodeHost, RecordReader } from './decode.ts'
import type { ByteString } from './entries.ts'
import { folded, type Key } from './keys.ts'
import type { DatabaseName } from './layout.ts'
import * as layout from './layout.ts'
import type { Structure } from './structure.ts'

/** Whether `record` holds `key`. `bytes` are the key's own, folded where names are. Throws SnapshotError on damage. */
export function holdsKey(database: DatabaseName, record: Uint8Array, key: Key, bytes: Uint8Array): boolean {
  if ('name' in key) return holdsName(database, record, Buffer.from(bytes).toString('latin1'))
  if ('id' in key) return idOf(database, record) === key.id
  if ('mac' in key) return same(decodeEther(record).mac, key.mac)
  return decodeHost(record).addresses.some((address) => same(address.bytes, key.address))
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.length).equals(b)
}

function idOf(database: DatabaseName, record: Uint8Array): number {
  return database === 'passwd'
    ? new RecordReader(layout.PASSWD, record).u32('uid')
    : new RecordReader(layout.GROUP, record).u32('gid')
}

function holdsName(database: DatabaseName, record: Uint8Array, name: ByteString): boolean {
  if (database === 'hosts') return decodeHost(record).names.some((one) => folded(one) === name)
  if (database === 'ethers') return folded(decodeEther(record).name) === name
  return firstString(database, record) === name
}

/** The name that a record of these databases begins its strings with, read without the rest. */
function firstString(database: Exclude<DatabaseName, 'hosts' | 'ethers'>, record: Uint8Array): ByteString {
  const { structure, tail, wide } = NAMED[database]
  const reader = new RecordReader<string>(structure, record)
  reader.skip(tail(reader))
  reader.strings(wide ? reader.u32('strings_size') : reader.u16('strings_size'))
  return reader.string(0)
}

/** How to come to the strings: the length of the tail before them, and whether their size is 32 bits wide. */
const NAMED: {
  readonly [D in Exclude<DatabaseName, 'hosts' | 'ethers'>]: {
    readonly structure: Structure
    readonly tail: (reader: RecordReader<string>) => number
    readonly wide: boolean
  }
} = {
  passwd: { structure: layout.PASSWD, tail: () => 0, wide: false },
  group: { structure: layout.GROUP, tail: (reader) => 4 * reader.u32('member_count'), wide: true },
  initgroups: { structure: layout.INITGROUPS, tail: (reader) => 4 * reader.u32('gid_count'), wide: true },
  netgroup: { structure: layout.NETGROUP, tail: (reader) => 12 * reader.u32('triple_count'), wide: true },
  shadow: { structure: layout.SHADOW, tail: () => 0, wide: false },
}
