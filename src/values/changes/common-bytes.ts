/** What two arrays of bytes have in common at the start and at the end. */

/** How many bytes are compared at once. */
const BLOCK = 65_536

/** How many bytes at the start are the same. */
export function commonHead(one: Uint8Array, other: Uint8Array): number {
  const shorter = Math.min(one.length, other.length)
  return common(shorter, (from, to) => Buffer.compare(one.subarray(from, to), other.subarray(from, to)) === 0)
}

/** How many bytes at the end are the same. */
export function commonTail(one: Uint8Array, other: Uint8Array): number {
  const shorter = Math.min(one.length, other.length)
  const backwards = (bytes: Uint8Array, from: number, to: number): Uint8Array =>
    bytes.subarray(bytes.length - to, bytes.length - from)
  return common(shorter, (from, to) => Buffer.compare(backwards(one, from, to), backwards(other, from, to)) === 0)
}

/** How many of so many bytes are the same before the first one that is not. */
function common(length: number, isSame: (from: number, to: number) => boolean): number {
  let from = 0
  while (from < length && isSame(from, Math.min(length, from + BLOCK))) from = Math.min(length, from + BLOCK)
  let to = Math.min(length, from + BLOCK)
  while (from < to) {
    const middle = (from + to + 1) >>> 1
    if (isSame(from, middle)) from = middle
    else to = middle - 1
  }
  return from
}
