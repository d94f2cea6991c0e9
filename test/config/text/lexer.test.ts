import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { ConfigDiagnostics } from '../../../src/config/text/config-diagnostics.ts'
import { type Line, lex } from '../../../src/config/text/lexer.ts'
import { SourceText } from '../../../src/config/text/source-text.ts'
import { bytesOf } from '../../../tools/config-pages.ts'

const diagnosticsOf = (bytes: Uint8Array) => new ConfigDiagnostics(new SourceText('config', bytes))

/** The words of each line, and what was said of it: `CODE LINE:COLUMN-END`. */
function lexed(text: string): { lines: string[][]; said: string[] } {
  const diagnostics = diagnosticsOf(bytesOf(text))
  const lines = lex(bytesOf(text), diagnostics)
  return {
    lines: lines.map((line) => line.words.map((word) => word.value)),
    said: diagnostics.list.map(({ code, line, column, end }) => `${code} ${line}:${column}-${end}`),
  }
}

t.test('words are what stands between white space of any kind', async (t) => {
  t.same(lexed(' a\tbc  d\v\f\re \n\n\nf').lines, [['a', 'bc', 'd', 'e'], [], [], ['f']])
})

t.test('a line ends at LF or CRLF; another CR is white space', async (t) => {
  t.same(lexed('a b\r\nc\rd\r\r\ne\r').lines, [['a', 'b'], ['c', 'd'], ['e']])
})

t.test('# starts a comment wherever it stands, in mid-word and inside quotes', async (t) => {
  t.same(lexed('a b#c d\n#\n"x # y" z').lines, [['a', 'b'], [], ['x ']])
  t.same(lexed('"x # y"').said, ['comment-in-quote 1:1-4'])
  t.same(lexed('a \\# b').lines, [['a', '\\']], 'a backslash does not save it')
})

t.test('quotes group white space, open and close in mid-word, and are removed', async (t) => {
  t.same(lexed(`a"b c"d 'e f' "" x''y`).lines, [['ab cd', 'e f', '', 'xy']])
  t.same(lexed(`"it's" 'say "hi"'`).lines, [["it's", 'say "hi"']], 'inside one kind the other is literal')
})

t.test('a backslash makes the next quote literal, and nothing else', async (t) => {
  t.same(lexed(`a\\"b "c\\"d" 'e\\'f' \\a \\\\ x\\`).lines, [['a"b', 'c"d', "e'f", '\\a', '\\\\', 'x\\']])
  t.same(lexed('a \\\nb').lines, [['a', '\\'], ['b']], 'backslash-newline joins no lines')
})

t.test('a quote that is open at the end of the line is an error at the quote', async (t) => {
  t.same(lexed('a b"c d\ne'), { lines: [['a', 'bc d'], ['e']], said: ['unterminated-quote 1:4-8'] })
  t.same(lexed(`'a"\r\n`), { lines: [['a"']], said: ['unterminated-quote 1:1-4', 'crlf 1:4-5'] })
})

t.test('a byte order mark is skipped at the start of the file only', async (t) => {
  t.same(lexed('\\xef\\xbb\\xbfnodes 3').lines, [['nodes', '3']])
  t.same(lexed('a\n\ufeffb').lines, [['a'], ['\ufeffb']])
  t.same(lexed('\\xef\\xbb\\xbf'), { lines: [[]], said: ['byte-order-mark 1:1-1'] })
})

t.test('words are UTF-8; the first bad byte of a line is told', async (t) => {
  t.same(lexed('a é "ü ß" €𝄞').lines, [['a', 'é', 'ü ß', '€𝄞']])
  t.same(lexed('é a\\xffb\\xfe').said, ['invalid-utf8 1:4-5'])
  t.same(lexed('a # \\xe9\nb').said, ['invalid-utf8-comment 1:5-6'])
  t.same(lexed('ab\\xc3').said, ['invalid-utf8 1:3-4'], 'cut short at the end of the file')
  t.same(lexed('a\\xc3\nb\\xed\\xa0\\x80\nc\\xf4\\x90\\x80\\x80\nd\\xc0\\x80').said, [
    'invalid-utf8 1:2-3',
    'invalid-utf8 2:2-3',
    'invalid-utf8 3:2-3',
    'invalid-utf8 4:2-3',
  ])
})

