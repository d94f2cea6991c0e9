import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, utimesSync } from 'node:fs'
import { connect } from 'node:net'
import t from 'tap'
import { builtMain } from '../../built.ts'
import { Scratch } from '../scratch.ts'

t.jobs = 2

t.test('--skip-bad-lines leaves out what is in error, and says so', async (t) => {
  const scratch = new Scratch(t)
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.99.99.99 stray\n')
  await scratch.serve('--skip-bad-lines')
  t.match(await scratch.ask('query', 'hosts', 'n15'), { code: 0 })
  t.match(await scratch.ask('query', 'hosts', 'stray'), { code: 2 })
  t.match(await scratch.ask('reload'), { code: 0, stdout: /warning: .*left out \[host-outside-ranges\]/ })
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
  t.match(await scratch.ask('reload', '--force'), { code: 0, stdout: /passwd: 0 added, 5 removed \(ada, grace/ })
  t.match(await scratch.ask('query', 'passwd', 'ada'), { code: 2 })
})

t.test('reload says what changed, and with --dry-run what would', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  t.match(await scratch.ask('reload', '--dry-run'), { code: 0, stdout: /no record would change/ })
  // The loss limit keeps the watch from publishing this before we ask.
  scratch.write('passwd', 'newcomer:x:4321:4321::/home/newcomer:/bin/sh\n')
  await daemon.logged('reload refused')
  const dry = await scratch.ask('reload', '--dry-run', '--force', '--json')
  const passwd = { before: 5, after: 1, added: 1, removed: 5, changed: 0 }
  t.match(JSON.parse(dry.stdout), { outcome: 'dry-run', databases: { passwd } })
  t.match(await scratch.ask('reload', '--dry-run'), { code: 1, stderr: /it would lose 5 of 5 records of shadow/ })
  t.match(await scratch.ask('query', 'passwd', 'newcomer'), { code: 2 })
  t.match(await scratch.ask('reload', '--force'), {
    code: 0,
    stdout: /is published\n[\s\S]*passwd: 1 added \(newcomer\), 5 removed \(ada, /,
  })
  t.match(await scratch.ask('query', 'passwd', 'newcomer'), { code: 0 })
  scratch.append('config', 'host zz\n')
  const refused = await scratch.ask('reload')
  t.match(refused, { code: 1, stderr: /config:22:6: error: [\s\S]*\^[\s\S]*refused, generation \d+ stays/ })
})

t.test('a file from the future moves no number and no time; one from before 2020 neither', async (t) => {
  const scratch = new Scratch(t)
  const settled = 1_700_000_000
  for (const name of ['config', 'passwd', 'group', 'shadow', 'login.defs']) utimesSync(scratch.path(name), 1, settled)
  utimesSync(scratch.path('passwd'), 4_000_000_000, 4_000_000_000)
  const daemon = await scratch.serve()
  t.match(daemon.stderr, `generation=${settled}`)
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  utimesSync(scratch.path('config'), 1, 1)
  t.match(await scratch.ask('reload'), { code: 0 })
  t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 0 })
  t.match(await scratch.ask('status'), { stdout: `generation   ${settled + 16}, signed` })
})

t.test('a dry run tries another configuration, and leaves the one under watch as it is', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  scratch.write('draft', `${scratch.read('config')}host 00:A0:D1:00:00:01 10.20.30.6 printer\n`)
  const draft = ['--config', scratch.path('draft')]
  const tried = await scratch.ask('reload', '--dry-run', ...draft)
  t.match(tried, { code: 0, stdout: /this would change:\nhosts: 1 added \(printer\)/ })
  t.match(await scratch.ask('query', 'hosts', 'printer'), { code: 2 })
  scratch.write('draft', 'host zz\n')
  t.match(await scratch.ask('reload', '--dry-run', ...draft), { code: 1, stderr: /draft:1:6: error: / })
  t.match(await scratch.ask('status'), { code: 0 }, 'what was tried is no last reload')
  t.match(await scratch.ask('reload', ...draft), { code: 64, stderr: /--config is for --dry-run/ })
})

t.test('connections of a local user leave a daemon with few descriptors enough to reload', async (t) => {
  const scratch = new Scratch(t)
  const limits = ['--nofile=256:256', process.execPath, builtMain(), 'serve', ...scratch.flags]
  const daemon = spawn('prlimit', limits, { stdio: 'ignore' })
  t.teardown(() => daemon.kill('SIGKILL'))
  while ((await scratch.ask('status')).code === 1) {}
  const held = Array.from({ length: 300 }, () => connect(scratch.path('run/socket')))
  for (const socket of held) socket.on('error', () => {})
  t.teardown(() => held.map((socket) => socket.destroy()))
  await Promise.allSettled(held.map((socket) => once(socket, 'connect')))
  scratch.append('passwd', 'late:x:4321:4321::/home/late:/bin/sh\n')
  t.match(await scratch.ask('reload'), { code: 0 })
  t.match(await scratch.ask('query', 'passwd', 'late'), { code: 0 })
})

t.test('a dry run tells with --verbose each record: what it was, and what it would be', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  const config = scratch.read('config').replace('10.20.30.5 smartswitch', '10.20.30.6 smartswitch')
  scratch.write('tried', `${config.replace(/^host .* pdu2$/m, '')}host - 10.20.30.92 pdu3\n`)
  const tried = ['reload', '--dry-run', '--config', scratch.path('tried')] as const
  const short = await scratch.ask(...tried)
  t.match(short, {
    code: 0,
    stdout: /this would change:\nhosts: 1 added \(pdu3\), 1 removed \(pdu2\), 1 changed \(smartswitch\): 1 moved\n/,
  })
  t.notMatch(short.stdout, '->')
  const { stdout } = await scratch.ask(...tried, '--verbose')
  t.match(stdout, /\n\nhosts:\n {2}moved {6}smartswitch: 10\.20\.30\.5 smartswitch -> 10\.20\.30\.6 smartswitch\n/)
  t.match(stdout, /\n {2}added {6}pdu3: 10\.20\.30\.92 pdu3\n {2}removed {4}pdu2: 10\.20\.30\.91 pdu2\n/)
})

t.test('a dry run that the loss limit refuses tells what it would change', async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  scratch.write('tried', scratch.read('config').replace(/^iprange .*$/m, 'iprange 10.20.31.100 10.20.31.131'))
  const tried = await scratch.ask('reload', '--dry-run', '--verbose', '--config', scratch.path('tried'))
  t.match(tried, { code: 1, stderr: /give 32 of 35 records of hosts another address/ })
  t.match(tried.stdout, /^this would change:\nhosts: 0 added, 0 removed, 32 changed \(n0, .*\): 32 moved\n/)
  t.match(tried.stdout, /\n {2}moved {6}n15: 10\.20\.30\.115 n15 -> 10\.20\.31\.115 n15\n/)
})
