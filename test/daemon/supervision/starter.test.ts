// What starts programs for a daemon: how they end is told, nothing holds it up, and no daemon starts programs again and again by itself.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Starter } from '../../../src/daemon/supervision/starter.ts'
import { hurried } from '../../clocks.ts'
import type { Tap } from '../../folder.ts'

function starter(t: Tap): Starter {
  const made = new Starter()
  t.teardown(() => made.close())
  return made
}

/** Our children, as a program that was started sees them. */
const CHILDREN = ['sh', '-c', `cat /proc/${process.pid}/task/*/children`] as const

t.test('all programs are started by one child, which is begun before they are', async (t) => {
  const one = starter(t)
  one.begin()
  const all = await Promise.all([one.run(CHILDREN, 10_000), one.run(CHILDREN, 10_000)])
  t.match(all, [{ reason: undefined }, { reason: undefined }])
  t.match(all[0]?.said, /^\d+ $/, 'it alone')
  t.equal(all[1]?.said, all[0]?.said)
})

t.test('a program gets its words as they are, and what it says comes back whole', async (t) => {
  const one = starter(t)
  const words = ['%s|', 'a b', '*', '$HOME', "'\\"]
  t.equal((await one.run(['printf', ...words], 10_000)).said, "a b|*|$HOME|'\\|")
  const { said } = await one.run(['sh', '-c', 'seq 20000; echo aside >&2'], 10_000)
  t.equal(said.split('\n').length, 20_002)
  t.ok(said.endsWith('20000\naside\n'))
})

t.test('a program that fails, is missing or does not end is told, and the next one runs', async (t) => {
  const one = starter(t)
  const ends = [
    one.run(['sh', '-c', 'echo no >&2; exit 3'], 10_000),
    one.run(['/absent/program'], 10_000),
    one.run(['sleep', '100'], 1000),
    one.run(['echo', 'a\tb'], 10_000),
    one.run(['yes'], 100_000),
    one.run(['echo', 'yes'], 10_000),
  ]
  t.match(await Promise.all(ends), [
    { reason: 'it ended with 3: no', isLate: false },
    { reason: /^it ended with 127: .*\/absent\/program/ },
    { reason: 'it did not end in time', isLate: true },
    { reason: 'a word of it is empty, or has a tab or a newline' },
    { reason: 'it says too much', isLate: false },
    { reason: undefined, said: 'yes\n' },
  ])
})

t.test('where the shell ends, what runs counts as failed, and another one is begun', async (t) => {
  const one = starter(t)
  const { said } = await one.run(CHILDREN, 10_000)
  t.match(await one.run(['kill', '-KILL', said.trim()], 10_000), { reason: /has ended/, isLate: false })
  t.match(await one.run(['echo', 'again'], 10_000), { reason: undefined, said: 'again\n' })
  const hasty = new Starter(hurried)
  t.match(await hasty.run(['sleep', '100'], 1000), { reason: /cannot be killed/, isLate: true })
})

t.test('where no descriptor is free, what is to run counts as failed, and what comes later runs', async (t) => {
  const script = `
    import { closeSync, openSync } from 'node:fs'
    import { Starter } from './src/daemon/supervision/starter.ts'
    const one = new Starter()
    const open = []
    try { for (;;) open.push(openSync('/dev/null')) } catch {}
    one.begin()
    const ends = [await one.run(['echo', 'a'], 10_000)]
    for (const fd of open) closeSync(fd)
    ends.push(await one.run(['echo', 'b'], 10_000))
    one.close()
    console.log(JSON.stringify(ends))`
  const words = ['--no-warnings', '--input-type=module-typescript', '--eval', script]
  const { stdout, stderr } = spawnSync('prlimit', ['--nofile=100:100', process.execPath, ...words], {
    encoding: 'utf8',
  })
  t.equal(stderr, '')
  t.match(JSON.parse(stdout), [{ reason: /EMFILE/, isLate: false }, { said: 'b\n' }])
  t.notOk('reason' in JSON.parse(stdout)[1])
})

t.test('no part of a daemon starts programs by itself but where that is once, or rare', (t) => {
  const source = join(import.meta.dirname, '../../../src/daemon')
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const starting = files.filter((name) =>
    /^import (?!type ).*'node:child_process'$/m.test(readFileSync(join(source, name), 'utf8')),
  )
  t.same(starting.sort(), [
    // Processes that go on, and ask modules of the name service.
    'accounts/service-child.ts',
    // dnsmasq, where a change needs a new start of it, and what was left over of one.
    'boot/dhcp/child-engine.ts',
    // A named pipe, at the start.
    'boot/dhcp/log-pipe.ts',
    // Processes that go on.
    'processes/spawned.ts',
    'supervision/starter.ts',
  ])
  t.end()
})
