/**
 * How long answers take at 5,000 questions a second, without reloads and with one a second, beside NSD and a bare echo at the same times: node
 * bench/dns/reloading.ts [--names N] [--users N] [--change user|host] [--rounds N] [--seconds N] [--rate N] [--cores LIST] [--load paced|spinning]
 * [--nice N]. A reload changes one line. README.md in this folder tells what the options are for.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { bounded } from '../time-limit.ts'
import { writeData } from './data.ts'
import { contestants } from './servers.ts'

const { values } = parseArgs({
  options: {
    names: { type: 'string', default: '100000' },
    users: { type: 'string', default: '100000' },
    change: { type: 'string', default: 'user' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '5000' },
    cores: { type: 'string', default: `0-${cpus().length - 1}` },
    load: { type: 'string', default: 'paced' },
    nice: { type: 'string', default: '0' },
  },
})
const PORTS = { kickback: 15400, nsd: 15401, echo: 15402 }
type Name = keyof typeof PORTS
/** How long after the last reload the next quiet time begins, and how long a server has until it answers, in milliseconds. */
const [REST, PATIENCE] = [4000, 120_000]
const [names, rounds, seconds] = [Number(values.names), Number(values.rounds), Number(values.seconds)]
const isPaced = values.load === 'paced'
if (!isPaced && values.load !== 'spinning') throw new Error('--load is paced or spinning')
bounded(5 + (rounds * (6 * seconds + 30)) / 60)

