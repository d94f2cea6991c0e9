import fc from 'fast-check'
import t from 'tap'
import { byteString, displayed } from '../../../src/resolver/records/entries.ts'

t.test('a text is one character for each byte of its UTF-8, and is shown as it was', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const bytes = byteString(text)
      return bytes.length === Buffer.byteLength(text) && /^[\0-\xff]*$/.test(bytes) && displayed(bytes) === text
    }),
  )
})

t.test('bytes that are not UTF-8 are shown one character each, none is lost', async (t) => {
  t.equal(displayed('caf\xe9'), 'café')
  t.equal(displayed('\xc3\xa9\xff'), 'Ã©ÿ')
  t.equal(displayed(''), '')
})
