import t from 'tap'
import { shortBytes } from '../../../src/values/addresses/short-bytes.ts'

t.test('each array has bytes of its own, all zero, also where one piece is full', async (t) => {
  const all = Array.from({ length: 1000 }, (_, i) => {
    const bytes = shortBytes(i % 2 === 0 ? 4 : 6)
    t.ok(bytes.every((byte) => byte === 0))
    return bytes.fill(i % 256)
  })
  t.ok(all.every((bytes, i) => bytes.length === (i % 2 === 0 ? 4 : 6) && bytes.every((byte) => byte === i % 256)))
})

t.test('many arrays share a piece of memory, and none of them is large', async (t) => {
  const buffers = new Set(Array.from({ length: 1000 }, () => shortBytes(6).buffer))
  t.ok(buffers.size < 20, `${buffers.size}`)
  t.ok([...buffers].every(({ byteLength }) => byteLength <= 512))
})
