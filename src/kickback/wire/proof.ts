/** The messages that a master's key signs for who asks with a nonce: the proof that it lives, and the answer to a look-up. */
import { createHash } from 'node:crypto'
import type { Status } from './protocol.ts'

/** What a proof of life says. */
interface AliveProof {
  /** NONCE_BYTES, as the asker sent them. */
  readonly nonce: Uint8Array
  /** The header of the current public snapshot, state word 0. */
  readonly header: Uint8Array
  /** Whether the master's own history holds what the asker holds. */
  readonly known: boolean
  /** Whether the master is in conflict with another one. */
  readonly conflict: boolean
  /** What the asker sent as `held`; undefined if it sent nothing. */
  readonly held: Uint8Array | undefined
}

/** What a signed look-up says: the question with its nonce, and its answer. */
interface LookupProof {
  /** NONCE_BYTES, as the asker sent them. */
  readonly nonce: Uint8Array
  readonly db: string
  readonly key: string | number | Uint8Array
  readonly status: Status
  readonly generation: number
  /** Undefined if there is none. */
  readonly record: Uint8Array | undefined
}

/** What a proof of shadow entries says. */
interface ShadowProof {
  /** NONCE_BYTES, as the asker sent them. */
  readonly nonce: Uint8Array
  /** The number of the node that asks. */
  readonly node: number
  /** The header of its shadow snapshot, state word 0; undefined if it is granted none. */
  readonly header: Uint8Array | undefined
}

const SHADOW_PURPOSE = Buffer.from('kickback shadow 1\0', 'latin1')
const ALIVE_PURPOSE = Buffer.from('kickback alive 1\0', 'latin1')
const LOOKUP_PURPOSE = Buffer.from('kickback lookup 1\0', 'latin1')
/** In place of the digest of what the asker holds, where it holds nothing. */
const HOLDS_NOTHING = Buffer.alloc(32)
/** How the type of a key is written. */
const KEY_TYPES = { str: 1, uint: 2, bin: 3 } as const

/** The message of ALIVE (docs/protocol.md, "Proofs"). */
export function aliveMessage({ nonce, header, known, conflict, held }: AliveProof): Buffer {
  const flags = Buffer.of((known ? 1 : 0) | (conflict ? 2 : 0))
  const digest = held === undefined ? HOLDS_NOTHING : createHash('sha256').update(held).digest()
  return Buffer.concat([ALIVE_PURPOSE, nonce, header, flags, digest])
}

/** The message of SHADOW (docs/protocol.md, "Proofs"). Without a header nothing is granted. */
export function shadowMessage({ nonce, node, header }: ShadowProof): Buffer {
  return Buffer.concat([SHADOW_PURPOSE, nonce, u64(node), header ?? Buffer.alloc(0)])
}

/** The message of LOOKUP (docs/protocol.md, "Proofs"). */
export function lookupMessage({ nonce, db, key, status, generation, record }: LookupProof): Buffer {
  const { type, bytes } = keyBytes(key)
  return Buffer.concat([
    LOOKUP_PURPOSE,
    nonce,
    lengthPrefixed(Buffer.from(db)),
    Buffer.of(type),
    lengthPrefixed(bytes),
    Buffer.of(status & 0xff),
    u64(generation),
    record ?? Buffer.alloc(0),
  ])
}

function keyBytes(key: string | number | Uint8Array): { readonly type: number; readonly bytes: Uint8Array } {
  if (typeof key === 'string') return { type: KEY_TYPES.str, bytes: Buffer.from(key) }
  return typeof key === 'number' ? { type: KEY_TYPES.uint, bytes: u64(key) } : { type: KEY_TYPES.bin, bytes: key }
}

/** A 4-byte little-endian length and the bytes. */
function lengthPrefixed(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
