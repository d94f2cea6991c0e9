import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import { askUdp, query, rcodeOf } from '../../dns/client.ts'
import { lacking, run } from '../../dns/programs.ts'
import { freePort } from '../../free-port.ts'
import { until } from '../../patience.ts'
import { Scratch } from '../scratch.ts'

/** A folder that everyone may search: root's DNS runs as nobody. */
function open(t: Test): Scratch {
  const scratch = new Scratch(t)
  chmodSync(scratch.dir, 0o755)
  return scratch
}

/** Whether DNS says that the name exists. */
async function answers(port: number, name: string): Promise<boolean> {
  const reply = await askUdp(port, query(name, 'A'), 300)
  return reply !== undefined && rcodeOf(reply) === 0
}

t.test('dns answers from the snapshot of a run dir, follows it, and ends', async (t) => {
  const scratch = open(t)
  await scratch.serve()
  const port = await freePort()
  const dns = scratch.start(['dns', '--run-dir', scratch.path('run'), '--dns', `127.0.0.1:${port}`])
  await dns.logged('ready')
  t.ok(await answers(port, 'n15.cluster.internal'))
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  t.match(await scratch.ask('reload'), { code: 0 })
  await until(() => answers(port, 'printer.cluster.internal'), 'the new name')
  t.match(await dns.end(), { code: 0, stderr: /ending signal=SIGTERM/ })
})

t.test('dns alone shows metrics: what it answers from, and what DNS did', async (t) => {
  const scratch = open(t)
  await scratch.serve()
  const port = await freePort()
  const metrics = ['--http', '127.0.0.1:0']
  const dns = scratch.start(['dns', '--run-dir', scratch.path('run'), '--dns', `127.0.0.1:${port}`, ...metrics])
  await dns.logged('ready')
  t.ok(await answers(port, 'n15.cluster.internal'))
  const place = /answering HTTP place=(\S+)/.exec(dns.stderr)?.[1]
  const text = await (await fetch(`http://${place}/metrics`)).text()
  const { generation } = JSON.parse((await scratch.ask('status', '--json')).stdout)
  t.match(text, new RegExp(`^kickback_generation ${generation}$`, 'm'))
  t.match(text, /^kickback_dns_requests_total\{transport="udp"\} 1$/m)
  for (const other of ['connections', 'conflict', 'reload_refused', 'questions_total', 'records']) {
    t.notMatch(text, new RegExp(`^kickback_${other}(\\{.*\\})? \\d`, 'm'), `${other} is of daemons that have it`)
  }
  t.match(await dns.end(), { code: 0 })
})

t.test('it begins with the first snapshot that comes, and needs nothing but the file', async (t) => {
  const head = new Scratch(t)
  await (await head.serve()).end()
  const node = open(t)
  mkdirSync(node.path('image'), { mode: 0o755 })
  const port = await freePort()
  const dns = node.start(['dns', '--run-dir', node.path('image'), '--dns', `127.0.0.1:${port}`])
  await dns.logged('started')
  t.match(dns.stderr, /there is no snapshot yet/)
  t.notOk(await answers(port, 'n15.cluster.internal'))
  const key = head.path('state/signing.pub')
  const signed = node.start(['dns', '--run-dir', node.path('image'), '--dns', '127.0.0.1:0', '--key', key])
  copyFileSync(head.path('run/snapshot.1'), node.path('image/snapshot.1'))
  rmSync(head.path('run'), { recursive: true })
  await until(() => answers(port, 'n15.cluster.internal'), 'it answers')
  await signed.logged('answering DNS')
  t.match(await dns.end(), { code: 0 })
})

t.test('with a key it answers nothing that another key signed', async (t) => {
  const [head, stranger] = [open(t), new Scratch(t)]
  await (await stranger.serve()).end()
  await head.serve()
  const port = await freePort()
  const key = ['--key', stranger.path('state/signing.pub')]
  const dns = head.start(['dns', '--run-dir', head.path('run'), '--dns', `127.0.0.1:${port}`, ...key])
  await dns.logged('started')
  t.match(dns.stderr, /not signed by the cluster's key/)
  t.notOk(await answers(port, 'n15.cluster.internal'))
})

t.test(
  'secondaries get the difference between generations that it saw, with a key of its own settings',
  { skip: lacking('dig') },
  async (t) => {
    const scratch = open(t)
    await scratch.serve()
    const port = await freePort()
    scratch.write('tsig', `copy:${Buffer.alloc(32, 7).toString('base64')}\n`)
    chmodSync(scratch.path('tsig'), 0o600)
    const secondary = ['--dns-secondaries', '127.0.0.1 copy', '--dns-tsig', scratch.path('tsig')]
    const dns = scratch.start(['dns', '--run-dir', scratch.path('run'), '--dns', `127.0.0.1:${port}`, ...secondary])
    await dns.logged('ready')
    const key = ['-y', `hmac-sha256:copy:${Buffer.alloc(32, 7).toString('base64')}`]
    const dig = async (...words: string[]) => (await run('dig', '@127.0.0.1', '-p', String(port), ...words)).stdout
    const serial = (await dig('+short', 'cluster.internal', 'SOA')).split(' ')[2] ?? ''
    scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
    t.match(await scratch.ask('reload'), { code: 0 })
    await until(() => answers(port, 'printer.cluster.internal'), 'the new name')
    const difference = await dig(...key, '+noall', '+answer', 'cluster.internal', `IXFR=${serial}`)
    t.match(difference, /printer\.cluster\.internal\.\s+\d+\s+IN\s+A\s+10\.20\.30\.6/)
    t.notMatch(difference, /n15\.cluster\.internal\./, 'and nothing else')
    t.match(await dig('cluster.internal', 'AXFR'), /Transfer failed/, 'nobody without the key')
  },
)

t.test('it wants to be told where to answer, and says what it cannot have', async (t) => {
  const scratch = open(t)
  await scratch.serve()
  const folder = ['--run-dir', scratch.path('run')]
  t.match(await scratch.run('dns', ...folder), { code: 64, stderr: /dns wants --dns HOST:PORT/ })
  const port = await freePort()
  const dns = scratch.start(['dns', ...folder, '--dns', `127.0.0.1:${port}`])
  await dns.logged('ready')
  t.match(await scratch.run('dns', ...folder, '--dns', `127.0.0.1:${port}`), {
    code: 1,
    stderr: `kickback: can't listen on 127.0.0.1:${port}: address already in use; another program has it: ss -lntup shows which\n`,
  })
  if (process.geteuid?.() !== 0) return
  t.match(await scratch.run('dns', ...folder, '--dns', '127.0.0.1:0', '--dns-user', 'ghost'), {
    code: 1,
    stderr: /no user ghost .*--dns-user/,
  })
})
