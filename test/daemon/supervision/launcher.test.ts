// The launcher, and a daemon that it starts, with a stand-in for systemd.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { Scratch } from '../../cli/scratch.ts'
import { confinedWords } from '../../end-to-end/confined.ts'
import { runIn } from '../../end-to-end/served.ts'
import { newestWanted } from '../../packages/made.ts'
import { until } from '../../patience.ts'

const root = join(import.meta.dirname, '../../..')
const LAUNCHER = join(root, 'build/launcher')

interface Notification {
  readonly pid: number
  readonly text: string
}

/** Has a stand-in for systemd listen; what it hears is in the list. Ends with the test. */
async function systemd(t: Test, name: string): Promise<Notification[]> {
  const python = spawn('python3', [join(import.meta.dirname, 'systemd.py'), name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => python.kill())
  const heard: Notification[] = []
  const lines = createInterface(python.stdout)
  await once(lines, 'line')
  lines.on('line', (line) => heard.push(JSON.parse(line)))
  return heard
}

function folder(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'kickback-notify-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  return dir
}

/** Runs a command behind the launcher to its end. */
const launched = (socket: string, ...words: readonly string[]) =>
  runIn('/', { PATH: process.env.PATH, NOTIFY_SOCKET: socket }, LAUNCHER, words)

for (const kind of ['a path', 'an abstract name']) {
  t.test(`the socket is connected for the program that follows: ${kind}`, async (t) => {
    const socket = kind === 'a path' ? join(folder(t), 'notify') : `@kickback-test-${process.pid}`
    const heard = await systemd(t, socket)
    const script = 'eval "printf READY=1 >&$KICKBACK_NOTIFY_FD"; echo $$; env | grep -c ^NOTIFY_SOCKET='
    const { code, stdout } = launched(socket, 'sh', '-c', script)
    const [pid, named] = stdout.trim().split('\n')
    t.same([code, named], [1, '0'], 'its children do not learn the name')
    await until(() => heard.length === 1)
    t.same(heard, [{ pid: Number(pid), text: 'READY=1' }])
  })
}

t.test(
  'it wants no newer C library than the module: a package of npm is built on one machine and runs on others',
  async (t) => {
    const [major = 2, minor = 0] = newestWanted(LAUNCHER).get('GLIBC') ?? []
    t.ok(major === 2 && minor <= 17, `${major}.${minor}`)
  },
)

t.test('without a socket it only becomes the program', async (t) => {
  for (const socket of ['', undefined]) {
    const environment = { PATH: process.env.PATH, ...(socket !== undefined && { NOTIFY_SOCKET: socket }) }
    const { code, stdout } = runIn('/', environment, LAUNCHER, ['sh', '-c', 'env | grep KICKBACK; exit 7'])
    t.same([code, stdout], [7, ''])
  }
})

t.test('its program is told not to compile where the kernel refuses the memory, and only there', async (t) => {
  const program = join(folder(t), 'program')
  writeFileSync(program, '#!/bin/sh\nprintf %s, "$@"\n', { mode: 0o755 })
  const run = (command: string, ...words: readonly string[]) => runIn('/', { PATH: process.env.PATH }, command, words)
  const [command = '', ...confined] = confinedWords()
  const words = [program, 'a b', '']
  t.same(run(command, ...confined, LAUNCHER, ...words), { code: 0, stdout: '--jitless,a b,,', stderr: '' })
  t.same(run(LAUNCHER, ...words), { code: 0, stdout: 'a b,,', stderr: '' })
})

t.test('what it cannot do it says, and runs nothing', async (t) => {
  const long = `/${'x'.repeat(108)}`
  for (const socket of ['/nowhere/notify', 'relative', 'vsock:2:1234', long]) {
    t.match(launched(socket, 'true'), { code: 1, stderr: /^launcher: cannot connect NOTIFY_SOCKET: / }, socket)
  }
  t.match(runIn('/', {}, LAUNCHER, []), { code: 64, stderr: /^usage: / })
  t.match(runIn('/', {}, LAUNCHER, ['/nowhere']), {
    code: 127,
    stderr: 'launcher: /nowhere: No such file or directory\n',
  })
  t.match(runIn('/', {}, LAUNCHER, ['/']), { code: 126 })
})

t.test('the descriptor is none of standard input, output and error, though they are closed', async (t) => {
  const socket = join(folder(t), 'notify')
  await systemd(t, socket)
  const { code } = runIn('/', { PATH: process.env.PATH, NOTIFY_SOCKET: socket }, 'sh', [
    '-c',
    `exec <&- >&- 2>&-; exec '${LAUNCHER}' sh -c 'exit $KICKBACK_NOTIFY_FD'`,
  ])
  t.ok(code >= 3, `${code}`)
})

/** What a process has open, by descriptor. */
function opened({ pid }: Pick<ChildProcess, 'pid'>): Map<string, string> {
  const dir = `/proc/${pid}/fd`
  return new Map(readdirSync(dir).map((fd) => [fd, readlinkSync(join(dir, fd))]))
}

t.test('a master that it starts notifies systemd itself, from its start to its end', async (t) => {
  const socket = join(folder(t), 'notify')
  const heard = await systemd(t, socket)
  const scratch = new Scratch(t)
  const environment = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '300000' }
  const daemon = scratch.launch(['serve', ...scratch.flags], environment)
  await daemon.logged('ready')
  const { pid } = daemon.process
  const texts = (): string[] => heard.flatMap(({ text }) => text.split('\n'))
  await until(() => texts().filter((line) => line === 'WATCHDOG=1').length > 2, 'signs of life')
  scratch.append('config', 'host zz\n')
  await until(() => texts().some((line) => /^STATUS=serves generation \d+; the last reload was refused/.test(line)))
  await daemon.end()
  await until(() => texts().at(-1) === 'STOPPING=1')
  t.same(new Set(heard.map((one) => one.pid)), new Set([pid]), 'its main process alone')
  const told = texts()
    .filter((line) => line !== 'WATCHDOG=1')
    .map((line) => line.replace(/\d+/, 'N'))
  t.same(told.slice(0, 4), ['STATUS=serves generation N', 'READY=N', 'RELOADING=N', 'MONOTONIC_USEC=N'])
})

t.test('its children do not have the socket', async (t) => {
  const socket = join(folder(t), 'notify')
  await systemd(t, socket)
  const scratch = new Scratch(t)
  const daemon = scratch.launch(['serve', ...scratch.flags, '--dns', '127.0.0.1:0'], { NOTIFY_SOCKET: socket })
  await daemon.logged('ready')
  const { dns_process } = JSON.parse((await scratch.ask('status', '--json')).stdout)
  const [, fd = ''] = /KICKBACK_NOTIFY_FD=(\d+)/.exec(readFileSync(`/proc/${daemon.process.pid}/environ`, 'utf8')) ?? []
  const notifying = opened(daemon.process).get(fd)
  t.match(notifying, /^socket:/)
  t.notOk([...opened(dns_process).values()].includes(notifying ?? ''))
})

t.test('a watchdog of another process is none of its own', async (t) => {
  const socket = join(folder(t), 'notify')
  const heard = await systemd(t, socket)
  const scratch = new Scratch(t)
  const environment = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '30000', WATCHDOG_PID: '1' }
  const daemon = scratch.launch(['serve', ...scratch.flags], environment)
  await daemon.logged('ready')
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  await daemon.logged('reload published', 2)
  await daemon.end()
  await until(() => heard.at(-1)?.text === 'STOPPING=1')
  t.notOk(heard.some(({ text }) => text.includes('WATCHDOG')))
})
