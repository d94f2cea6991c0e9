import { execFileSync } from 'node:child_process'
import t from 'tap'
import type { Reading } from '../../../src/daemon/metrics/reading.ts'
import { metricsFormat, metricsText } from '../../../src/daemon/metrics/text.ts'
import { newCounters } from '../../../src/dns/counters.ts'
import { KickbackServer } from '../../../src/kickback/service/server.ts'
import { bare } from '../../kickback/cluster.ts'

/** The reading of a daemon that has just started. */
function reading(): Reading {
  const report = new KickbackServer(bare()).report()
  return { report, dns: newCounters(), reloads: { published: 1 }, failures: {} }
}

t.test('a reading is plain data: its text is the same after JSON', async (t) => {
  const before = reading()
  t.equal(await metricsText(JSON.parse(JSON.stringify(before))), await metricsText(before))
})

t.test('who accepts OpenMetrics gets it, whoever else the text of Prometheus', async (t) => {
  const prometheus = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2'
  t.equal(metricsFormat(prometheus), 'openmetrics')
  t.equal(metricsFormat('*/*'), 'text')
  t.equal(metricsFormat(undefined), 'text')
  const open = await metricsText(reading(), 'openmetrics')
  t.match(open, /^# TYPE kickback_reloads counter\nkickback_reloads_total\{outcome="published"\} 1$/m)
  t.match(open, /\n# EOF\n$/)
  t.match(await metricsText(reading()), /^# TYPE kickback_reloads_total counter$/m)
})

t.test('promtool finds nothing wrong with the metrics', async (t) => {
  const said = execFileSync('promtool', ['check', 'metrics'], { input: await metricsText(reading()), encoding: 'utf8' })
  t.equal(said, '')
})
