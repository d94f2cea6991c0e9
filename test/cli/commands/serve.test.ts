import { readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { Scratch } from '../scratch.ts'

t.jobs = 2

t.test('serve publishes, opens its sockets, and is ready to be asked', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0, stdout: '10.20.30.115    n15\n' })
  t.match(await scratch.run('query', '--server', daemon.place, 'hosts', 'n15'), { code: 0, stdout: /n15/ })
  t.equal(statSync(scratch.path('run/snapshot.1')).mode & 0o777, 0o644)
  t.equal(statSync(scratch.path('run/socket')).mode & 0o777, 0o666)
  t.equal(statSync(scratch.path('run/private')).mode & 0o027, statSync(scratch.path('run/private')).mode & 0o020)
  t.equal(statSync(scratch.path('state/signing.key')).mode & 0o777, 0o600)
  t.equal(statSync(scratch.path('state/signing.pub')).mode & 0o777, 0o644)
  t.same(readFileSync(scratch.path('run/snapshot.1')), readFileSync(scratch.path('state/snapshot.1')))
})

t.test('a second daemon on a run dir exits 1 and names the first', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const { code, stderr } = await scratch.run('serve', ...scratch.flags)
  t.equal(code, 1)
  t.match(stderr, new RegExp(`\\b${daemon.process.pid}\\b`))
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 }, 'the first goes on')
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} ends it with 0, and what was published stays`, async (t) => {
    const scratch = new Scratch(t)
    const daemon = await scratch.serve()
    t.match(await daemon.end(signal), { code: 0, stderr: new RegExp(`ending signal=${signal}`) })
    t.ok(statSync(scratch.path('run/snapshot.1')).isFile())
    t.notOk(statSync(scratch.path('run/socket'), { throwIfNoEntry: false }), 'its socket is gone')
    t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 4 })
  })
}

t.test('after kill -9 it starts again over the stale sockets, with the same generation', async (t) => {
  const scratch = new Scratch(t)
  const first = await scratch.serve()
  const before = readFileSync(scratch.path('run/snapshot.1'))
  await first.end('SIGKILL')
  t.ok(statSync(scratch.path('run/socket')).isSocket(), 'the stale socket is there')
  const second = await scratch.serve()
  t.match(second.stderr, /reload unchanged cause=start/)
  t.same(readFileSync(scratch.path('run/snapshot.1')), before)
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
})

t.test('settings come from a file, and an unknown key there stops everything but check', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('kickback.toml', `run_dir = "${scratch.path('run')}"\n`)
  const settings = ['--settings', scratch.path('kickback.toml')]
  const daemon = scratch.start([
    'serve',
    ...settings,
    ...scratch.files,
    '--state-dir',
    scratch.path('state'),
    '--listen',
    '127.0.0.1:0',
  ])
  await daemon.logged('ready')
  t.match(await scratch.run('query', ...settings, 'hosts', 'n15'), { code: 0 })
  scratch.append('kickback.toml', 'runn_dir = "/tmp"\n')
  t.match(await scratch.run('query', ...settings, 'hosts', 'n15'), {
    code: 64,
    stderr: /kickback.toml:2:1: error: unknown key 'runn_dir'/,
  })
  t.match(await scratch.run('check', ...settings, ...scratch.files), {
    code: 1,
    stdout: /kickback.toml:2:1: error: unknown key/,
  })
})

t.test('logs are plain lines with a priority, or JSON', async (t) => {
  const scratch = new Scratch(t)
  const plain = await (await scratch.serve()).end()
  for (const line of plain.stderr.trim().split('\n')) t.match(line, /^<[2-7]>/)
  const json = await (await scratch.serve('--log-format', 'json')).end()
  for (const line of json.stderr.trim().split('\n')) t.match(JSON.parse(line), { level: Number, msg: String })
})
