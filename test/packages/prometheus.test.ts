import { execFileSync, spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { METRICS } from '../../src/daemon/metrics/tables/metrics.ts'
import { Scratch } from '../cli/scratch.ts'
import { folder, type Tap } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { client } from '../kickback/cluster.ts'
import { missing } from '../nss/programs.ts'
import { until } from '../patience.ts'

const packaging = join(import.meta.dirname, '../../packaging/prometheus')
const skip = missing('promtool')

/** What promtool says. Throws where it finds something. */
const promtool = (...words: readonly string[]): string =>
  execFileSync('promtool', words, { cwd: packaging, encoding: 'utf8', stdio: 'pipe' })

/** Every expression of a value of JSON. */
function expressions(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => (key === 'expr' ? [String(one)] : expressions(one)))
}

/** The names of metrics in a text, without what a histogram adds. */
function names(text: string): string[] {
  const found = text.match(/\bkickback_[a-z_]+/g) ?? []
  return [...new Set(found.map((name) => name.replace(/_(bucket|sum|count)$/, '')))].sort()
}

const dashboard = JSON.parse(readFileSync(join(packaging, 'kickback-dashboard.json'), 'utf8'))
const rules = readFileSync(join(packaging, 'kickback.rules.yml'), 'utf8')

t.test('Prometheus takes the rules, and each alert has a case in which it fires', { skip }, async (t) => {
  t.match(promtool('check', 'rules', 'kickback.rules.yml'), /SUCCESS: \d+ rules found/)
  t.match(promtool('test', 'rules', 'kickback.test.yml'), /SUCCESS/)
  const cases = readFileSync(join(packaging, 'kickback.test.yml'), 'utf8')
  const alerts = Array.from(rules.matchAll(/^ {6}- alert: (\w+)$/gm), ([, name]) => name)
  const fired = new Set(Array.from(cases.matchAll(/alertname: (\w+)\n {8}exp_alerts:\n/g), ([, name]) => name))
  t.ok(alerts.length > 10)
  t.same(
    alerts.filter((name) => !fired.has(name)),
    [],
  )
})

t.test('Prometheus takes each query of the dashboard', { skip }, async (t) => {
  const queries = expressions(dashboard)
  t.ok(queries.length > 30)
  const records = queries.map((query, i) => {
    const expr = query.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*')
    return { record: `query:${i}`, expr }
  })
  const path = join(folder(t), 'queries.yml')
  writeFileSync(path, JSON.stringify({ groups: [{ name: 'dashboard', rules: records }] }))
  t.match(promtool('check', 'rules', path), new RegExp(`SUCCESS: ${queries.length} rules found`))
})

/** A master and a node of it, and where they answer HTTP. */
async function masterAndNode(scratch: Scratch) {
  const http = ['--http', '127.0.0.1:0']
  const daemon = await scratch.serve(...http, '--dns', '127.0.0.1:0', '--objects', '127.0.0.1:0')
  const folders = ['--run-dir', scratch.path('node-run'), '--state-dir', scratch.path('node-state')]
  const node = scratch.start(['proxy', '--master', daemon.place, '--insecure', ...folders, ...http])
  await node.logged('took a generation')
  const places: string[] = []
  for (const one of [daemon, node]) {
    await until(() => /answering HTTP place=\S+/.test(one.stderr), 'it answers HTTP')
    places.push(/answering HTTP place=(\S+)/.exec(one.stderr)?.[1] ?? '')
  }
  return { daemon, node, places }
}

t.test('rules and dashboard ask for metrics that a master and a node answer', async (t) => {
  const scratch = new Scratch(t)
  const { daemon, node, places } = await masterAndNode(scratch)
  await scratch.ask('query', 'hosts', 'n15')
  const local = await client(t, { path: scratch.path('run/socket') })
  await t.rejects(local.lookup('shadow', 'ada'), { code: 'denied' })
  const resolver = new Resolver()
  resolver.setServers([/answering DNS place=(\S+)/.exec(daemon.stderr)?.[1] ?? ''])
  await resolver.resolve4('n15.cluster.internal')
  const texts: string[] = []
  for (const place of places) texts.push(await (await fetch(`http://${place}/metrics`)).text())
  const told = new Set(texts.flatMap((text) => Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name = '']) => name)))
  // What there is only where two masters know each other, where a handler has failed, and where a master gives addresses or boots nodes.
  const others = METRICS.map(([, name]) => name).filter((name) =>
    /other_master_state|handler_failures|^kickback_(dhcp|boot)_/.test(name),
  )
  t.equal(others.length, 12)
  const asked = names([rules, ...expressions(dashboard)].join('\n'))
  t.ok(asked.length > 30)
  t.same(
    asked.filter((name) => !(told.has(name) || others.includes(name))),
    [],
  )
  t.match(await node.end(), { code: 0 })
  t.match(await daemon.end(), { code: 0 })
})

/** A Prometheus that scrapes these each second, with our rules; no alert waits before it fires. */
async function prometheus(t: Tap, targets: readonly string[]): Promise<(path: string) => Promise<Answer>> {
  const dir = folder(t)
  writeFileSync(join(dir, 'kickback.rules.yml'), rules.replaceAll(/^ +for: \w+$/gm, ''))
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['kickback.rules.yml'],
    scrape_configs: [{ job_name: 'kickback', static_configs: [{ targets }] }],
  }
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify(config))
  const port = await freePort()
  const files = [`--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`]
  const child = spawn('prometheus', [...files, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' })
  t.teardown(async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
  })
  return async (path) => {
    try {
      return (await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()) as Answer
    } catch {
      return { data: {} }
    }
  }
}

/** What Prometheus answers, as far as it is read here. */
interface Answer {
  readonly data: {
    readonly alerts?: readonly { readonly state: string; readonly labels: { readonly [name: string]: string } }[]
    readonly result?: readonly { readonly value: readonly [number, string] }[]
  }
}

t.test('a Prometheus scrapes a master and a node, and fires the alert of a refused reload', { skip }, async (t) => {
  const scratch = new Scratch(t)
  const { daemon, node, places } = await masterAndNode(scratch)
  const ask = await prometheus(t, places)
  const value = async (query: string): Promise<string | undefined> =>
    (await ask(`query?query=${encodeURIComponent(query)}`)).data.result?.[0]?.value[1]
  await until(async () => (await value('count(up{job="kickback"} == 1)')) === '2', 'both are scraped')
  t.equal(await value('kickback_follow_state{state="following"}'), '1', 'the node tells whom it follows')
  const firing = async (): Promise<readonly string[]> => {
    const { alerts = [] } = (await ask('alerts')).data
    return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname ?? '')
  }
  t.notOk((await firing()).includes('KickbackReloadRefused'))
  scratch.append('config', 'host zz\n')
  await daemon.logged('reload refused')
  await until(async () => (await firing()).includes('KickbackReloadRefused'), 'the alert fires')
  t.match(await node.end(), { code: 0 })
  await until(async () => (await firing()).includes('KickbackDown'), 'and the one of a node that ended')
  t.match(await daemon.end(), { code: 0 })
})
