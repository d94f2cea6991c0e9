import { execFileSync } from 'node:child_process'
import t from 'tap'
import { LoopDelay } from '../../../src/daemon/metrics/loop-delay.ts'
import { type Reading, readMetrics } from '../../../src/daemon/metrics/reading.ts'
import { metricsFormat, metricsText } from '../../../src/daemon/metrics/text.ts'
import { newCounters } from '../../../src/dns/counters.ts'
import { KickbackServer } from '../../../src/kickback/service/server.ts'
import { bare } from '../../kickback/cluster.ts'

/** The reading of a master that has just started. */
async function reading(): Promise<Reading> {
  const server = new KickbackServer(bare())
  return readMetrics({
    report: () => server.report(),
    service: () => server.counts(),
    dns: async () => newCounters(),
    reloads: () => new Map([['published', 1]]),
    certificateUntil: () => 1_800_000_000_000,
    loop: new LoopDelay({ lasts: 0 }),
  })
}

t.test('a reading is plain data: its text is the same after JSON', async (t) => {
  const before = await reading()
  t.equal(await metricsText(JSON.parse(JSON.stringify(before))), await metricsText(before))
})

t.test(
  'whether nodes that boot are answered: everywhere, not everywhere, by no process, and where none are booted',
  async (t) => {
    const { report, ...rest } = await reading()
    const up = async (boot: { readonly pid: number; readonly missing: readonly object[] } | undefined) => {
      const told = {
        ...report,
        boot_process: boot && { generation: 0, restarts: 0, failures: {}, listening: [], ...boot },
      }
      return /^kickback_boot_up.*$/m.exec(await metricsText({ ...rest, report: told } as Reading))?.[0]
    }
    t.match(await up({ pid: 7, missing: [] }), / 1$/)
    t.match(await up({ pid: 7, missing: [{ place: '10.9.0.1:3048', reason: 'no address' }] }), / 0$/)
    t.match(await up({ pid: 0, missing: [] }), / 0$/)
    t.equal(await up(undefined), undefined)
  },
)

t.test('who accepts OpenMetrics gets it, whoever else the text of Prometheus', async (t) => {
  const prometheus = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2'
  t.equal(metricsFormat(prometheus), 'openmetrics')
  t.equal(metricsFormat('*/*'), 'text')
  t.equal(metricsFormat(undefined), 'text')
  const open = await metricsText(await reading(), 'openmetrics')
  t.match(open, /^# TYPE kickback_reloads counter\nkickback_reloads_total\{outcome="published"\} 1$/m)
  t.match(open, /\n# EOF\n$/)
  t.match(await metricsText(await reading()), /^# TYPE kickback_reloads_total counter$/m)
})

t.test('promtool finds nothing wrong with the metrics', async (t) => {
  const said = execFileSync('promtool', ['check', 'metrics'], {
    input: await metricsText(await reading()),
    encoding: 'utf8',
  })
  t.equal(said, '')
})
