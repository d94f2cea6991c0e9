/** The hash of index keys: MurmurHash3 x86 32 with seed 0, chosen because both C and JavaScript do it in 32-bit steps. */

/** Mixes one 32-bit word of the key into the state. */
function mixed(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}

/** The hash of bytes start..end-1, an unsigned 32-bit number. */
export function hash(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let h = 0
  let i = start
  for (; i + 4 <= end; i += 4) {
    const word = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24)
    h ^= mixed(word)
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let shift = 0; i < end; i++, shift += 8) rest |= at(bytes, i) << shift
  h ^= mixed(rest)
  return finished(h ^ (end - start))
}

/** The hash of a byte string: that of its bytes. */
export function hashOfText(text: string): number {
  let h = 0
  let i = 0
  for (; i + 4 <= text.length; i += 4) {
    const low = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 8)
    h ^= mixed(low | (text.charCodeAt(i + 2) << 16) | (text.charCodeAt(i + 3) << 24))
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let shift = 0; i < text.length; i++, shift += 8) rest |= text.charCodeAt(i) << shift
  h ^= mixed(rest)
  return finished(h ^ text.length)
}

/** Spreads the state's bits over all 32. */
function finished(state: number): number {
  let h = state
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] as number
}
