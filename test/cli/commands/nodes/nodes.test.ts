// The list of nodes of a master on this machine, whose only node comes from loopback.
import t from 'tap'
import { KickbackClient } from '../../../../src/kickback/node/client.ts'
import type { NodeReport } from '../../../../src/kickback/wire/report.ts'
import { monotonic } from '../../../../src/values/index.ts'
import { until } from '../../../patience.ts'
import { Scratch } from '../../scratch.ts'

t.test('on a master without nodes all are missing, and sets and states are chosen', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('config', 'nodes 4\niprange 10.20.30.100 10.20.30.103\n')
  const master = await scratch.serve()
  const nodes = async (...more: readonly string[]) => scratch.ask('nodes', ...more)
  t.match(await nodes(), {
    code: 0,
    stdout: /\nmissing +4: n0-n3\n\nnumber +name .*\n +0 +n0 +10\.20\.30\.100 +missing +- /,
  })
  t.match(await nodes('--state', 'behind', 'other-key'), { code: 2, stdout: '', stderr: /no node of the conf/ })
  t.match(JSON.parse((await nodes('--json', '--nodes', 'n1-n2')).stdout), {
    states: { 'in-step': 0, missing: 2 },
    nodes: [
      { number: 1, name: 'n1', address: '10.20.30.101', state: 'missing' },
      { number: 2, name: 'n2' },
    ],
  })
  t.match(await nodes('--state', 'nosuch'), { code: 64, stderr: /'nosuch' is not one of in-step, behind/ })
  const folders = ['--run-dir', scratch.path('node'), '--state-dir', scratch.path('held')]
  const node = scratch.start(['proxy', '--master', master.place, '--insecure', ...folders])
  await node.logged('took a generation')
  t.match(await scratch.run('nodes', '--run-dir', scratch.path('node')), {
    code: 1,
    stdout: '',
    stderr: /^kickback: this is a node, which knows no other nodes: ask on a master, such as 127\.0\.0\.1:/,
  })
  await node.end()
  const gone = async (): Promise<NodeReport[]> => {
    const place = { path: scratch.path('run/admin/socket') }
    const client = await KickbackClient.connect(place, { clock: monotonic, software: 'test', timeout: 5000 })
    const found: NodeReport[] = []
    for await (const page of client.nodes(true)) found.push(...page)
    client.close()
    return found
  }
  await until(async () => (await gone()).length > 0, 'the master remembers who went')
  const [one] = await gone()
  t.match(one, { address: '127.0.0.1', software: /^kickback/ })
  t.ok(Math.abs((one?.seen ?? 0) - Date.now() / 1000) < 600)
})

t.test('without a daemon it says so, and --watch in a pipe what it needs', async (t) => {
  const scratch = new Scratch(t)
  t.match(await scratch.ask('nodes'), { code: 1, stderr: /no service answers/ })
  t.match(await scratch.ask('nodes', '--watch'), { code: 64, stderr: /--watch draws on a terminal/ })
})
