/** SipHash-2-4 with 64 bits of result (Aumasson and Bernstein), which RFC 9018 makes server cookies with. Words are pairs of 32 bits. */

/** Four 64-bit words, each as low and high half. */
type State = Int32Array

/** The hash of a message under a key of 16 bytes, as 8 little-endian bytes. */
export function sipHash(key: Uint8Array, message: Uint8Array): Buffer {
  const words = new DataView(key.buffer, key.byteOffset, key.length)
  const k = [0, 4, 8, 12].map((at) => words.getInt32(at, true)) as [number, number, number, number]
  // "somepseudorandomlygeneratedbytes", xored with the key.
  const state = Int32Array.of(
    k[0] ^ 0x70736575,
    k[1] ^ 0x736f6d65,
    k[2] ^ 0x6e646f6d,
    k[3] ^ 0x646f7261,
    k[0] ^ 0x6e657261,
    k[1] ^ 0x6c796765,
    k[2] ^ 0x79746573,
    k[3] ^ 0x74656462,
  )
  const padded = Buffer.alloc((message.length & ~7) + 8)
  padded.set(message)
  padded[padded.length - 1] = message.length
  for (let at = 0; at < padded.length; at += 8) compress(state, padded.readInt32LE(at), padded.readInt32LE(at + 4))
  return finished(state)
}

function compress(v: State, low: number, high: number): void {
  v[6] = (v[6] ?? 0) ^ low
  v[7] = (v[7] ?? 0) ^ high
  round(v)
  round(v)
  v[0] = (v[0] ?? 0) ^ low
  v[1] = (v[1] ?? 0) ^ high
}

function finished(v: State): Buffer {
  v[4] = (v[4] ?? 0) ^ 0xff
  for (let i = 0; i < 4; i++) round(v)
  const hash = Buffer.alloc(8)
  const xored = (half: number) => [0, 2, 4, 6].reduce((sum, word) => sum ^ (v[word + half] ?? 0), 0)
  hash.writeInt32LE(xored(0), 0)
  hash.writeInt32LE(xored(1), 4)
  return hash
}

function round(v: State): void {
  add(v, 0, 2)
  rotate(v, 2, 13)
  xor(v, 2, 0)
  rotate(v, 0, 32)
  add(v, 4, 6)
  rotate(v, 6, 16)
  xor(v, 6, 4)
  add(v, 0, 6)
  rotate(v, 6, 21)
  xor(v, 6, 0)
  add(v, 4, 2)
  rotate(v, 2, 17)
  xor(v, 2, 4)
  rotate(v, 4, 32)
}

/** Adds word b to word a. */
function add(v: State, a: number, b: number): void {
  const low = ((v[a] ?? 0) >>> 0) + ((v[b] ?? 0) >>> 0)
  v[a + 1] = (v[a + 1] ?? 0) + (v[b + 1] ?? 0) + (low > 0xffffffff ? 1 : 0)
  v[a] = low
}

function xor(v: State, a: number, b: number): void {
  v[a] = (v[a] ?? 0) ^ (v[b] ?? 0)
  v[a + 1] = (v[a + 1] ?? 0) ^ (v[b + 1] ?? 0)
}

/** Rotates word a to the left by up to 32 bits. */
function rotate(v: State, a: number, bits: number): void {
  const low = v[a] ?? 0
  const high = v[a + 1] ?? 0
  if (bits === 32) {
    v[a] = high
    v[a + 1] = low
    return
  }
  v[a] = (low << bits) | (high >>> (32 - bits))
  v[a + 1] = (high << bits) | (low >>> (32 - bits))
}
