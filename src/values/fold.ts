/** Host names without regard to case: the one way in which they are folded. */

/**
 * A name with ASCII capitals made small, all other characters as they are (RFC 4343): host names that are equal fold to the same
 * string. The same for a text and for a byte string.
 */
export function foldCase(name: string): string {
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name
}

/** One byte, or character code, of such a name. */
export function foldByte(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}
