import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import t from 'tap'
import { firstInvisible } from '../../src/values/index.ts'

/** A text as one character for each byte of its UTF-8. */
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

t.test('blanks other than space and tab, and characters of no width, are found and named', async (t) => {
  const found: readonly (readonly [text: string, at: number, length: number, name: string])[] = [
    ['a\u00a0b', 1, 2, 'a no-break space (U+00A0)'],
    ['\ufeffa', 0, 3, 'a byte order mark (U+FEFF)'],
    ['é\u200b', 2, 3, 'a zero width space (U+200B)'],
    ['a\u0085', 1, 2, 'a next line character (U+0085)'],
    ['a\u2003b', 1, 3, 'an invisible character (U+2003)'],
    ['a\u{e0001}', 1, 4, 'an invisible character (U+E0001)'],
    ['\u3164', 0, 3, 'an invisible character (U+3164)'],
  ]
  for (const [text, at, length, name] of found) t.same(firstInvisible(bytesOf(text), true), { at, length, name }, name)
})

t.test('the first of several is found', async (t) => {
  t.match(firstInvisible(bytesOf('x \u2028\u00a0'), true), { at: 2, name: 'a line separator (U+2028)' })
})

t.test('what a person sees or means is none: blanks, tabs, letters and signs of any script', async (t) => {
  for (const text of ['', 'a b\tc', 'grün', 'Ωμέγα', '節点', '\u{1f600}', '«»–']) {
    t.equal(firstInvisible(bytesOf(text), true), undefined, text)
  }
})

t.test('a carriage return counts only where it is said to', async (t) => {
  t.same(firstInvisible('a\rb', true), { at: 1, length: 1, name: 'a carriage return (U+000D)' })
  t.equal(firstInvisible('a\rb', false), undefined)
  t.match(firstInvisible(bytesOf('a\rb\u00a0'), false), { at: 3 })
})

t.test('text that is not UTF-8 is read as Latin-1, where each byte is a character', async (t) => {
  t.same(firstInvisible('caf\xe9\xa0x', true), { at: 4, length: 1, name: 'a no-break space (U+00A0)' })
  t.equal(firstInvisible('caf\xe9', true), undefined)
})

t.test('whatever the bytes, what is found lies in them, and is the first', async () => {
  const piece = fc.constantFrom('a', ' ', '\r', '\xa0', '\xc2\xa0', '\xe2\x80\x8b', '\xff', '\xc3\xa9')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, returns) => {
      const text = pieces.join('')
      const found = firstInvisible(text, returns)
      if (found === undefined) return true
      const { at, length } = found
      // What comes before may be UTF-8 where the whole is not: then it is read otherwise.
      const next = isUtf8(Buffer.from(text, 'latin1')) ? firstInvisible(text.slice(0, at), returns) : undefined
      return length > 0 && at + length <= text.length && next === undefined
    }),
    { numRuns: 1000 },
  )
})
