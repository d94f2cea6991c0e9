/**
 * DNS beside its peers, each on one core with the load on another: node bench/dns/bench.ts [--names N] [--rounds N]
 * [--seconds N] [--nice N] [SERVER...]. Prints tables; README.md in this folder tells how to read them.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bounded } from '../time-limit.ts'
import { MIXES, type Mix, writeData } from './data.ts'
import { dnsperfCommand, dnsperfRate, hasDnsperf } from './dnsperf.ts'
import { type Contestant, contestants, missing } from './servers.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    names: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    nice: { type: 'string', default: '0' },
  },
})
const [names, rounds, seconds] = [Number(values.names), Number(values.rounds), Number(values.seconds)]
const pinned = (core: number, ...command: readonly string[]) => [
  'nice',
  '-n',
  values.nice,
  'taskset',
  '-c',
  String(core),
  ...command,
]

/** A server that runs, and what was seen of it. */
interface Running {
  readonly name: string
  readonly port: number
  readonly child: ChildProcess
  readonly ready: number
  readonly rates: Record<Mix, number[]>
  readonly costs: Record<Mix, number[]>
  /** Rates of the mixed questions as dnsperf sees them. */
  readonly dnsperf: number[]
}

const folder = mkdtempSync(join(tmpdir(), 'kickback-bench-'))
const load = join(folder, 'dnsload')
execFileSync('gcc', ['-O2', '-o', load, join(import.meta.dirname, 'dnsload.c')])
writeData(folder, names)

