import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { HttpServer, UntoldError } from '../../../src/daemon/http/http-server.ts'
import { MetricsRoute } from '../../../src/daemon/http/metrics-route.ts'
import { LoopDelay } from '../../../src/daemon/metrics/loop-delay.ts'
import { type MetricsSources, readMetrics } from '../../../src/daemon/metrics/reading.ts'
import { KickbackServer } from '../../../src/kickback/service/server.ts'
import { handlers } from '../../../src/values/index.ts'
import { Scratch } from '../../cli/scratch.ts'
import { bare } from '../../kickback/cluster.ts'

t.test('metrics tell generation, records, questions and reloads', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve('--http', '127.0.0.1:0', '--dns', '127.0.0.1:0', '--objects', '127.0.0.1:0')
  const place = /answering HTTP place=(\S+)/.exec(daemon.stderr)?.[1]
  const scrape = async () => (await fetch(`http://${place}/metrics`)).text()
  t.match(await scrape(), /^kickback_records\{database="hosts"\} 35$/m)
  t.match(await scrape(), /^kickback_reloads_total\{outcome="published"\} 1$/m)
  t.match(await scrape(), /^kickback_nodes_other_ids 0$/m)
  t.match(await scrape(), /^kickback_dns_requests_total\{transport="udp"\} 0$/m)
  for (const name of ['dns_forwarded_total', 'dns_unanswered_total', 'dns_connections_refused_total']) {
    t.match(await scrape(), new RegExp(`^kickback_${name} 0$`, 'm'))
  }
  t.match(await scrape(), /^kickback_dns_denied_total\{outcome="silent"\} 0$/m)
  await scratch.ask('query', 'hosts', 'n15')
  const objects = /giving objects by HTTP place=(\S+)/.exec(daemon.stderr)?.[1]
  await (await fetch(`http://${objects}/1/head?nonce=${'0'.repeat(64)}`)).text()
  scratch.append('config', 'host zz\n')
  await daemon.logged('reload refused')
  const text = await scrape()
  t.match(text, /^kickback_answers_total\{database="hosts",door="unix",status="success"\} 1$/m)
  t.match(text, /^kickback_lookup_seconds_count 1$/m)
  t.match(text, /^kickback_denied_total\{door="tcp"\} 0$/m)
  t.match(text, /^kickback_nodes_missing 32$/m)
  t.match(text, /^kickback_memory_bytes\{kind="anonymous"\} [1-9]\d+$/m)
  t.match(text, /^kickback_certificate_expiry_timestamp_seconds [1-9]/m)
  t.match(text, /^kickback_questions_total\{operation="LOOKUP"\} 1$/m)
  t.match(text, /^kickback_objects_requests_total\{kind="head"\} 1$/m)
  for (const name of ['waiting', 'sent_bytes_total', 'refused_total', 'denied_total'])
    t.match(text, new RegExp(`^kickback_objects_${name} 0$`, 'm'))
  t.match(text, /^kickback_objects_connections [01]$/m)
  t.match(text, /^kickback_reload_refused 1$/m)
  t.match(text, /^kickback_reloads_total\{outcome="refused"\} 1$/m)
  t.match(text, /^kickback_generation \d{10}$/m)
  t.equal((await fetch(`http://${place}/nothing`)).status, 404)
  t.match(await daemon.end(), { code: 0 })
})

/** A server of metrics alone. */
function serverOf(sources: MetricsSources): Promise<HttpServer> {
  const route = new MetricsRoute(() => readMetrics(sources))
  return HttpServer.start({ host: '127.0.0.1', port: 0 }, (...asked) => route.answer(...asked))
}

t.test('a scrape asks each source once', async (t) => {
  const server = new KickbackServer(bare())
  const asked = { report: 0, dns: 0, reloads: 0, service: 0 }
  const metrics = await serverOf({
    report: () => {
      asked.report++
      return server.report()
    },
    dns: () => {
      asked.dns++
      return undefined
    },
    reloads: () => {
      asked.reloads++
      return new Map()
    },
    service: () => {
      asked.service++
      return server.counts()
    },
    loop: new LoopDelay({ lasts: 0 }),
  })
  t.teardown(() => metrics.close())
  const text = await (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text()
  t.match(text, /^kickback_unread_bytes 0$/m)
  t.match(text, /^kickback_conflict 0$/m)
  t.notMatch(text, /kickback_dns_/, 'DNS is off: there is nothing to tell of it')
  t.same(asked, { report: 1, dns: 1, reloads: 1, service: 1 })
})

t.test(
  'who holds all places keeps no scraper out: the connection that asked nothing for the longest makes room',
  async (t) => {
    const server = new KickbackServer(bare())
    const sources = {
      report: () => server.report(),
      dns: () => undefined,
      reloads: () => new Map(),
      loop: new LoopDelay({ lasts: 0 }),
    }
    const metrics = await serverOf(sources)
    t.teardown(() => metrics.close())
    const { port } = metrics
    const scraper = connect({ host: '127.0.0.1', port })
    await once(scraper, 'connect')
    const idle = Array.from({ length: 31 }, () => connect({ host: '127.0.0.1', port }))
    for (const socket of [scraper, ...idle]) t.teardown(() => socket.destroy())
    await Promise.all(idle.map((socket) => once(socket, 'connect')))
    const asks = async (): Promise<string> => {
      scraper.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
      const [bytes] = await once(scraper, 'data')
      return String(bytes)
    }
    t.match(await asks(), /^HTTP\/1\.1 200 /)
    const left = Promise.race(idle.map(async (socket) => once(socket, 'close')))
    t.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 200)
    await left
    t.match(await asks(), /^HTTP\/1\.1 200 /, 'the one that asked before is still there')
  },
)

t.test('what the daemon does not tell in time is 503, and no unexpected error', async (t) => {
  const before = handlers.failures.get('HTTP request') ?? 0
  const server = await HttpServer.start({ host: '127.0.0.1', port: 0 }, async (request) => {
    throw request.url === '/late' ? new UntoldError('the daemon does not tell: page') : new Error('a fault of ours')
  })
  t.teardown(() => server.close())
  const late = await fetch(`http://127.0.0.1:${server.port}/late`)
  t.same([late.status, late.headers.get('retry-after')], [503, '5'])
  t.equal(handlers.failures.get('HTTP request') ?? 0, before)
  await t.rejects(fetch(`http://127.0.0.1:${server.port}/fault`), 'another error ends the connection')
  t.equal(handlers.failures.get('HTTP request'), before + 1)
})
