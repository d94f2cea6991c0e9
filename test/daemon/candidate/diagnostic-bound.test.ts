import t from 'tap'
import type { Diagnostic } from '../../../src/config/index.ts'
import { buildOnThread } from '../../../src/daemon/candidate/build-thread.ts'
import { buildCandidate, NO_SNAPSHOTS } from '../../../src/daemon/candidate/candidate.ts'
import { bounded } from '../../../src/daemon/candidate/diagnostic-bound.ts'
import { RULES, readFile, sourcesOf } from '../sources.ts'

/** As many diagnostics as there are lines: of hosts without an address, and of words that no directive has. */
function said(lines: readonly ('host zz' | 'notes')[]) {
  const sources = sourcesOf(1, { config: readFile('config', `${lines.join('\n')}\n`) })
  return { sources, rules: RULES, before: NO_SNAPSHOTS, today: 20_000 }
}
const nowhere = () => []

t.test('what is within the bound stays as it is', async (t) => {
  const { diagnostics } = buildCandidate(said(['notes', 'host zz']), nowhere)
  t.same(bounded(diagnostics, 3), { diagnostics, omitted: 3 })
})

t.test('of what is too much errors stay first, in their order, and the rest is counted', async (t) => {
  const lines = Array.from({ length: 1500 }, (_, i) => (i % 2 === 0 ? ('notes' as const) : ('host zz' as const)))
  const all = buildCandidate(said(lines), nowhere).diagnostics
  const errors = all.filter(({ severity }) => severity === 'error')
  const { diagnostics, omitted } = bounded(all, 7)
  t.equal(diagnostics.length, 1000)
  t.equal(omitted, 7 + all.length - 1000)
  t.same(
    diagnostics.filter(({ severity }) => severity === 'error'),
    errors,
  )
  t.same(
    diagnostics,
    [...diagnostics].sort((a, b) => a.line - b.line),
  )
})

t.test('a thread hands on what is within the bound, and says how many errors there are', async (t) => {
  const order = said(Array.from({ length: 2500 }, () => 'host zz' as const))
  const whole = buildCandidate(order, nowhere)
  const { diagnostics, errors, omitted, built } = await buildOnThread(order)
  t.equal(diagnostics.length, 1000)
  t.equal(omitted, whole.diagnostics.length - 1000)
  t.equal(errors, whole.errors)
  t.ok(errors >= 2500)
  t.equal(built, undefined)
})

t.test('of too many the errors stay, then the warnings, in the order of the files', async (t) => {
  const many = (count: number, severity: Diagnostic['severity']): Diagnostic[] =>
    Array.from({ length: count }, (_, i) => {
      const place = { file: 'config', line: i + 1, column: 1, end: 2 }
      return { ...place, code: 'some-code', severity, message: 'wrong', related: [] }
    })
  const all = [...many(800, 'note'), ...many(300, 'warning'), ...many(100, 'error')]
  const { diagnostics, omitted } = bounded(all)
  t.equal(omitted, 200)
  const count = (wanted: Diagnostic['severity']): number =>
    diagnostics.filter(({ severity }) => severity === wanted).length
  t.same([count('error'), count('warning'), count('note')], [100, 300, 600])
  t.equal(diagnostics[0], all[0], 'the order is kept')
  t.equal(bounded(many(1500, 'error')).omitted, 500)
  t.equal(bounded(many(1000, 'note')).omitted, 0)
})
