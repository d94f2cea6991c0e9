import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Scratch } from './scratch.ts'

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

t.test('with a broken config and a last good generation it serves that, and says what is wrong', async (t) => {
  const scratch = new Scratch(t)
  await (await scratch.serve()).end()
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.99.99.99 stray\n')
  scratch.append('passwd', 'newcomer:x:4321:4321::/home/newcomer:/bin/sh\n')
  const daemon = await scratch.serve()
  t.match(daemon.stderr, /<3>reload refused.*cause=start.*config:22:/)
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
  t.match(await scratch.ask('query', 'passwd', 'newcomer'), { code: 2 }, 'the last good one is whole')
  t.match(await scratch.ask('status'), { code: 3, stdout: /last reload {2}refused at .*host-outside-ranges/ })
  t.match(await scratch.run('check', ...scratch.files), {
    code: 1,
    stdout: /config:22:24: error: .*host-outside-ranges/,
  })
})

t.test('with a broken config and no last good generation it prints every diagnostic and exits 1', async (t) => {
  const scratch = new Scratch(t)
  scratch.write('config', 'nodes 4\niprange 10.0.0.1 10.0.0.x\nhost zz\n')
  const { code, stderr } = await scratch.run('serve', ...scratch.flags)
  t.equal(code, 1)
  t.match(stderr, /config:2:\d+: error: /)
  t.match(stderr, /config:3:\d+: error: /)
  t.match(stderr, /nothing to serve/)
})

t.test('--skip-bad-lines leaves out what is in error, and says so', async (t) => {
  const scratch = new Scratch(t)
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.99.99.99 stray\n')
  await scratch.serve('--skip-bad-lines')
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
  t.match(await scratch.ask('query', 'hosts', 'stray'), { code: 2 })
  t.match(await scratch.ask('reload'), { code: 0, stdout: /warning: .*left out \[host-outside-ranges\]/ })
})

t.test('SIGHUP reads everything again', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  daemon.process.kill('SIGHUP')
  await daemon.logged('cause=SIGHUP')
  t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 0, stdout: '10.20.30.6      printer\n' })
})

t.test('a change of a file is noticed, however it is made', async (t) => {
  const scratch = new Scratch(t)
  mkdirSync(scratch.path('a'))
  mkdirSync(scratch.path('b'))
  renameSync(scratch.path('config'), scratch.path('a/config'))
  symlinkSync('a', scratch.path('current'))
  symlinkSync('current/config', scratch.path('config'))
  const daemon = await scratch.serve()
  const text = scratch.read('config')
  const line = (n: number) => `host 00:A0:D1:00:00:0${n} 10.20.30.${n} device${n}\n`
  const answered = async (n: number, how: string) => {
    await daemon.logged('reload published cause="change of', n - 5)
    t.match(await scratch.ask('query', 'hosts', `device${n}`), { code: 0 }, how)
  }
  scratch.append('a/config', line(6))
  await answered(6, 'in place')
  scratch.write('a/new', text + line(6) + line(7))
  renameSync(scratch.path('a/new'), scratch.path('a/config'))
  await answered(7, 'by rename')
  writeFileSync(scratch.path('b/config'), text + line(6) + line(7) + line(8))
  symlinkSync('b', scratch.path('next'))
  renameSync(scratch.path('next'), scratch.path('current'))
  await answered(8, 'by a swap of a symlink on the way')
  scratch.append('passwd', 'newcomer:x:4321:4321::/home/newcomer:/bin/sh\n')
  await daemon.logged('reload published cause="change of', 4)
  t.match(await scratch.ask('query', 'passwd', 'newcomer'), { code: 0 })
})

t.test('a file that is half written is not believed before it is whole', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const text = scratch.read('config')
  scratch.write('config', text.slice(0, 200))
  await new Promise((resolve) => setTimeout(resolve, 600))
  scratch.write('config', `${text}host 00:A0:D1:00:00:01 10.20.30.6 printer\n`)
  await daemon.logged('reload published cause="change of')
  t.notMatch(daemon.stderr, /refused/)
  t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 0 })
})

t.test('a reload that changes no record publishes nothing', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const before = statSync(scratch.path('run/snapshot.1')).ino
  scratch.write('config', scratch.read('config').replace('pxe+local pxe', 'pxe+local local'))
  t.match(await scratch.ask('reload'), { code: 0, stdout: /nothing changed; generation \d+ stays/ })
  t.equal(statSync(scratch.path('run/snapshot.1')).ino, before)
})

