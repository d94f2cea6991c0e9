import t from 'tap'
import type { Diagnostic } from '../../../src/config/index.ts'
import { changesOf, firstErrors } from '../../../src/daemon/reload/report.ts'

/** Diagnostics of one severity. */
const many = (count: number, severity: Diagnostic['severity']): Diagnostic[] =>
  Array.from({ length: count }, (_, i) => {
    const place = { file: 'config', line: i + 1, column: 1, end: 2, excerpt: { text: 'a secret', before: 0 } }
    return { ...place, code: 'some-code', severity, message: 'wrong', related: [{ ...place, message: 'here' }] }
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

t.test('a change has all counts, and the names that are told', async (t) => {
  const told = {
    ...{ before: 20, after: 21, added: 12, removed: 1, changed: 0 },
    names: { added: ['n0', 'n1'], removed: ['a'], changed: [] },
  }
  t.same(changesOf({ hosts: { ...told, moved: 0, renumbered: 0, isEmptied: false } }), { hosts: told })
  t.same(
    changesOf({ hosts: { ...told, moved: 2, renumbered: 1, isEmptied: false } }),
    { hosts: { ...told, moved: 2, renumbered: 1 } },
    'hosts move to another address',
  )
  t.same(
    changesOf({ passwd: { ...told, moved: 2, renumbered: 2, isEmptied: false } }),
    { passwd: { ...told, renumbered: 2 } },
    'users do not move: they get another id',
  )
  t.same(changesOf({}), {})
})
