import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { prometheusTargets } from '../../../src/resolver/answers/prometheus.ts'
import { lacking, run } from '../../dns/programs.ts'
import { folder } from '../../folder.ts'
import { configured } from '../configs.ts'

const snapshot = configured(`
nodes 3
iprange 10.0.0.10 10.0.0.11
iprange 1 fd00::11 fd00::12
class gpu kernelimage none
node 1 gpu 0:0:0:0:0:1
nodename n%N-bmc 0.1.0.0
hostrange 10.0.0.1 10.0.0.9
host - 10.0.0.5 nas
`)

t.test('each node is a target by its address, with its name and its netgroups', async (t) => {
  t.same(prometheusTargets(snapshot), [
    { targets: ['10.0.0.10:9100'], labels: { instance: 'n0', groups: ',cluster,' } },
    { targets: ['10.0.0.11:9100'], labels: { instance: 'n1', groups: ',cluster,gpu,' } },
    { targets: ['[fd00::12]:9100'], labels: { instance: 'n2', groups: ',cluster,' } },
  ])
})

t.test('Prometheus finds these targets', { skip: lacking('promtool') }, async (t) => {
  const dir = folder(t)
  writeFileSync(join(dir, 'nodes.json'), JSON.stringify(prometheusTargets(snapshot)))
  const job = '{job_name: nodes, file_sd_configs: [{files: [nodes.json]}]}'
  writeFileSync(join(dir, 'prometheus.yml'), `scrape_configs: [${job}]\n`)
  const { code, stdout, stderr } = await run(
    'promtool',
    'check',
    'service-discovery',
    '--timeout=2s',
    join(dir, 'prometheus.yml'),
    'nodes',
  )
  t.equal(code, 0, stderr)
  for (const text of ['"n1"', '"[fd00::12]:9100"', '",cluster,gpu,"']) t.ok(stdout.includes(text), text)
})
