import t from 'tap'
import type { Diagnostic } from '../../src/config/index.ts'
import { changesOf, firstErrors, shortened } from '../../src/daemon/reload-report.ts'

/** Diagnostics of one severity. */
const many = (count: number, severity: Diagnostic['severity']): Diagnostic[] =>
  Array.from({ length: count }, (_, i) => {
    const place = { file: 'config', line: i + 1, column: 1, end: 2, excerpt: { text: 'a secret', before: 0 } }
    return { ...place, code: 'some-code', severity, message: 'wrong', related: [{ ...place, message: 'here' }] }
  })
const count = (diagnostics: readonly Diagnostic[], severity: Diagnostic['severity']): number =>
  diagnostics.filter((one) => one.severity === severity).length

t.test('as many diagnostics as fit are told as they are', async (t) => {
  const diagnostics = many(1000, 'note')
  t.same(shortened(diagnostics), { diagnostics })
  t.equal(shortened(diagnostics).diagnostics, diagnostics)
})

t.test('of too many the errors stay, then the warnings, in the order of the files', async (t) => {
  const all = [...many(800, 'note'), ...many(300, 'warning'), ...many(100, 'error')]
  const { diagnostics, omitted } = shortened(all)
  t.same([diagnostics.length, omitted], [1000, 200])
  t.same([count(diagnostics, 'error'), count(diagnostics, 'warning'), count(diagnostics, 'note')], [100, 300, 600])
  t.equal(diagnostics[0], all[0], 'the order is kept')
  t.equal(shortened(many(1500, 'error')).omitted, 500)
})

t.test('the errors that are remembered are the first ten, without a line of any file', async (t) => {
  const errors = firstErrors([...many(3, 'warning'), ...many(15, 'error'), ...many(3, 'note')])
  t.same(
    errors.map(({ line }) => line),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  t.notMatch(JSON.stringify(errors), /secret/)
  t.match(errors[0], { code: 'some-code', message: 'wrong', related: [{ line: 1, message: 'here' }] })
})

t.test('a change has all counts, and ten names of each kind', async (t) => {
  const names = Array.from({ length: 12 }, (_, i) => `n${i}`)
  const change = { before: 20, after: 21, added: names, removed: ['a'], changed: [], moved: [], isEmptied: false }
  t.same(changesOf({ hosts: change }), {
    hosts: {
      before: 20,
      after: 21,
      added: 12,
      removed: 1,
      changed: 0,
      names: { added: names.slice(0, 10), removed: ['a'], changed: [] },
    },
  })
  t.same(changesOf({}), {})
})
