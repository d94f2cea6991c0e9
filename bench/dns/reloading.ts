/**
 * How long answers take at 5,000 questions a second, without reloads and with one a second: node bench/dns/reloading.ts
 * [--names N] [--rounds N] [--seconds N] [--rate N]. A reload changes one node; the server may use every core but the one of
 * the load.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { writeData } from './data.ts'
import { contestants } from './servers.ts'

const { values } = parseArgs({
  options: {
    names: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '5000' },
    cores: { type: 'string', default: '0' },
    nice: { type: 'string', default: '0' },
  },
})
const PORT = 15400
const folder = mkdtempSync(join(tmpdir(), 'kickback-bench-'))
const load = join(folder, 'dnsload')
const names = Number(values.names)
execFileSync('gcc', ['-O2', '-o', load, join(import.meta.dirname, 'dnsload.c')])
writeData(folder, names)

const [kickback] = contestants(['kickback'])
const command = ['-n', values.nice, 'taskset', '-c', values.cores, ...(kickback?.command(folder, PORT) ?? [])]
const child = spawn('nice', command, { stdio: ['ignore', 'pipe', 'pipe'] })
let generations = 0
const count = (chunk: Buffer) => {
  generations += chunk.toString().split('generation=').length - 1
}
child.stderr.on('data', count)
child.stdout.on('data', count)
process.on('exit', () => {
  child.kill('SIGKILL')
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
async function latencies(): Promise<Latencies> {
  const args = [
    '-n',
    values.nice,
    'taskset',
    '-c',
    '1',
    load,
    String(PORT),
    `${folder}/queries.mixed`,
    'r',
    values.rate,
    values.seconds,
  ]
  const { stdout } = await promisify(execFile)('nice', args)
  const field = (name: string) => Number(new RegExp(`${name}=([\\d.]+)`).exec(stdout)?.[1])
  const [answered = 0, sent = 0] = (/answered=(\d+\/\d+)/.exec(stdout)?.[1] ?? '').split('/').map(Number)
  return { p50: field('p50_us'), p99: field('p99_us'), worst: field('max_us'), lost: sent - answered }
}

/** Once a second gives a device another address and has the configuration read again, until told to stop. */
function reloading(): () => void {
  let count = 0
  const timer = setInterval(() => {
    const host = `hostrange 10.200.0.1 10.200.0.250\nhost 02:00:00:00:00:01 10.200.0.${1 + (count++ % 250)} moving\n`
    writeFileSync(`${folder}/config`, config + host)
    child.kill('SIGHUP')
  }, 1000)
  return () => clearInterval(timer)
}

function told(title: string, runs: readonly Latencies[]): void {
  const median = (key: keyof Latencies) => runs.map((run) => run[key]).toSorted((a, b) => a - b)[runs.length >> 1]
  console.log(`| ${title} | ${median('p50')} | ${median('p99')} | ${median('worst')} | ${median('lost')} |`)
}

const config = readFileSync(`${folder}/config`, 'latin1')
const quiet: Latencies[] = []
const busy: Latencies[] = []
await new Promise((resolve) => setTimeout(resolve, 5000 + names / 20))
await latencies()
for (let round = 0; round < Number(values.rounds); round++) {
  quiet.push(await latencies())
  const before = generations
  const stop = reloading()
  busy.push(await latencies())
  stop()
  await new Promise((resolve) => setTimeout(resolve, 3000))
  console.error(`round ${round + 1}: ${generations - before} generations`)
}
console.log(`${names} names, ${values.rate} questions a second, medians of ${values.rounds}, microseconds\n`)
console.log('| | p50 | p99 | longest | unanswered |\n| --- | --- | --- | --- | --- |')
told('no reload', quiet)
told('a reload a second', busy)
process.exit()
