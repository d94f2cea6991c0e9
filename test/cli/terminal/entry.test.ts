import t from 'tap'
import { entryLines } from '../../../src/cli/terminal/entry.ts'

const ENTRY = {
  label: 'LABEL',
  text: 'one two three four five six seven',
  more: ['to do: this'],
  tone: 'error',
} as const

t.test('in a pipe a text is one line, whatever its length, and has no colours', async (t) => {
  t.same(entryLines(ENTRY, undefined), ['LABEL        one two three four five six seven', '             to do: this'])
})

t.test('on a terminal it is folded at the edge, and the label has a colour where the terminal has any', async (t) => {
  const screen = { columns: 35, rows: 24, hasColour: false }
  const lines = entryLines(ENTRY, screen)
  t.same(lines, ['LABEL        one two three four', '             five six seven', '             to do: this'])
  t.same(entryLines(ENTRY, { ...screen, hasColour: true })[0], '\u001b[1;31mLABEL        \u001b[0mone two three four')
  const long = 'x'.repeat(60)
  t.same(entryLines({ label: '', text: `a ${long} b` }, screen), [
    '             a',
    `             ${long}`,
    '             b',
  ])
})
