/** The keys that records are found by, as bytes: what is hashed, and what is compared. */
import { foldCase } from '../../values/index.ts'
import type { ByteString } from './entries.ts'

/** What the keys of an index are: a name, a number (uid, gid), an IP address, or a MAC. */
export type KeyType = 'name' | 'id' | 'address' | 'mac'

/**
 * A question's key. Names are matched exactly, or without regard to ASCII case, as their database says. Addresses have 4 or
 * 16 bytes, MACs 6; ids are unsigned 32-bit numbers.
 */
export type Key =
  | { readonly name: ByteString }
  | { readonly id: number }
  | { readonly address: Uint8Array }
  | { readonly mac: Uint8Array }

/** An id as the four little-endian bytes that its index hashes. */
export function idBytes(id: number): Uint8Array {
  // Quicker than Uint8Array.of.
  const bytes = new Uint8Array(4)
  for (let i = 0; i < bytes.length; i++) bytes[i] = id >>> (8 * i)
  return bytes
}

/** The type of a key. */
export function keyType(key: Key): KeyType {
  if ('name' in key) return 'name'
  if ('id' in key) return 'id'
  return 'address' in key ? 'address' : 'mac'
}

/** What an index hashes of a key: the name as it is matched, or the bytes of all others. */
export function indexedKey(key: Key, foldsCase: boolean): ByteString | Uint8Array {
  if ('name' in key) return foldsCase ? foldCase(key.name) : key.name
  if ('id' in key) return idBytes(key.id)
  return 'address' in key ? key.address : key.mac
}
