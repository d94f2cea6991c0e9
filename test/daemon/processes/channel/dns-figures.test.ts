import t from 'tap'
import { dnsWord } from '../../../../src/daemon/processes/channel/dns-figures.ts'
import { newCounters } from '../../../../src/dns/counters.ts'

const figures = {
  generation: 7,
  places: [{ host: '127.0.0.1', port: 53 }],
  handover: 0,
  counters: newCounters(),
  failures: {},
}

t.test('figures are taken as they are, before the first answer too', async (t) => {
  t.same(dnsWord({ kind: 'ready', figures }), { kind: 'ready', figures })
  const none = { generation: 0, places: [], handover: 0, counters: null, failures: {} }
  t.same(dnsWord({ kind: 'figures', figures: none }), { kind: 'figures', figures: none })
})

t.test('a reason is made printable and short', async (t) => {
  const word = dnsWord({ kind: 'failed', reason: `\u001b[2J\n${'x'.repeat(10_000)}` })
  t.equal(word.kind, 'failed')
  if (word.kind !== 'failed') return
  t.ok([...word.reason].every((character) => character >= ' '))
  t.ok(word.reason.length < 1000)
})

t.test('what has another shape, an unknown kind, or names that nobody gave is refused', async (t) => {
  const wrong: readonly unknown[] = [
    undefined,
    null,
    7,
    'ready',
    [],
    {},
    { kind: 'other', figures },
    { kind: 'ready' },
    { kind: 'failed' },
    { kind: 'ready', figures: { ...figures, generation: -1 } },
    { kind: 'ready', figures: { ...figures, generation: '7' } },
    { kind: 'ready', figures: { ...figures, places: [{ host: 'example.org', port: 53 }] } },
    { kind: 'ready', figures: { ...figures, places: [{ host: '127.0.0.1', port: 70_000 }] } },
    { kind: 'ready', figures: { ...figures, failures: { '\u001b[31m': 1 } } },
    { kind: 'ready', figures: { ...figures, failures: { 'watch poll': -1 } } },
    { kind: 'ready', figures: { ...figures, counters: undefined } },
    { kind: 'ready', figures: { ...figures, counters: { ...newCounters(), udp: 1.5 } } },
    { kind: 'ready', figures: { ...figures, counters: { ...newCounters(), replies: [1] } } },
    ...Object.keys(newCounters()).map((name) => {
      const counters: Record<string, unknown> = { ...newCounters() }
      delete counters[name]
      return { kind: 'figures', figures: { ...figures, counters } }
    }),
  ]
  for (const value of wrong) t.throws(() => dnsWord(value), JSON.stringify(value))
})
