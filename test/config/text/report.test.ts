import t from 'tap'
import { DiagnosticFormatter, parseConfig } from '../../../src/config/index.ts'
import { bytesOf } from '../reading.ts'

/** Every diagnostic of a configuration as text. */
function told(text: string): string {
  const bytes = bytesOf(text)
  const formatter = new DiagnosticFormatter('config', bytes)
  return parseConfig(bytes)
    .diagnostics.map((diagnostic) => formatter.format(diagnostic))
    .join('\n')
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
    'config:1:6: error: "é𝄞" is not a MAC address: six hex octets are needed [bad-mac]',
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
  const count = 20_000
  const bytes = Buffer.from(`node 0 ${'0:0: '.repeat(count)}`)
  const formatter = new DiagnosticFormatter('config', bytes)
  const columns = parseConfig(bytes).diagnostics.map((diagnostic) => formatter.toJson(diagnostic).column)
  t.equal(columns.length, count)
  t.same(columns.slice(0, 3), [8, 13, 18])
  t.equal(columns.at(-1), 8 + 5 * (count - 1))
})

t.test('the same as data', async (t) => {
  const bytes = Buffer.from('nodes 0\n nodes 5\n')
  const formatter = new DiagnosticFormatter('config', bytes)
  t.same(
    parseConfig(bytes).diagnostics.map((diagnostic) => formatter.toJson(diagnostic)),
    [
      {
        file: 'config',
        line: 2,
        column: 2,
        endColumn: 9,
        severity: 'error',
        code: 'repeated',
        message: 'a second nodes line',
        related: [{ line: 1, column: 1, endColumn: 8, message: 'the first nodes line is here' }],
      },
    ],
  )
})
