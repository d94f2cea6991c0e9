import fc from 'fast-check'
import t from 'tap'
import { hash, hashOfText } from '../../../src/resolver/snapshot/hash.ts'

t.test('the hash is MurmurHash3 x86 32 with seed 0', async (t) => {
  // From the published test vectors of that function.
  const vectors: readonly [string, number][] = [
    ['', 0],
    ['a', 0x3c2569b2],
    ['abc', 0xb3dd93fa],
    ['Hello, world!', 0xc0363e43],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ]
  for (const [text, expected] of vectors) t.equal(hash(Buffer.from(text)), expected, text)
})

t.test('a byte string has the hash of its bytes, and a part of an array that of the part', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(8), (bytes, before) => {
      const padded = Buffer.concat([Buffer.alloc(before, 7), bytes, Buffer.from('after')])
      const text = Buffer.from(bytes).toString('latin1')
      return hash(bytes) === hashOfText(text) && hash(padded, before, before + bytes.length) === hash(bytes)
    }),
  )
})
