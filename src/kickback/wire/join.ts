/**
 * The join token, and what is proved with it: a node that was told a token learns the public key of its cluster over a network that it
 * does not trust, and the token never crosses that network (docs/protocol.md, "Joining").
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { MAC_BYTES, TOKEN_BYTES } from './protocol.ts'

/** What each HMAC begins with. Its last word is the direction: no message of one side can be given back as one of the other. */
const PURPOSES = {
  id: Buffer.from('kickback join 1 id\0', 'latin1'),
  node: Buffer.from('kickback join 1 node\0', 'latin1'),
  master: Buffer.from('kickback join 1 master\0', 'latin1'),
} as const

/** What tells a token from others without telling the token. */
export function joinTokenId(token: Uint8Array): Buffer {
  return mac(token, 'id')
}

/**
 * Proves to the master that the node has the token. `nonce` is the node's own; `nodeKey` the mark of the key that the master is to let in, which
 * nobody can change on the way; empty for none.
 */
export function nodeProof(token: Uint8Array, nonce: Uint8Array, nodeKey: Uint8Array = NO_KEY): Buffer {
  return mac(token, 'node', nonce, nodeKey)
}

const NO_KEY = new Uint8Array(0)

/** Proves to the node that the key comes from who has the token. `key` is the SPKI in DER. */
export function masterProof(token: Uint8Array, nonce: Uint8Array, key: Uint8Array): Buffer {
  return mac(token, 'master', nonce, key)
}

/** Whether two HMACs are equal, in a time that says nothing of where they differ. */
export function isSameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === MAC_BYTES && b.length === MAC_BYTES && timingSafeEqual(a, b)
}

/** A token as people copy it: hexadecimal digits in groups of four. */
export function joinTokenText(token: Uint8Array): string {
  return Buffer.from(token)
    .toString('hex')
    .replaceAll(/(.{4})(?=.)/g, '$1-')
}

/** The token of such a text; undefined for anything else. Blanks, hyphens and capitals do not matter. */
export function parseJoinToken(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/[\s-]/g, '')
  const isToken = digits.length === 2 * TOKEN_BYTES && /^[0-9a-f]*$/i.test(digits)
  return isToken ? Buffer.from(digits, 'hex') : undefined
}

/** The nonce has a fixed length and comes first, and one part at most follows, so that no two different messages are the same bytes. */
function mac(token: Uint8Array, direction: keyof typeof PURPOSES, ...parts: readonly Uint8Array[]): Buffer {
  const made = createHmac('sha256', token).update(PURPOSES[direction])
  for (const part of parts) made.update(part)
  return made.digest()
}
