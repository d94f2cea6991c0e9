/** The keys that records are found by, as bytes: what is hashed, and what is compared. */
import { foldCase } from '../../values/index.ts'
import type { DatabaseName, KeyType } from '../layout.ts'
import type { ByteString, Entries, HostEntry } from './entries.ts'

/**
 * A question's key. Host and ether names are matched without regard to ASCII case, all others exactly. Addresses have 4 or
 * 16 bytes, MACs 6; ids are unsigned 32-bit numbers.
 */
export type Key =
  | { readonly name: ByteString }
  | { readonly id: number }
  | { readonly address: Uint8Array }
  | { readonly mac: Uint8Array }

/** Whether a database's names are matched without regard to case. */
export function foldsCase(database: DatabaseName): boolean {
  return database === 'hosts' || database === 'ethers'
}

/** An id as the four little-endian bytes that its index hashes. */
export function idBytes(id: number): Uint8Array {
  return Uint8Array.of(id, id >>> 8, id >>> 16, id >>> 24)
}

/** The type of a key. */
export function keyType(key: Key): KeyType {
  if ('name' in key) return 'name'
  if ('id' in key) return 'id'
  return 'address' in key ? 'address' : 'mac'
}

/** The bytes of a key that its index hashes. */
export function keyBytes(database: DatabaseName, key: Key): Uint8Array {
  if ('id' in key) return idBytes(key.id)
  if ('address' in key) return key.address
  if ('mac' in key) return key.mac
  return nameBytes(foldsCase(database) ? foldCase(key.name) : key.name)
}

const nameBytes = (name: ByteString): Uint8Array => Buffer.from(name, 'latin1')

/** How an entry's keys are had, for each index of each database: as byte strings, which make and compare quicker than arrays. */
type KeysOf<Entry> = Partial<Record<KeyType, (entry: Entry) => readonly ByteString[]>>

const text = (bytes: Uint8Array): ByteString => String.fromCharCode(...bytes)
const byName = (entry: { readonly name: ByteString }): ByteString[] => [entry.name]
const byFoldedName = (entry: { readonly name: ByteString }): ByteString[] => [foldCase(entry.name)]
const byHostNames = (entry: HostEntry): ByteString[] => (entry.keys ?? entry.names).map(foldCase)

/** Every index's keys of an entry. Where two entries have one key, the first in order is found. */
export const KEYS: { readonly [D in DatabaseName]: KeysOf<Entries[D]> } = {
  passwd: { name: byName, id: (entry) => [text(idBytes(entry.uid))] },
  group: { name: byName, id: (entry) => [text(idBytes(entry.gid))] },
  initgroups: { name: byName },
  hosts: { name: byHostNames, address: (entry) => entry.addresses.map((address) => text(address.bytes)) },
  ethers: { name: byFoldedName, mac: (entry) => [text(entry.mac)] },
  netgroup: { name: byName },
  shadow: { name: byName },
}
