import t from 'tap'
import { hex } from '../../src/values/hex.ts'

t.test('bytes are two digits each, those of a part of others alone', async (t) => {
  t.equal(hex(Uint8Array.of(0, 1, 0xab, 0xff)), '0001abff')
  t.equal(hex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3)), '0203')
  t.equal(hex(Buffer.from('ab')), '6162')
  t.equal(hex(new Uint8Array()), '')
})
