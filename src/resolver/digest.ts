/** What proves a snapshot: its digest, and what a signature signs. */
import { createHash } from 'node:crypto'
import * as layout from './layout.ts'

const PURPOSE = Buffer.from('kickback snapshot 1\0', 'latin1')

/** The parts of a snapshot that its digest is made of, in order: all but generation, state word, digest and signature. */
export function digestedParts(bytes: Uint8Array): readonly Uint8Array[] {
  return [bytes.subarray(0, layout.UNDIGESTED_START), bytes.subarray(layout.UNDIGESTED_END)]
}

/** SHA-256 of a snapshot's digested parts: equal for equal contents. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  const hash = createHash('sha256')
  for (const part of digestedParts(bytes)) hash.update(part)
  return hash.digest()
}

/** The message that the cluster's key signs: a purpose, the generation (u64), and the digest as the header holds it. */
export function signedMessage(bytes: Uint8Array): Uint8Array {
  const { generation, digest } = layout.HEADER.at
  return Buffer.concat([PURPOSE, bytes.subarray(generation, generation + 8), bytes.subarray(digest, digest + 32)])
}
