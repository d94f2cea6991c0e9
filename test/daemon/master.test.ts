import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { stateOf } from '../../src/resolver/index.ts'
import { Scratch } from '../cli/scratch.ts'
import { freePort } from '../free-port.ts'

t.jobs = 2

t.test('with a broken config and a last good generation it serves that, and says what is wrong', async (t) => {
  const scratch = new Scratch(t)
  await (await scratch.serve()).end()
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.99.99.99 stray\n')
  scratch.append('passwd', 'newcomer:x:4321:4321::/home/newcomer:/bin/sh\n')
  const daemon = await scratch.serve()
  t.match(daemon.stderr, /<3>reload refused in part; the rest is published cause=start.*config:22:/)
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
  t.match(await scratch.ask('query', 'passwd', 'newcomer'), { code: 0 }, 'the users are not held up by it')
  t.match(await scratch.ask('status'), { code: 3, stdout: /REFUSED .*host-outside-ranges/ })
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
  t.match(stderr, /reload refused, there is no last good generation/)
  t.match(stderr, /kickback: there is nothing to serve\n$/)
})

t.test('a config that is broken at the start still says where nodes find us', async (t) => {
  const scratch = new Scratch(t)
  const port = await freePort()
  scratch.append('config', `interface lo 127.0.0.2 255.0.0.0\nserver beonss ${port}\n`)
  await (await scratch.serve()).end()
  const flags = scratch.flags.slice(0, scratch.flags.indexOf('--listen'))
  scratch.append('config', 'host zz\n')
  const daemon = scratch.start(['serve', ...flags])
  await daemon.logged('ready')
  t.match(daemon.stderr, `listening place=127.0.0.2:${port}`)
  t.match(await scratch.run('query', '--server', `127.0.0.2:${port}`, 'hosts', 'n-1'), {
    code: 0,
    stdout: /127\.0\.0\.2 +master/,
  })
})

t.test('a log that nobody reads any more ends nothing', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  daemon.process.stderr?.destroy()
  for (let i = 0; i < 3; i++) await scratch.ask('reload')
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
  t.match(await daemon.end(), { code: 0 })
})

t.test('a file that would keep us for ever is refused', async (t) => {
  const scratch = new Scratch(t)
  rmSync(scratch.path('passwd'))
  execFileSync('mkfifo', [scratch.path('passwd')])
  t.match(await scratch.run('serve', ...scratch.flags), { code: 1, stderr: /passwd: error: it is a FIFO/ })
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
  t.match(stderr, /other users could change it/)
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
  t.match(daemon.stderr, /cannot use a kept snapshot.*digest/)
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

t.test('pw_passwd is x where shadow entries are there, and * where none are', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const state = () => stateOf(readFileSync(scratch.path('run/snapshot.1')))
  const passwd = async (...more: string[]) =>
    (await scratch.ask('query', 'passwd', 'ada', ...more)).stdout.split(':')[1]
  t.equal(state(), 0x100)
  t.equal(await passwd(), 'x')
  t.equal(await passwd('--server', daemon.place), '*', 'what another machine has is not known here')
  scratch.write('shadow', '')
  await scratch.ask('reload', '--force')
  t.equal(state(), 0, 'the same generation is published again')
  t.equal(await passwd(), '*')
  t.match(await scratch.run('snapshot', 'verify', scratch.path('run/snapshot.1')), { code: 0 })
})
