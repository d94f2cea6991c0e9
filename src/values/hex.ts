/** Bytes as people, logs and reports have them. */

/** Bytes in hex, with lower-case letters. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
