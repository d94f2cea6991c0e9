// The list of nodes of a master on this machine, whose only node comes from loopback.
import t from 'tap'
import { KickbackClient } from '../../../../src/kickback/node/client.ts'
import type { NodeReport } from '../../../../src/kickback/wire/report.ts'
import { monotonic } from '../../../../src/values/index.ts'
import { until } from '../../../patience.ts'
import { Scratch } from '../../scratch.ts'

t.test('on a master to which no node came all are `never`, and sets and states are chosen', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('config', 'nodes 4\niprange 10.20.30.100 10.20.30.103\nkernelimage /boot/vmlinuz\n')
  const master = await scratch.serve()
  const nodes = async (...more: readonly string[]) => scratch.ask('nodes', '--config', scratch.path('config'), ...more)
  t.match(await nodes(), {
    code: 0,
    stdout: /\nnever +4: n0-n3\n\nnumber +name .*\n +0 +n0 +never +- +pxe +- .* 10\.20\.30\.100 /,
  })
  t.match(await nodes('--state', 'behind', 'other-key'), { code: 2, stdout: '', stderr: /no node of the conf/ })
  t.match(JSON.parse((await nodes('--json', '--nodes', 'n1-n2')).stdout), {
    states: { up: 0, never: 2 },
    contents: { 'in-step': 0, behind: 0, 'other-key': 0 },
    pings: { up: 0, off: 0 },
    nodes: [
      { number: 1, name: 'n1', address: '10.20.30.101', state: 'never', stage: 'pxe' },
      { number: 2, name: 'n2' },
    ],
  })
  t.match(await nodes('--hosts'), { code: 2, stderr: /the configuration has no host line/ })
  t.match(await nodes('--state', 'nosuch'), { code: 64, stderr: /'nosuch' is not one of up, booting/ })
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

t.test('nodes that nobody has approved are told by their numbers, with what approves one', async (t) => {
  const scratch = new Scratch(t)
  const waiting = [2, 3].map((number) => `node ${number} unapproved 2:0:0:0:0:${number}\n`)
  scratch.write('config', `nodes 4\niprange 10.20.30.100 10.20.30.103\n${waiting.join('')}`)
  await scratch.serve()
  const nodes = async (...more: readonly string[]) => scratch.ask('nodes', '--config', scratch.path('config'), ...more)
  t.match(await nodes(), {
    code: 0,
    stdout:
      /\nnever +2: n0-n1\nunapproved +2: numbers 2-3; kickback set node 2 --class CLASS approves node 2\n\nnumber/,
  })
  const told = JSON.parse((await nodes('--json', '--nodes', '0,3')).stdout)
  t.match(told, { unapproved: [3], nodes: [{ number: 0 }] })
  t.equal(told.nodes.length, 1)
  t.match(await nodes('--nodes', '3'), { code: 0, stdout: /unapproved +1: numbers 3;/ })
  t.match(await nodes('--state', 'never', '--nodes', '3'), { code: 2 })
})

t.test('without a daemon it says so, and --watch in a pipe what it needs', async (t) => {
  const scratch = new Scratch(t)
  t.match(await scratch.ask('nodes'), { code: 1, stderr: /no service answers/ })
  t.match(await scratch.ask('nodes', '--watch'), { code: 64, stderr: /--watch draws on a terminal/ })
})