t.test('the loss of many records is refused until it is forced, at a start too', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  scratch.write('passwd', `${scratch.read('passwd').split('\n')[0]}\n`)
  t.match(await scratch.ask('reload'), { code: 1, stderr: /refused.*5 of 5 records of passwd.*--force/ })
  t.match(await scratch.ask('query', 'passwd', 'ada'), { code: 0 })
  await daemon.end()
  t.match(await scratch.serve(), { stderr: /reload refused.*cause=start.*5 of 5 records of passwd/ })
  t.match(await scratch.ask('query', 'passwd', 'ada'), { code: 0 })
  t.match(await scratch.ask('reload', '--force'), { code: 0, stdout: /passwd: 0 added, 5 removed/ })
  t.match(await scratch.ask('query', 'passwd', 'ada'), { code: 2 })
})

t.test('reload says what changed, and with --dry-run what would', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  t.match(await scratch.ask('reload', '--dry-run'), { code: 0, stdout: /no record would change/ })
  // The brake keeps the watch from publishing this before we ask.
  scratch.write('passwd', 'newcomer:x:4321:4321::/home/newcomer:/bin/sh\n')
  await daemon.logged('reload refused')
  const dry = await scratch.ask('reload', '--dry-run', '--force', '--json')
  const passwd = { before: 5, after: 1, added: 1, removed: 5, changed: 0 }
  t.match(JSON.parse(dry.stdout), { outcome: 'dry-run', databases: { passwd } })
  t.match(await scratch.ask('reload', '--dry-run'), { code: 1, stderr: /it would lose 5 of 5 records of shadow/ })
  t.match(await scratch.ask('query', 'passwd', 'newcomer'), { code: 2 })
  t.match(await scratch.ask('reload', '--force'), {
    code: 0,
    stdout: /is published\n[\s\S]*passwd: 1 added, 5 removed/,
  })
  t.match(await scratch.ask('query', 'passwd', 'newcomer'), { code: 0 })
  scratch.append('config', 'host zz\n')
  const refused = await scratch.ask('reload')
  t.match(refused, { code: 1, stderr: /config:22:6: error: [\s\S]*\^[\s\S]*refused, generation \d+ stays/ })
})

t.test('a run dir that is too long for sockets is a clear error', async (t) => {
  const scratch = new Scratch(t)
  const { code, stderr } = await scratch.run('serve', ...scratch.flags, '--run-dir', scratch.path('r'.repeat(100)))
  t.equal(code, 1)
  t.match(stderr, /107/)
})

t.test('a port that somebody has is a clear error', async (t) => {
  const scratch = new Scratch(t)
  const { place } = await scratch.serve()
  const other = new Scratch(t)
  t.match(await other.run('serve', ...other.flags, '--listen', place), { code: 1, stderr: new RegExp(place) })
})

t.test('a run dir that others can write is refused', async (t) => {
  const scratch = new Scratch(t)
  mkdirSync(scratch.path('run'))
  chmodSync(scratch.path('run'), 0o777)
  const { code, stderr } = await scratch.run('serve', ...scratch.flags)
  t.equal(code, 1)
  t.match(stderr, /others could change it/)
})

t.test('a damaged last good snapshot is passed over', async (t) => {
  const scratch = new Scratch(t)
  await (await scratch.serve()).end()
  for (const name of ['run/snapshot.1', 'state/snapshot.1']) {
    const bytes = readFileSync(scratch.path(name))
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 0xff
    writeFileSync(scratch.path(name), bytes)
  }
  const daemon = await scratch.serve()
  t.match(daemon.stderr, /a kept snapshot is of no use.*digest/)
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
})

t.test('a lost state dir costs nothing but the signing key', async (t) => {
  const scratch = new Scratch(t)
  const first = await scratch.serve()
  const generation = async () => JSON.parse((await scratch.ask('status', '--json')).stdout).generation
  const before = await generation()
  await first.end()
  rmSync(scratch.path('state'), { recursive: true })
  await scratch.serve()
  t.ok((await generation()) > before, 'signed by another key, it is another generation')
  const verified = await scratch.run(
    'snapshot',
    'verify',
    '--key',
    scratch.path('state/signing.pub'),
    scratch.path('run/snapshot.1'),
  )
  t.match(verified, { code: 0, stdout: /signed by this key/ })
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
    code: 1,
    stderr: /kickback.toml:2: error: unknown key 'runn_dir'/,
  })
  t.match(await scratch.run('check', ...settings, ...scratch.files), {
    code: 1,
    stdout: /kickback.toml:2: error: unknown key/,
  })
})

t.test('logs are plain lines with a priority, or JSON', async (t) => {
  const scratch = new Scratch(t)
  const plain = await (await scratch.serve()).end()
  for (const line of plain.stderr.trim().split('\n')) t.match(line, /^<[2-7]>/)
  const json = await (await scratch.serve('--log-format', 'json')).end()
  for (const line of json.stderr.trim().split('\n')) t.match(JSON.parse(line), { level: Number, msg: String })
})
