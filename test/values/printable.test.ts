import t from 'tap'
import { printable } from '../../src/values/index.ts'
import { PRINTABLE_MAX } from '../../src/values/printable.ts'

const escapeByte = String.fromCharCode(0x1b)

t.test('usual text is left as it is', async (t) => {
  for (const text of ['', 'kickback 0.1.0', 'größer', '名前', '👩🏽']) t.equal(printable(text), text)
})

t.test('what a terminal would act on, or would not show, is written as an escapeByte', async (t) => {
  const shown: readonly (readonly [string, string])[] = [
    [`${escapeByte}[2J`, '\\x1b[2J'],
    ['a\nb\r\tc\0', 'a\\x0ab\\x0d\\x09c\\x00'],
    [String.fromCharCode(0x7f, 0x9b), '\\x7f\\x9b'],
    [String.fromCharCode(0x202e, 0x2028, 0x200b, 0xfeff), '\\u202e\\u2028\\u200b\\ufeff'],
    [String.fromCharCode(0xd800), '\\ud800'],
    [String.fromCodePoint(0xe0001), '\\u{e0001}'],
    ['\\x1b', '\\\\x1b'],
  ]
  for (const [text, expected] of shown) t.equal(printable(text), expected)
})

t.test('text is cut at the bound, between characters', async (t) => {
  t.equal(printable('a'.repeat(PRINTABLE_MAX)), 'a'.repeat(PRINTABLE_MAX))
  t.equal(printable('a'.repeat(PRINTABLE_MAX + 1)), `${'a'.repeat(PRINTABLE_MAX)}...`)
  t.equal(printable('👩👩👩', 2), '👩👩...')
  t.equal(printable('x'.repeat(1 << 24), 3), 'xxx...')
})

t.test('bytes are read as UTF-8, and those that are none stand for themselves', async (t) => {
  t.equal(printable(Buffer.from('größer')), 'größer')
  t.equal(printable(Uint8Array.of(0x61, 0xff, 0x62)), 'a\ufffdb')
  t.equal(printable(Buffer.alloc(1 << 20, 'y'), 2), 'yy...')
})
