// dnsmasq as a child: how it ends, and why it does not run.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ChildEngine } from '../../../../src/daemon/boot/dhcp/child-engine.ts'
import { monotonic, wallClock } from '../../../../src/values/index.ts'
import { folder, type Tap } from '../../../folder.ts'
import { until } from '../../../patience.ts'

/** A program that says in a file that it runs, and ends only if it is ended. */
function lasting(t: Tap): { readonly main: string; readonly program: string; readonly isThere: () => boolean } {
  const dir = folder(t)
  const program = join(dir, 'lasting')
  const script = `require('node:fs').writeFileSync(${JSON.stringify(join(dir, 'there'))}, ''); setInterval(() => {}, 1000)`
  writeFileSync(program, `#!${process.execPath}\n${script}\n`, { mode: 0o755 })
  return { main: join(dir, 'dnsmasq.conf'), program, isThere: () => existsSync(join(dir, 'there')) }
}

/** The process ids of what has this word in its command line. */
function withWord(word: string): readonly string[] {
  return readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && commandLine(name).includes(word))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

t.test('a daemon that is killed leaves neither dnsmasq nor what watches it', async (t) => {
  const { main, program, isThere } = lasting(t)
  const daemon = spawn(process.execPath, [join(import.meta.dirname, 'child-engine-process.ts'), main, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(daemon.stdout, 'data')
  await until(isThere, 'the program runs')
  const word = `--conf-file=${main}`
  t.ok(withWord(word).includes(String(said).trim()), 'the engine tells its process')
  daemon.kill('SIGKILL')
  await until(() => withWord(word).length === 0, 'all have ended')
})

t.test('a dnsmasq that could not be started for want of file descriptors is started again', async (t) => {
  const { main, program } = lasting(t)
  const words = ['--nofile=100:100', process.execPath, '--no-warnings', join(import.meta.dirname, 'starved-engine.ts')]
  // Without an end of its own it would wait for ever.
  const { stdout, stderr } = spawnSync('prlimit', [...words, main, program], { encoding: 'utf8', timeout: 30_000 })
  t.equal(stderr, '')
  t.match(JSON.parse(stdout || '[]'), [/EMFILE/])
})

t.test('a dnsmasq that is closed leaves nothing, and one that is killed is started again', async (t) => {
  const { main, program, isThere } = lasting(t)
  const log = { info() {}, error() {} }
  const clocks = { clock: monotonic, wallClock }
  const engine = new ChildEngine({ main, program, pid: `${main}.pid`, log, ...clocks, random: () => 0 })
  await engine.restart()
  await until(isThere, 'the program runs')
  const first = engine.state.pid ?? 0
  process.kill(first, 'SIGKILL')
  await until(() => ![undefined, first].includes(engine.state.pid), 'another one runs')
  t.equal(engine.state.restarts, 1)
  await engine.close()
  await until(() => withWord(`--conf-file=${main}`).length === 0, 'all have ended')
})

t.test('a machine without dnsmasq is told what to install', async (t) => {
  const main = join(folder(t), 'dnsmasq.conf')
  const reasons: unknown[] = []
  const log = { info() {}, error: ({ reason }: { readonly reason?: unknown }) => void reasons.push(reason) }
  const clocks = { clock: monotonic, wallClock }
  const engine = new ChildEngine({ main, program: `${main}.none`, pid: `${main}.pid`, log, ...clocks })
  await engine.restart()
  t.teardown(() => engine.close())
  await until(() => engine.state.restarts > 0, 'it has ended')
  t.match(reasons[0], /there is no program dnsmasq: install the package/)
})

t.test('of one that ends again and again the first end tells since when it does not run', async (t) => {
  const main = join(folder(t), 'dnsmasq.conf')
  let now = 0
  const clock = { now: () => now, after: monotonic.after }
  const log = { info() {}, error() {} }
  const parts = { main, pid: `${main}.pid`, log, clock, wallClock: () => now, random: () => 0 }
  const engine = new ChildEngine({ ...parts, program: '/bin/false' })
  t.teardown(() => engine.close())
  await engine.restart()
  t.match(engine.state, { by: 'child', since: 0, restarts: 0, reason: undefined })
  now = 5000
  await until(() => engine.state.pid === undefined, 'it has ended')
  now = 9000
  await until(() => engine.state.restarts > 1 && engine.state.pid === undefined, 'it has ended again')
  t.match(engine.state, { since: 5, reason: /^it ended with 1/ })
})
