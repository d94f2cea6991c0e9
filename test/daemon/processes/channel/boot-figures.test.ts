import t from 'tap'
import { bootWord } from '../../../../src/daemon/processes/channel/boot-figures.ts'

const figures = {
  generation: 0,
  places: [{ host: '10.0.0.1', port: 3048 }],
  missing: [{ host: '10.9.0.1', port: 3048, reason: 'no such address' }],
  failures: {},
  counters: { transfers: 1, bytes: 2, delayed: 3, refused: 4 },
}

t.test('figures are taken as they are', async (t) => {
  t.same(bootWord({ kind: 'figures', figures }), { kind: 'figures', figures })
})

t.test('why a place is missing is made printable and short', async (t) => {
  const reason = `\u001b[2J\n${'x'.repeat(10_000)}`
  const word = bootWord({ kind: 'ready', figures: { ...figures, missing: [{ host: '10.9.0.1', port: 1, reason }] } })
  const told = word.kind === 'ready' ? (word.figures.missing[0]?.reason ?? '') : ''
  t.ok(told.length > 0 && told.length < 500 && [...told].every((character) => character >= ' '))
})

t.test('what is no place, or of another shape, is refused', async (t) => {
  const [place] = figures.missing
  for (const missing of [
    undefined,
    {},
    [{}],
    [{ ...place, reason: 7 }],
    [{ ...place, host: 'x' }],
    [{ ...place, port: 65_536 }],
  ])
    t.throws(() => bootWord({ kind: 'figures', figures: { ...figures, missing } } as never), JSON.stringify(missing))
})
