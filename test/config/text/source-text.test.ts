import t from 'tap'
import { SourceText } from '../../../src/config/text/source-text.ts'

/** The place of the bytes from `start` to `end` of a text, in the line that is said. */
function located(text: string | Buffer, line: number, start: number, end: number, isSecret = false) {
  return new SourceText('file', Buffer.from(text as string), isSecret).locate({ line, start, end })
}

t.test('columns count characters, whatever bytes they take, from 1', async (t) => {
  const text = 'a\u00e9\u{1f600}x'
  t.match(located(text, 1, 0, 1), { file: 'file', line: 1, column: 1, end: 2 })
  t.match(located(text, 1, 1, 3), { column: 2, end: 3 })
  t.match(located(text, 1, 3, 7), { column: 3, end: 4 })
  t.match(located(text, 1, 7, 8), { column: 4, end: 5 })
  t.match(located('one\ntwo three\n', 2, 8, 13), { line: 2, column: 5, end: 10 })
})

t.test('spans may be asked for in any order, of one line and of several', async (t) => {
  const source = new SourceText('file', Buffer.from('\u00e9\u00e9 two\nthree\n'))
  const column = (line: number, start: number): number => source.locate({ line, start, end: start + 1 }).column
  t.same([column(1, 5), column(1, 2), column(2, 10), column(1, 7), column(1, 0), column(2, 9)], [4, 2, 2, 6, 1, 1])
})

t.test('a byte order mark at the start of a file is no character; one within is', async (t) => {
  t.match(located('\ufeffab', 1, 3, 4), { column: 1, end: 2, excerpt: { text: 'ab', before: 0 } })
  t.match(located('\ufeffab', 1, 4, 5), { column: 2, excerpt: { text: 'ab', before: 1 } })
  t.match(located('a\ufeffb', 1, 4, 5), { column: 3 })
})

t.test('the excerpt is the line without its end, and where the span is in it', async (t) => {
  t.same(located('one\ntwo three\r\nfour', 2, 8, 13).excerpt, { text: 'two three', before: 4 })
  t.same(located('one\n', 1, 3, 3).excerpt, { text: 'one', before: 3 }, 'at the end of the line')
  t.same(located('', 1, 0, 0).excerpt, { text: '', before: 0 })
  t.same(located('last', 1, 0, 4).excerpt, { text: 'last', before: 0 }, 'a line without newline')
})

t.test('of a long line only the part around the span is shown, with a mark where it is cut', async (t) => {
  const text = `${'b'.repeat(61)}X${'a'.repeat(100)}\n`
  const { text: shown, before } = located(text, 1, 61, 62).excerpt ?? { text: '', before: 0 }
  t.equal(shown, `…${'b'.repeat(60)}X${'a'.repeat(99)}…`)
  t.equal(before, 61)
  const whole = `${'b'.repeat(60)}X${'a'.repeat(99)}`
  t.same(located(`${whole}\n`, 1, 60, 61).excerpt, { text: whole, before: 60 }, 'one that just fits is not cut')
  const wide = `${'\u{1f600}'.repeat(60)}X`
  t.same(located(wide, 1, 240, 241).excerpt, { text: wide, before: 60 }, 'characters are counted, not bytes')
})

t.test('no line of a secret file is shown', async (t) => {
  const { excerpt, ...rest } = located('root:$6$hash\n', 1, 5, 12, true)
  t.equal(excerpt, undefined)
  t.same(rest, { file: 'file', line: 1, column: 6, end: 13 })
})
