/**
 * How long answers take at 5,000 questions a second, without reloads and with one a second, beside NSD at the same times: node
 * bench/dns/reloading.ts [--names N] [--users N] [--change user|host] [--rounds N] [--seconds N] [--rate N] [--cores LIST] [--nice N]. A reload
 * changes one line. The servers share the cores that are named, core 0 alone unless set; the load has core 1.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
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
    cores: { type: 'string', default: '0' },
    nice: { type: 'string', default: '0' },
  },
})
const PORTS = { kickback: 15400, nsd: 15401 }
/** How long after the last reload the next quiet time begins, in milliseconds. */
const REST = 4000
const folder = mkdtempSync(join(tmpdir(), 'kickback-bench-'))
const load = join(folder, 'dnsload')
const names = Number(values.names)
execFileSync('gcc', ['-O2', '-o', load, join(import.meta.dirname, 'dnsload.c')])
writeData(folder, names, Number(values.users))

function started(name: keyof typeof PORTS): ChildProcess {
  const [server] = contestants([name])
  if (server === undefined) throw new Error(`${name} is not installed`)
  const command = ['-n', values.nice, 'taskset', '-c', values.cores, ...server.command(folder, PORTS[name])]
  return spawn('nice', command, { stdio: ['ignore', 'pipe', 'pipe'] })
}

const kickback = started('kickback')
const nsd = started('nsd')
let generations = 0
const count = (chunk: Buffer) => {
  generations += chunk.toString().split('reload published').length - 1
}
kickback.stderr?.on('data', count)
kickback.stdout?.on('data', count)
process.on('SIGINT', () => process.exit(1))
process.on('exit', () => {
  // One that ends in its own time writes into the folder once more; NSD would leave its children.
  kickback.kill('SIGKILL')
  nsd.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
})

/** The latencies of one run in microseconds, and how many questions had no answer. */
interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly worst: number
  readonly lost: number
}

/** Asks for as long as it was told. */
async function latencies(port: number): Promise<Latencies> {
  const asked = [load, String(port), `${folder}/queries.mixed`, 'r', values.rate, values.seconds]
  const { stdout } = await promisify(execFile)('nice', ['-n', values.nice, 'taskset', '-c', '1', ...asked])
  const field = (name: string) => Number(new RegExp(`${name}=([\\d.]+)`).exec(stdout)?.[1])
  const [answered = 0, sent = 0] = (/answered=(\d+\/\d+)/.exec(stdout)?.[1] ?? '').split('/').map(Number)
  return { p50: field('p50_us'), p99: field('p99_us'), worst: field('max_us'), lost: sent - answered }
}

const config = readFileSync(`${folder}/config`, 'latin1')
const passwd = readFileSync(`${folder}/passwd`, 'latin1')
let changes = 0

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
  kickback.kill('SIGHUP')
}

const cases: { readonly [title: string]: Latencies[] } = {
  'NSD, no reload': [],
  'no reload': [],
  'a reload a second': [],
  'NSD, while kickback reloads': [],
}

async function measured(title: string, port: number): Promise<void> {
  cases[title]?.push(await latencies(port))
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
while ((await latencies(PORTS.kickback).catch(() => undefined)) === undefined) await rest(500)
await latencies(PORTS.nsd)
for (let round = 0; round < Number(values.rounds); round++) {
  await measured('NSD, no reload', PORTS.nsd)
  await measured('no reload', PORTS.kickback)
  const before = generations
  const timer = setInterval(change, 1000)
  await measured('a reload a second', PORTS.kickback)
  const made = generations - before
  await measured('NSD, while kickback reloads', PORTS.nsd)
  clearInterval(timer)
  await rest(REST)
  console.error(`round ${round + 1}: ${made} generations in ${values.seconds} s`)
}
const median = (runs: readonly Latencies[], key: keyof Latencies) =>
  runs.map((run) => run[key]).toSorted((a, b) => a - b)[runs.length >> 1]
console.log(
  `${names} names, ${values.users} users, ${values.rate} questions a second, medians of ${values.rounds}, microseconds\n`,
)
console.log('| | p50 | p99 | longest | unanswered |\n| --- | --- | --- | --- | --- |')
for (const [title, runs] of Object.entries(cases))
  console.log(
    `| ${title} | ${(['p50', 'p99', 'worst', 'lost'] as const).map((key) => median(runs, key)).join(' | ')} |`,
  )
process.exit()