/** Starts a server and waits for its first answer. */
async function start(contestant: Contestant, port: number): Promise<Running> {
  const [program = '', ...args] = pinned(0, ...contestant.command(folder, port))
  const started = performance.now()
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', process.env.KICKBACK_BENCH_LOUD ? 'inherit' : 'ignore'],
  })
  process.on('exit', () => child.kill('SIGKILL'))
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${contestant.name} ended`)
    if (performance.now() - started > 60_000) throw new Error(`${contestant.name} does not answer`)
  }
  if (child.exitCode !== null) throw new Error(`port ${port} belongs to somebody else`)
  const ready = (performance.now() - started) / 1000
  return {
    name: contestant.name,
    port,
    child,
    ready,
    rates: { mixed: [], A: [], PTR: [] },
    costs: { mixed: [], A: [], PTR: [] },
    dnsperf: [],
  }
}

/** Whether a server answers for the last node. */
function answers(port: number): Promise<boolean> {
  const [first = ''] = readFileSync(`${folder}/queries.A`, 'latin1').split(' ')
  const name = first.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]))
  const request = Buffer.concat([Buffer.of(7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...name, Buffer.of(0, 0, 1, 0, 1)])
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const timer = setTimeout(() => socket.close(() => resolve(false)), 20)
    // Nobody listens yet: the time runs on.
    socket.on('error', () => {})
    socket.on('message', (reply) => {
      clearTimeout(timer)
      socket.close(() => resolve((reply[7] ?? 0) === 1))
    })
    socket.connect(port, '127.0.0.1', () => socket.send(request))
  })
}

/** CPU time of a process, all its threads, in microseconds; 0 for one that has ended. */
function cpu(pid: number | undefined): number {
  const fields = procFile(pid, 'stat').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10_000
}

/** The memory of a process, in MB. */
function memory(pid: number | undefined): number {
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(procFile(pid, 'status'))?.[1]) / 1024)
}

function procFile(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}

/** The process that answers: `nice` and `taskset` become it, but NSD leaves that to a child. */
function answering(pid: number | undefined): number | undefined {
  const children = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'latin1' })
    .stdout.split('\n')
    .filter(Boolean)
  const busiest = children.map(Number).toSorted((a, b) => cpu(b) - cpu(a))[0]
  return busiest !== undefined && cpu(busiest) > cpu(pid) / 4 ? answering(busiest) : pid
}

/** CPU time of a server, all its processes, in microseconds. */
function cpuOfAll(pid: number | undefined): number {
  const children = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'latin1' })
    .stdout.split('\n')
    .filter(Boolean)
  return children.reduce((sum, child) => sum + cpuOfAll(Number(child)), cpu(pid))
}

/** Asks every question at least twice, so that what is made when it is first asked for is made. */
function warmUp(running: Running, mix: Mix): void {
  for (let asked = 0, i = 0; asked < 20_000 && i < 10; i++) asked += measure(running, mix)
  running.rates[mix] = []
  running.costs[mix] = []
}

/** One round: how many questions were answered. */
function measure(running: Running, mix: Mix): number {
  const before = cpuOfAll(running.child.pid)
  const [program = '', ...args] = pinned(
    1,
    load,
    String(running.port),
    `${folder}/queries.${mix}`,
    'w',
    '200',
    String(seconds),
  )
  // It fails where there was no answer at all, as on a machine so busy that the server had no turn.
  const said = spawnSync(program, args, { encoding: 'latin1' }).stdout
  const answered = Number(/answered=(\d+)/.exec(said)?.[1] ?? 0)
  running.rates[mix].push(Number(/qps=(\d+)/.exec(said)?.[1] ?? 0))
  if (answered > 0) running.costs[mix].push((cpuOfAll(running.child.pid) - before) / answered)
  return answered
}

/** One round of dnsperf, which itself needs more CPU time than the quickest servers. */
function measureByDnsperf({ port, dnsperf }: Running): void {
  dnsperf.push(dnsperfRate(pinned(1, ...dnsperfCommand(port, `${folder}/queries.mixed`, seconds))))
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
}

function row(running: Running, ceiling: Running | undefined): string {
  const cells = MIXES.map((mix) => {
    const cost = median(running.costs[mix])
    const ratio = ceiling === undefined ? '' : `; ${(median(ceiling.costs[mix]) / cost).toFixed(2)}`
    return `${(median(running.rates[mix]) / 1000).toFixed(1)}k; ${cost.toFixed(1)}${ratio}`
  })
  const dnsperf = running.dnsperf.length === 0 ? '-' : `${(median(running.dnsperf) / 1000).toFixed(1)}k`
  return `| ${running.name} | ${cells.join(' | ')} | ${dnsperf} | ${running.ready.toFixed(2)} | ${memory(answering(running.child.pid))} |`
}

const all: Running[] = []
bounded(10 + (rounds * seconds * 8 * 4) / 20)
process.on('exit', () => {
  for (const { child } of all) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
try {
  const absent = missing(positionals)
  if (absent.length > 0) console.log(`not installed, so left out: ${absent.join(', ')}\n`)
  for (const [i, contestant] of contestants(positionals).entries()) {
    // One that can't run here, as who may not become another user, leaves the others to be measured.
    const running = await start(contestant, 15300 + i).catch((error) => console.log(`left out: ${error.message}\n`))
    if (running !== undefined) all.push(running)
  }
  for (const running of all) for (const mix of MIXES) warmUp(running, mix)
  const withDnsperf = hasDnsperf()
  if (!withDnsperf) console.log('dnsperf is not installed: its column stays empty\n')
  for (let round = 0; round < rounds; round++) {
    for (const running of all) {
      for (const mix of MIXES) measure(running, mix)
      if (withDnsperf) measureByDnsperf(running)
    }
  }
  const ceiling = all.find(({ name }) => name === 'ceiling')
  console.log(
    `${names} names, medians of ${rounds}: queries a second; CPU microseconds a query; the ceiling's divided by them\n`,
  )
  console.log(
    '| server | mixed | A | PTR | mixed by dnsperf | ready, s | memory, MB |\n| --- | --- | --- | --- | --- | --- | --- |',
  )
  for (const running of all) console.log(row(running, ceiling))
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  for (const { child } of all) child.kill('SIGTERM')
  await new Promise((resolve) => setTimeout(resolve, 300))
  process.exit()
}
