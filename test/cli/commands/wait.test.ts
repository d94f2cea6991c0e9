import t from 'tap'
import { until } from '../../patience.ts'
import { Scratch } from '../scratch.ts'

t.jobs = 2

t.test('a wait names who is not connected, and outlives the daemon', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('config', 'nodes 3\niprange 10.20.30.100 10.20.30.102\n')
  const daemon = await scratch.serve()
  t.match(await scratch.ask('wait', '--timeout', '0', '--nodes', 'n1-n2'), {
    code: 3,
    stderr: /^kickback: of 2 nodes these are not in step with generation \d+: not connected: n1-n2\n$/,
  })
  const json = await scratch.ask('wait', '--json', '--timeout', '0', '7')
  t.equal(json.code, 3)
  t.match(JSON.parse(json.stdout), { generation: 7, nodes: 3, missing: '0-2', behind: '', in_step: false })
  const waiting = scratch.start(['wait', '--run-dir', scratch.path('run'), '--nodes', '1-', '--timeout', '600'])
  await until(async () => /"WAIT": 3/.test((await scratch.ask('status', '--json')).stdout))
  await daemon.end('SIGKILL')
  // The next daemon knows no node that is waited for: so the wait is over.
  scratch.write('config', 'nodes 1\niprange 10.20.30.100 10.20.30.102\n')
  await scratch.serve()
  t.match(await waiting.ended, { code: 0, stdout: /^0 nodes are in step with generation \d+\n$/, stderr: '' })
})

t.test('wrong words and a daemon that is not there are told at once', async (t) => {
  const scratch = new Scratch(t)
  t.match(await scratch.ask('wait'), { code: 1, stderr: /no service answers/ })
  t.match(await scratch.ask('wait', 'x'), { code: 64, stderr: /'x' is not the number of a generation/ })
  t.match(await scratch.ask('wait', '--nodes', '5-3'), { code: 64, stderr: /'5-3' is not a set of nodes/ })
})