const folder = mkdtempSync(join(tmpdir(), 'kickback-bench-'))
const running = new Map<Name, ChildProcess>()
process.on('exit', () => {
  // One that ends in its own time writes into the folder once more; NSD would leave its children.
  for (const [name, child] of running) child.kill(name === 'nsd' ? 'SIGTERM' : 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
const [paced, spinning, echo] = ['paced', 'dnsload', 'echo'].map((name) => {
  execFileSync('cc', ['-O2', '-o', join(folder, name), join(import.meta.dirname, `${name}.c`)])
  return join(folder, name)
}) as [string, string, string]
writeData(folder, names, Number(values.users))

function pinned(cores: string, ...command: readonly string[]): [string, readonly string[]] {
  return ['nice', ['-n', values.nice, 'taskset', '-c', cores, ...command]]
}

function start(name: Name): void {
  const command = name === 'echo' ? [echo, String(PORTS.echo)] : contestants([name])[0]?.command(folder, PORTS[name])
  if (command === undefined) {
    console.log(`${name} is not installed: its rows are left out\n`)
    return
  }
  running.set(name, spawn(...pinned(values.cores, ...command), { stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** The latencies of one run in milliseconds, and how many questions had no answer. */
interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly longest: number
  readonly unanswered: number
  /** How late the load was woken: what 99 of 100 do not pass, and the most. It is in no other figure of a paced load. */
  readonly late: readonly [number, number]
  /** Whether the load has the priority of real time. */
  readonly isPrompt: boolean
}

/** Asks for as long as it was told. */
async function latencies(port: number, duration = values.seconds): Promise<Latencies> {
  const asked = [String(port), `${folder}/queries.mixed`]
  const command = isPaced
    ? pinned(`0-${cpus().length - 1}`, paced, ...asked, values.rate, duration)
    : pinned('1', spinning, ...asked, 'r', values.rate, duration)
  const { stdout } = await promisify(execFile)(...command)
  const field = (name: string) => Number(new RegExp(`${name}=([\\d.]+)`).exec(stdout)?.[1] ?? Number.NaN)
  const [answered = 0, sent = 0] = (/answered=(\d+\/\d+)/.exec(stdout)?.[1] ?? '').split('/').map(Number)
  const [p50, p99, longest] = [field('p50_us') / 1000, field('p99_us') / 1000, field('max_us') / 1000]
  const late = [field('late_p99_us') / 1000, field('late_max_us') / 1000] as const
  return { p50, p99, longest, unanswered: sent - answered, late, isPrompt: field('prompt') === 1 }
}

/** Resolves once a server answers. */
async function ready(name: Name): Promise<void> {
  for (const end = Date.now() + PATIENCE; ; await rest(500)) {
    if ((await latencies(PORTS[name], '0.1').catch(() => undefined)) !== undefined) return
    if (running.get(name)?.exitCode !== null || Date.now() > end) throw new Error(`${name} does not answer`)
  }
}

const config = readFileSync(`${folder}/config`, 'latin1')
const passwd = readFileSync(`${folder}/passwd`, 'latin1')
let changes = 0
let generations = 0

/** Changes a line: another user, or a device that moves. */
function change(): void {
  const i = changes++
  if (values.change === 'user')
    writeFileSync(`${folder}/passwd`, `${passwd}extra${i}:x:${500_000 + i}:2000:Extra:/home/extra:/bin/sh\n`)
  else
    writeFileSync(
      `${folder}/config`,
      `${config}hostrange 10.200.0.1 10.200.0.250\nhost 02:00:00:00:00:01 10.200.0.${1 + (i % 250)} moving\n`,
    )
  running.get('kickback')?.kill('SIGHUP')
}

for (const name of ['kickback', 'nsd', 'echo'] as const) start(name)
const count = (chunk: Buffer) => {
  generations += chunk.toString().split('reload published').length - 1
}
for (const child of running.values()) for (const stream of [child.stdout, child.stderr]) stream?.on('data', count)

/** The rows of the table: each server by itself, then while kickback reloads. */
const TITLES: { readonly [name in Name]: readonly [quiet: string, reloading: string] } = {
  echo: ['bare echo, no reload', 'bare echo, while kickback reloads'],
  nsd: ['NSD, no reload', 'NSD, while kickback reloads'],
  kickback: ['kickback, no reload', 'kickback, a reload a second'],
}
const all = (Object.keys(TITLES) as Name[]).filter((name) => running.has(name))
const runs = new Map<string, Latencies[]>([0, 1].flatMap((i) => all.map((name) => [TITLES[name][i] ?? '', []])))
for (const name of all) await ready(name)
const load = loadavg().map((one) => one.toFixed(1))
const made: number[] = []
for (let round = 0; round < rounds; round++) {
  // Each is the first one by turns: reloads that follow each other leave more and more to do.
  const order = all.map((_, i) => all[(i + round) % all.length] as Name)
  for (const name of order) runs.get(TITLES[name][0])?.push(await latencies(PORTS[name]))
  const before = generations
  const timer = setInterval(change, 1000)
  for (const name of order) runs.get(TITLES[name][1])?.push(await latencies(PORTS[name]))
  clearInterval(timer)
  made.push(generations - before)
  await rest(REST)
}

/** The median, and what it is of. */
function cell(all: readonly Latencies[], of: (run: Latencies) => number, digits: number): string {
  const numbers = all.map(of)
  const middle = numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
  return `${middle.toFixed(digits)} (${numbers.map((one) => one.toFixed(digits)).join(' ')})`
}

const every = [...runs.values()].flat()
const mode = isPaced
  ? `sleeps in between${every.every(({ isPrompt }) => isPrompt) ? '' : ', without SCHED_FIFO'}`
  : 'spins on core 1'
console.log(
  `${names} names, ${values.users} users; ${values.rate} questions a second for ${seconds} s; servers on cores ${values.cores}, the load ${mode}; machine load ${load.join(' ')}; ` +
    `generations ${made.join(' ')} in ${all.length * seconds} s; milliseconds, medians of ${rounds} rounds\n`,
)
const columns = ['p50', 'p99', 'longest', 'unanswered', ...(isPaced ? ['the load woke late: p99', 'most'] : [])]
console.log(`| | ${columns.join(' | ')} |\n|${' --- |'.repeat(columns.length + 1)}`)
for (const [title, all] of runs) {
  const late = [cell(all, ({ late: [p99] }) => p99, 2), cell(all, ({ late: [, most] }) => most, 2)]
  const cells = [
    cell(all, ({ p50 }) => p50, 3),
    cell(all, ({ p99 }) => p99, 2),
    cell(all, ({ longest }) => longest, 1),
    cell(all, ({ unanswered }) => unanswered, 0),
    ...(isPaced ? late : []),
  ]
  console.log(`| ${[title, ...cells].join(' | ')} |`)
}
process.exit()