t.test('NUL bytes are told once a line, in comments too', async (t) => {
  t.same(lexed('a\\x00\\x00 b\\x00\n# \\x00\nc').said, ['nul-byte 1:2-4', 'nul-byte 2:3-4'])
})

t.test('a line of a megabyte is a line', async (t) => {
  const { lines, said } = lexed(`host ${'x'.repeat(1 << 20)} "${' '.repeat(1 << 20)}" ${'a '.repeat(1 << 16)}`)
  t.equal(lines.length, 1)
  t.equal(lines[0]?.length, 3 + (1 << 16))
  t.same(said, [])
})

t.test('offsets count bytes', async (t) => {
  const bytes = Buffer.from('é "ü x" # €\r\n')
  const [line] = lex(bytes, diagnosticsOf(bytes))
  t.match(line, {
    start: 0,
    wordsEnd: 10,
    contentEnd: 15,
    end: 17,
    words: [
      { start: 0, end: 2 },
      { start: 3, end: 9 },
    ],
  })
})

/** The words of the lines of any bytes are in order, apart, and inside their lines; nothing but white space and marks is between them. */
function checkWords(t: Test, bytes: Uint8Array, lines: readonly Line[]): void {
  const text = Buffer.from(bytes)
  let next = 0
  for (const { start, wordsEnd, contentEnd, end, words } of lines) {
    if (start !== next || wordsEnd > contentEnd || contentEnd > end) t.fail(`a gap at ${next}`)
    next = end
    let at = start
    for (const word of [...words, { start: wordsEnd, end: wordsEnd }]) {
      const between = text.subarray(at, word.start).toString('utf8')
      if (!/^\ufeff?[ \t\v\f\r]*$/.test(between)) t.fail(`${JSON.stringify(between)} is between words`)
      if (text.subarray(word.start, word.end).includes('#')) t.fail('a comment in a word')
      at = word.end
    }
    const comment = text.subarray(wordsEnd, contentEnd).toString('latin1')
    if (!/^(?:#|[ \t\v\f\r]*$)/.test(comment)) t.fail(`${JSON.stringify(comment)} is not a comment`)
    if (!['', '\n', '\r\n'].includes(text.subarray(contentEnd, end).toString('latin1'))) t.fail('not a terminator')
  }
  if (next !== bytes.length) t.fail(`lines end at ${next} of ${bytes.length}`)
}

t.test('words, white space, comments and line ends of any file, one after the other, are the file', async (t) => {
  const pieces = fc.constantFrom('nodes', ' ', '\t', '"', "'", '\\', '#', '\r', '\n', 'é', '\0', '\ufeff', 'x')
  const text = fc.array(pieces, { maxLength: 60 }).map((parts) => Buffer.from(parts.join('')))
  fc.assert(
    fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      checkWords(t, bytes, lex(bytes, diagnosticsOf(bytes)))
    }),
    { numRuns: 2000 },
  )
  const faults = readFileSync(new URL('../../fixtures/config/faults.config', import.meta.url))
  checkWords(t, faults, lex(faults, diagnosticsOf(faults)))
})

t.test('characters that nobody sees are told at their place, once a line, in words and between them', async (t) => {
  t.same(lexed('nodes\\xc2\\xa04').said, ['invisible-character 1:6-7'])
  t.same(lexed('a\\xe2\\x80\\x8b b\\xc2\\xa0\n\\xe3\\x80\\x80c').said, [
    'invisible-character 1:2-3',
    'invisible-character 2:1-2',
  ])
  t.same(lexed('é "a\\xef\\xbb\\xbfb"').said, ['invisible-character 1:5-6'], 'quotes hide nothing')
  t.same(lexed('a\rb\r\nc').said, ['crlf 1:4-5', 'invisible-character 1:2-3'], 'an old line end in mid-line')
  t.same(lexed('a # \\xc2\\xa0 b').said, [], 'not in a comment')
  t.same(lexed('a\tb \f\v é ü').said, [])
})

t.test('line ends of another system are told once, a mark at the start of the file too', async (t) => {
  t.same(lexed('a\r\nb\r\n# c\r\n').said, ['crlf 1:2-3'])
  t.same(lexed('\\xef\\xbb\\xbfa\\xef\\xbb\\xbf\n').said, ['byte-order-mark 1:1-1', 'invisible-character 1:2-3'])
})
