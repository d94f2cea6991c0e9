/** What proves a snapshot: its digest, and what a signature signs. */
import { createHash } from 'node:crypto'
import * as layout from './layout.ts'

const PURPOSE = Buffer.from('kickback snapshot 1\0', 'latin1')

/** SHA-256 of a snapshot but for generation, state word, digest and signature: equal for equal contents. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256')
    .update(bytes.subarray(0, layout.UNDIGESTED_START))
    .update(bytes.subarray(layout.UNDIGESTED_END))
    .digest()
}

/** The message that the cluster's key signs: a purpose, the generation (u64), and the digest as the header holds it. */
export function signedMessage(bytes: Uint8Array): Uint8Array {
  const { generation, digest } = layout.HEADER.at
  return Buffer.concat([PURPOSE, bytes.subarray(generation, generation + 8), bytes.subarray(digest, digest + 32)])
}
