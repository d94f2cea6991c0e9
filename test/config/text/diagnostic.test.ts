import t from 'tap'
import {
  diagnosticHeadline,
  formatDiagnostic,
  formatDiagnostics,
  parseConfig,
  SourceText,
  wholeFile,
} from '../../../src/config/index.ts'
import { bytesOf } from '../../../tools/config-pages.ts'

/** Every diagnostic of a configuration as text. */
function told(text: string): string {
  return parseConfig(bytesOf(text)).diagnostics.map(formatDiagnostic).join('\n')
}

t.test('a diagnostic is its place, the line with a caret, and the other places as notes', async (t) => {
  t.equal(
    told('nodes 0 # four\n  nodes 5\n'),
    [
      'config:2:3: error: a second nodes line [repeated]',
      '  nodes 5',
      '  ^~~~~~~',
      'config:1:1: note: the first nodes line is here',
      'nodes 0 # four',
      '^~~~~~~',
    ].join('\n'),
  )
})

t.test('tabs before the place are kept under it, so that the caret aligns', async (t) => {
  const [, line, caret] = told('\tnodes\t x').split('\n')
  t.equal(line, '\tnodes\t x')
  t.equal(caret, '\t     \t ^')
})

t.test('columns count code points; neither terminator nor byte order mark shows', async (t) => {
  const places = told('\\xef\\xbb\\xbfnodes x\r\n').match(/^config:\S+ \w+/gm)
  t.same(places, ['config:1:1: note', 'config:1:7: error', 'config:1:8: note'])
  t.same(told('host "é𝄞" x\r\n').split('\n').slice(0, 3), [
    'config:1:6: error: "é𝄞" is not a MAC address: six hex octets are needed, or - if it is not known [bad-mac]',
    'host "é𝄞" x',
    '     ^~~~',
  ])
})

t.test('a control character shows as its picture, never as itself', async (t) => {
  const text = told('nodes \\x1b[31mx\\x7f\\x00')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is sought
  t.notMatch(text, /[\x00-\x09\x0b-\x1f\x7f]/)
  t.match(text, 'nodes ␛[31mx␡␀')
})

t.test('of a long line only the surroundings of the place are shown', async (t) => {
  const lines = told(`nodes 0 ${'é'.repeat(5000)} ${'y'.repeat(5000)}`).split('\n')
  t.match(lines[0], /^config:1:9: error: .* \[extra-argument\]$/)
  t.match(lines[1], /^nodes 0 é{100}…$/)
  t.match(lines[2], /^ {8}\^~{99}$/)
  const far = told(`nodes ${' '.repeat(5000)}x${' z'.repeat(5000)}`).split('\n')
  t.match(far[0], /^config:1:5009: /)
  // 60 letters before the first z, 100 from it on.
  t.equal(far[1], `…${' '.repeat(58)}x ${'z '.repeat(50)}…`)
  t.equal(far[2], `${' '.repeat(61)}^`)
})

t.test('many places of one long line are found in one pass', async (t) => {
  const count = 10_000
  const bytes = Buffer.from(`node 0 ${'0:0: '.repeat(count)}`)
  const columns = parseConfig(bytes).diagnostics.map(({ column }) => column)
  t.equal(columns.length, count)
  t.same(columns.slice(0, 3), [8, 13, 18])
  t.equal(columns.at(-1), 8 + 5 * (count - 1))
})

t.test('a diagnostic is plain data, with the line that it is about', async (t) => {
  t.same(parseConfig(Buffer.from('nodes 0\n nodes 5\n'), { file: '/etc/c' }).diagnostics, [
    {
      file: '/etc/c',
      line: 2,
      column: 2,
      end: 9,
      excerpt: { text: ' nodes 5', before: 1 },
      severity: 'error',
      code: 'repeated',
      message: 'a second nodes line',
      related: [
        {
          file: '/etc/c',
          line: 1,
          column: 1,
          end: 8,
          excerpt: { text: 'nodes 0', before: 0 },
          message: 'the first nodes line is here',
        },
      ],
    },
  ])
})

t.test('a line of a file that may hold a secret is never shown', async (t) => {
  const bytes = Buffer.from('ann:$6$hash\n')
  const span = { line: 1, start: 4, end: 11 }
  const open = { file: 'f', line: 1, column: 5, end: 12 }
  t.same(new SourceText('f', bytes, true).locate(span), open)
  t.same(new SourceText('f', bytes).locate(span), { ...open, excerpt: { text: 'ann:$6$hash', before: 4 } })
})

t.test('what is about a file as a whole, or about no file, has no line', async (t) => {
  const code = { code: 'some', severity: 'error', message: 'gone', related: [] } as const
  t.equal(formatDiagnostic({ ...wholeFile('/etc/c'), ...code }), '/etc/c: error: gone [some]')
  t.equal(formatDiagnostic({ ...wholeFile(''), ...code }), 'kickback: error: gone [some]')
})

t.test('a message is one line that a terminal obeys in nothing, whatever it quotes', async (t) => {
  const code = { code: 'some', severity: 'error', message: 'a\u001b[2Jb\nc\td', related: [] } as const
  const shown = 'f␛: error: a␛[2Jb␊c\td [some]'
  t.equal(formatDiagnostic({ ...wholeFile('f\u001b'), ...code }), shown)
  t.equal(diagnosticHeadline({ ...wholeFile('f\u001b'), ...code }), shown)
})

t.test('the interface behind an address is quoted as any word, and as short', async (t) => {
  const [diagnostic] = parseConfig(bytesOf(`iprange fd00::1%\\x1b${'x'.repeat(1000)} fd00::2`)).diagnostics
  t.match(diagnostic?.message, /is an address with an interface \("%\\u001bx+\.\.\."\), which/)
})

t.test(
  'beside an error the first five warnings of a code are shown, and how many more there are; without one all are',
  async (t) => {
    const nodes = [...Array(9).keys()].map((number) => `node ${number} 2:0:0:0:0:${number}`)
    const textOf = (...lines: readonly string[]) =>
      formatDiagnostics(parseConfig(bytesOf(lines.join('\n'))).diagnostics)
    const wrong = textOf('nodes 9', 'iprange 10.0.0.9 10.0.0.1', ...nodes)
    t.match(wrong, /^config:2:\d+: error: .* \[range-reversed\]$/m)
    t.equal(wrong.match(/\[node-without-address\]$/gm)?.length, 5)
    t.ok(wrong.endsWith('\nand 4 more warnings [node-without-address]: kickback check --json has all\n'), wrong)
    t.equal(textOf('nodes 9', ...nodes).match(/\[node-without-address\]$/gm)?.length, 9)
    const errors = textOf('nodes 0', ...[...Array(8).keys()].map((number) => `host - x${number}`))
    t.equal(errors.match(/ error: /g)?.length, 8, 'no error is left out')
    t.equal(textOf('nodes 0'), '')
  },
)
