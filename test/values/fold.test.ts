import fc from 'fast-check'
import t from 'tap'
import { foldByte, foldCase } from '../../src/values/index.ts'

t.test('case is folded for ASCII letters alone', async (t) => {
  t.equal(foldCase('AZaz@[`{Äİ\u212a09'), 'azaz@[`{Äİ\u212a09')
})

t.test('bytes fold as names do', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), (byte) => {
      return String.fromCharCode(foldByte(byte)) === foldCase(String.fromCharCode(byte))
    }),
  )
})
