import t from 'tap'
import { sharedBytes } from '../../../src/resolver/snapshot/shared-bytes.ts'

t.test(
  'threads share them, they are zeros, and as long as was asked for; large ones take a page more at most',
  async (t) => {
    for (const size of [0, 192, 4 * 2 ** 20 - 1, 4 * 2 ** 20, 40 * 2 ** 20 + 8]) {
      const bytes = sharedBytes(size)
      t.ok(bytes.buffer instanceof SharedArrayBuffer)
      t.equal(bytes.length, size)
      t.equal(bytes.byteOffset % 8, 0, 'records are aligned')
      t.ok(bytes.buffer.byteLength - size <= 4096)
      t.ok(bytes.every((byte) => byte === 0))
    }
  },
)
