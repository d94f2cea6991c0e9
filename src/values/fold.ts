/** Host names without regard to case: the one way in which they are folded. */

/**
 * A name with ASCII capitals made small, all other characters as they are (RFC 4343): host names that are equal fold to the same
 * string. The same for a text and for a byte string.
 */
export function foldCase(name: string): string {
  // Nearly no name has one, and all names pass here: this is quicker than a regular expression.
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code >= 0x41 && code <= 0x5a) return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  }
  return name
}

/** One byte, or character code, of such a name. */
export function foldByte(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}
