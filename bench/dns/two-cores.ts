/**
 * What a second core brings: node bench/dns/two-cores.ts [--names N] [--rounds N] [--seconds N] [--nice N]. The load takes processor time of the
 * same two cores, so the rate alone says little. What the servers used for a question does: one process that may use both cores, then two of which
 * each has one, both asked by two loads at once. Two cores answer 2 * (time of one) / (time of two) times as much as one core.
 */
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { bounded } from '../time-limit.ts'
import { writeData } from './data.ts'
import { contestants } from './servers.ts'

const { values } = parseArgs({
  options: {
    names: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    nice: { type: 'string', default: '0' },
  },
})
const PORTS = { kickback: 15600, 'kickback two': 15601 }
type Name = keyof typeof PORTS
const NAMES = Object.keys(PORTS) as Name[]
const folder = mkdtempSync(join(tmpdir(), 'kickback-bench-'))
const load = join(folder, 'dnsload')
execFileSync('gcc', ['-O2', '-o', load, join(import.meta.dirname, 'dnsload.c')])
writeData(folder, Number(values.names))
const servers = NAMES.map((name) => {
  const [server] = contestants([name])
  const command = ['-n', values.nice, ...(server?.command(folder, PORTS[name]) ?? [])]
  return { name, child: spawn('nice', command, { stdio: 'ignore' }), costs: [] as number[], rates: [] as number[] }
})
bounded(5 + (Number(values.rounds) * Number(values.seconds)) / 10)
process.on('exit', () => {
  // One that ends in its own time writes into the folder once more.
  for (const { child } of servers) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** The processes of DNS of a daemon. */
function processesOf(parent: number): readonly number[] {
  const told = spawnSync('pgrep', ['-P', String(parent), '-f', 'kickback dns'], { encoding: 'latin1' }).stdout
  return told.split('\n').filter(Boolean).map(Number)
}

/** What a process used of the processors, in microseconds: schedstat, which counts nanoseconds (proc_pid_schedstat). */
function used(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => {
    return sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]) / 1000
  }, 0)
}

/** Two loads at once, one on each core; how many questions were answered. */
async function asked(port: number): Promise<number> {
  const one = async (core: string): Promise<number> => {
    const args = [load, String(port), `${folder}/queries.mixed`, 'w', '200', values.seconds]
    const { stdout } = await promisify(execFile)('nice', ['-n', values.nice, 'taskset', '-c', core, ...args])
    return Number(/answered=(\d+)/.exec(stdout)?.[1])
  }
  const [first, second] = await Promise.all([one('0'), one('1')])
  return first + second
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
for (const { name, child } of servers) {
  const wanted = name === 'kickback' ? 1 : 2
  while (processesOf(child.pid ?? 0).length < wanted) await rest(200)
  const pids = processesOf(child.pid ?? 0)
  const cores = (i: number): string => (wanted === 1 ? '0,1' : String(i))
  for (const [i, pid] of pids.entries())
    execFileSync('taskset', ['-a', '-cp', cores(i), String(pid)], { stdio: 'ignore' })
  while ((await asked(PORTS[name]).catch(() => 0)) === 0) await rest(500)
}
for (let round = 0; round < Number(values.rounds); round++) {
  for (const { name, child, costs, rates } of servers) {
    const pids = processesOf(child.pid ?? 0)
    const before = pids.map(used)
    const answered = await asked(PORTS[name])
    costs.push(pids.reduce((sum, pid, i) => sum + used(pid) - (before[i] ?? 0), 0) / answered)
    rates.push(answered / Number(values.seconds))
  }
}
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
console.log(`${values.names} names, mixed questions, medians of ${values.rounds}\n`)
console.log('| | questions a second | CPU microseconds a question |\n| --- | --- | --- |')
for (const { name, costs, rates } of servers)
  console.log(`| ${name} | ${(median(rates) / 1000).toFixed(0)}k | ${median(costs).toFixed(2)} |`)
const [one = 0, two = 0] = servers.map(({ costs }) => median(costs))
console.log(`\ntwo cores answer ${((2 * one) / two).toFixed(2)} times as many as one`)
process.exit()
