import { createHash } from 'node:crypto'
import t from 'tap'
import { digestOf } from '../../../../src/daemon/store/kept/contents.ts'
import { atOnce } from '../../../../src/values/index.ts'

t.test('the digest of a long text is made in steps, and that of a text that is still there is known', async (t) => {
  for (const size of [0, 1, 512 * 1024, 3 * 2 ** 20 + 5]) {
    const text = Buffer.alloc(size, 'node 1 02:00:00:00:00:01\n')
    const steps = [...digestOf(text)].length
    t.equal(steps, Math.ceil(size / (512 * 1024)), `${size} bytes`)
    t.equal(atOnce(digestOf(text)), createHash('sha256').update(text).digest('hex'))
    t.equal([...digestOf(text)].length, 0, 'nothing is hashed twice')
    t.equal(atOnce(digestOf(Buffer.from(text))), atOnce(digestOf(text)))
  }
})
