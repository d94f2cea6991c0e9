import t from 'tap'
import { SourceText } from '../../../src/config/index.ts'
import {
  AccountDiagnostics,
  FirstOfId,
  fieldOf,
  InvisibleCharacters,
  linesOf,
  parseId,
  quoted,
  readEntries,
} from '../../../src/resolver/accounts/lines.ts'

const diagnosticsOf = (text: string): AccountDiagnostics =>
  new AccountDiagnostics(new SourceText('file', Buffer.from(text, 'latin1'), true))
const told = ({ list }: AccountDiagnostics): string[] =>
  list.map(({ line, column, code }) => `${line}:${column} ${code}`)

/** The names of entries that a file of names would hold, and what is told of it. */
function read(text: string): { readonly names: string[]; readonly told: string[] } {
  const diagnostics = diagnosticsOf(text)
  const entries = readEntries(Buffer.from(text, 'latin1'), diagnostics, (line) => ({
    name: line.text.split(':')[0] ?? '',
  }))
  return { names: entries.map(({ entry }) => entry.name), told: told(diagnostics) }
}

t.test(
  'a line is what the C library reads: without blanks at its start, with its own number, the last one without newline',
  async (t) => {
    const lines = [...linesOf(Buffer.from('a:1\n\n \t b:2\nc', 'latin1'))]
    t.same(
      lines.map(({ text, span }) => [text, span.line]),
      [
        ['a:1', 1],
        ['', 2],
        ['b:2', 3],
        ['c', 4],
      ],
    )
    const [, , indented] = lines
    t.same(indented?.span, { line: 3, start: 8, end: 11 })
    t.same(indented && fieldOf(indented, 1), { line: 3, start: 10, end: 11 })
  },
)

t.test('comments and empty lines are nothing; lines for NIS and damaged ones are told and left out', async (t) => {
  t.same(read('# ann:x\n\n  # bob\nann:x\n'), { names: ['ann'], told: [] })
  t.same(read('+ann::\n-bob\n+\nann:x\n').names, ['ann'])
  t.same(read('+ann::\n-bob\n').told, ['1:1 account-nis', '2:1 account-nis'])
  t.same(read('a\0n:x\nbob:x\n'), { names: ['bob'], told: ['1:1 account-malformed'] })
})

t.test('a name that comes again is kept and told, with the line that has it first', async (t) => {
  const diagnostics = diagnosticsOf('ann:1\nbob:2\nann:3\nann:4\n')
  const entries = readEntries(Buffer.from('ann:1\nbob:2\nann:3\nann:4\n'), diagnostics, (line) => ({
    name: line.text.split(':')[0] ?? '',
  }))
  t.equal(entries.length, 4)
  t.same(told(diagnostics), ['3:1 account-repeated', '4:1 account-repeated'])
  t.same(
    diagnostics.list.map(({ related }) => related.map(({ line }) => line)),
    [[1], [1]],
  )
})

t.test('an id that two names have is told once for each later name; a name may have its id again', async (t) => {
  const diagnostics = diagnosticsOf('a\nb\nc\nd\n')
  const ids = new FirstOfId(diagnostics)
  const span = (line: number) => ({ line, start: 2 * line - 2, end: 2 * line - 1 })
  ids.claim(7, 'ann', span(1))
  ids.claim(7, 'ann', span(2))
  ids.claim(7, 'bob', span(3))
  ids.claim(8, 'bob', span(4))
  t.same(told(diagnostics), ['3:1 account-same-id'])
})

t.test('ids are decimal, with a plus or blanks before them, up to 4294967294', async (t) => {
  for (const [text, id] of [
    ['0', 0],
    ['+7', 7],
    [' \t7', 7],
    ['007', 7],
    ['4294967294', 0xfffffffe],
  ] as const) {
    t.equal(parseId(text), id, text)
  }
  for (const text of ['', '-1', '7 ', '0x7', '4294967295', '99999999999999999999', '1e3'])
    t.equal(parseId(text), undefined, text)
})

t.test('what is quoted is short and plain: a damaged line can have a hash anywhere', async (t) => {
  t.equal(quoted('ann'), '"ann"')
  t.equal(quoted('x'.repeat(24)), `"${'x'.repeat(24)}"`)
  for (const text of ['x'.repeat(25), 'a\x1b[2J', 'J\xe9r\xf4me']) t.equal(quoted(text), 'the value')
})

t.test('lines with characters that are not seen are told one by one, and then all at once', async (t) => {
  const text = 'a\u00a0b\n'.repeat(25)
  const diagnostics = diagnosticsOf(Buffer.from(text).toString('latin1'))
  const invisible = new InvisibleCharacters(diagnostics)
  for (const line of linesOf(Buffer.from(text))) invisible.look(line)
  invisible.end()
  t.equal(diagnostics.list.length, 21)
  t.match(diagnostics.list.at(-1), { line: 25, message: /and 4 more lines/ })
})
