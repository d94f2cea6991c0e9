/**
 * What a node costs: node bench/node/bench.ts [--users N] [--nodes N] [--idle SECONDS] [--updates N] [--rounds N] [PROGRAM...]. One master, and of each
 * PROGRAM (a main.js; the bundle of this tree unless named) a proxy in every round, by turns. Prints a table; README.md in this folder tells how to
 * read it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ClusterFiles } from '../herd/cluster.ts'
import { digestOf, keyFileOf } from '../herd/daemons.ts'
import { cpu, memory, now, resetPeak, wakeUps } from '../herd/figures.ts'
import { bounded } from '../time-limit.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '100000' },
    nodes: { type: 'string', default: '100000' },
    idle: { type: 'string', default: '60' },
    updates: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '2' },
  },
})
const root = join(import.meta.dirname, '../..')
const BUNDLE = join(root, 'build/program/kickback/main.js')
/** A port that no other service has. */
const PLACE = '127.0.0.1:23045'
/** How long a daemon may take until it has a generation, how long an update may take on a node, and how long V8 tidies up after it, in milliseconds. */
const [PATIENCE, UPDATED, SETTLED] = [120_000, 5_000, 30_000]

/** What was measured of one proxy. */
interface Figures {
  readonly start: string
  readonly updates: readonly number[]
  readonly peak: number
  readonly after: string
  readonly woken: readonly string[]
}

const folder = mkdtempSync(join(tmpdir(), 'kickback-node-'))
const running: ChildProcess[] = []

/** Starts a daemon of this program in a folder of its own, and gives its process once it has a generation. */
async function started(own: string, program: string, words: readonly string[]): Promise<ChildProcess> {
  for (const name of ['run', 'state']) mkdirSync(join(own, name), { recursive: true, mode: 0o755 })
  const log = openSync(join(own, 'log'), 'a')
  const places = ['--run-dir', join(own, 'run'), '--state-dir', join(own, 'state')]
  const env = { ...process.env, MALLOC_ARENA_MAX: '2', NODE_OPTIONS: '' }
  const flags = words[0] === 'proxy' ? flagsOf(program) : []
  const child = spawn(process.execPath, [...flags, program, ...words, ...places], {
    stdio: ['ignore', log, log],
    env,
  })
  closeSync(log)
  running.push(child)
  for (const end = now() + PATIENCE; digestOf(own) === undefined; await pause(50)) {
    if (child.exitCode !== null || now() > end) throw new Error(readFileSync(join(own, 'log'), 'utf8'))
  }
  return child
}

/** The options of Node that the start script beside a bundle gives to a proxy. */
function flagsOf(program: string): readonly string[] {
  const script = join(program, '../../bin/kickback')
  const found = existsSync(script) ? /^proxy_flags='(.*)'$/m.exec(readFileSync(script, 'utf8')) : null
  return found?.[1]?.split(' ') ?? []
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

/** Its memory in words. */
function memoryOf(pid: number): string {
  const { now: resident, files } = memory(pid)
  return `${resident} MiB, of which files ${files}`
}

/** Each thread that was woken in a time, with how often in 10 s. */
function threadsOf(pid: number): ReadonlyMap<string, number> {
  const all = new Map<string, number>()
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1')
    all.set(thread, Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0))
  }
  return all
}

async function measured(program: string, round: number, files: ClusterFiles, master: string): Promise<Figures> {
  const own = join(folder, `proxy-${round}-${running.length}`)
  const words = ['proxy', '--key', keyFileOf(master), '--master', PLACE, '--login-defs', files.loginDefs]
  const child = await started(own, program, words)
  const pid = child.pid ?? 0
  await pause(SETTLED)
  const start = memoryOf(pid)
  resetPeak(pid)
  const updates: number[] = []
  const passwd = readFileSync(join(files.folder, 'passwd'), 'latin1')
  for (let i = 0; i < Number(values.updates); i++) {
    const before = cpu(pid)
    files.addUser(passwd)
    const old = digestOf(master)
    while (digestOf(master) === old || digestOf(own) !== digestOf(master)) await pause(100)
    await pause(UPDATED)
    updates.push(cpu(pid) - before)
  }
  const { peak } = memory(pid)
  await pause(SETTLED)
  const after = memoryOf(pid)
  const idle = Number(values.idle)
  const before = threadsOf(pid)
  const all = wakeUps(pid)
  await pause(idle * 1000)
  const woken = [...threadsOf(pid)].map(
    ([thread, count]) => [thread, ((count - (before.get(thread) ?? 0)) * 10) / idle] as const,
  )
  const each = woken
    .filter(([, count]) => count > 0)
    .map(([thread, count]) => `${thread === String(pid) ? 'main' : thread}: ${count.toFixed(1)}`)
  const total = (((wakeUps(pid) - all) * 10) / idle).toFixed(1)
  await ended(child)
  return { start, updates, peak, after, woken: [`${total} in all`, ...each] }
}

async function run(): Promise<void> {
  const files = new ClusterFiles(join(folder, 'files'), { users: Number(values.users), nodes: Number(values.nodes) })
  const master = join(folder, 'master')
  await started(master, BUNDLE, ['serve', ...files.options, '--listen', PLACE, '--allow', '127.0.0.0/8'])
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const program of positionals.length > 0 ? positionals : [BUNDLE]) {
      const { start, updates, peak, after, woken } = await measured(program, round, files, master)
      console.log(`${program}
| memory after the start | ${start} |
| CPU time of an update | ${updates.map((ms) => `${ms.toFixed(0)} ms`).join(', ')} |
| memory: peak of an update | ${peak} MiB |
| memory between updates | ${after} |
| wake-ups in 10 s | ${woken.join(', ')} |`)
    }
  }
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
bounded(
  10 +
    Number(values.rounds) * Math.max(1, positionals.length) * (3 + Number(values.updates) + Number(values.idle) / 30),
)
try {
  await run()
} finally {
  await Promise.all(running.map(ended))
  rmSync(folder, { recursive: true, force: true })
}
