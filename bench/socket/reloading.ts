/**
 * How long look-ups at the Unix socket take at a steady rate, without reloads and with one a second, by turns, and what a bare echo takes at the same times:
 * node bench/socket/reloading.ts [--users N] [--nodes N] [--rounds N] [--seconds N] [--rate N] [PROGRAM]. A reload adds one user. PROGRAM is a main.js, that of this tree unless named.
 */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { ClusterFiles } from '../herd/cluster.ts'
import { digestOf } from '../herd/daemons.ts'
import { bounded } from '../time-limit.ts'
import { endAll, folder, median, PROGRAM, questions, type Server, startedDaemon, startedProgram } from './servers.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '100000' },
    nodes: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '1000' },
  },
})
/** What paced.c prints, in this order, and whether it has the priority of real time. */
const COLUMNS = ['p50', 'p99', 'p99.9', 'longest', 'the load woke late: p99', 'most'] as const
/** How long a daemon has to come to rest, in milliseconds. */
const SETTLED = 10_000

const [users, rounds, seconds] = [Number(values.users), Number(values.rounds), Number(values.seconds)]
const [load, echo, frames] = [join(folder, 'paced'), join(folder, 'echo'), join(folder, 'frames')]
bounded(5 + (rounds * (6 * seconds + 30)) / 60)

/** How long look-ups took, in microseconds. */
async function latencies({ socket }: Server): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)(load, [socket, frames, values.rate, values.seconds])
  return stdout.split(' ').map(Number)
}

/** Adds a user once a second, each to those that were there at first, until told to stop; then tells how many generations came of it. */
function reloading(files: ClusterFiles, passwd: string, server: Server): () => number {
  const seen = new Set<string | undefined>()
  const add = setInterval(() => files.addUser(passwd), 1000)
  const look = setInterval(() => seen.add(digestOf(server.folder)), 50)
  return () => {
    clearInterval(add)
    clearInterval(look)
    return seen.size - 1
  }
}

function tell(title: string, runs: readonly (readonly number[])[]): void {
  const columns = COLUMNS.map((_, at) => runs.map((run) => (run[at] ?? Number.NaN) / 1000))
  const cells = columns.map((all) => `${median(all).toFixed(2)} (${all.map((one) => one.toFixed(2)).join(' ')})`)
  console.log(`| ${[title, ...cells].join(' | ')} |`)
}

try {
  const files = new ClusterFiles(join(folder, 'files'), { users, nodes: Number(values.nodes) })
  const passwd = readFileSync(join(files.folder, 'passwd'), 'latin1')
  const server = await startedDaemon(positionals[0] ?? PROGRAM, files)
  for (const program of [load, echo])
    execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, `${basename(program)}.c`)])
  const bare = await startedProgram('bare echo', join(folder, 'echo-socket'), [echo, join(folder, 'echo-socket')])
  writeFileSync(frames, questions(users))
  await pause(SETTLED)
  await latencies(server)
  const rows: { readonly [title: string]: (readonly number[])[] } = {
    'bare echo, no reload': [],
    'no reload': [],
    'bare echo, while kickback reloads': [],
    'a user a second': [],
  }
  const measured = async (title: string, server: Server) => rows[title]?.push(await latencies(server))
  const generations: number[] = []
  const machine = loadavg().map((one) => one.toFixed(1))
  for (let round = 0; round < rounds; round++) {
    // Each is the first one by turns: reloads that follow each other leave more and more to do.
    const order = round % 2 === 0 ? [bare, server] : [server, bare]
    for (const one of order) await measured(one === bare ? 'bare echo, no reload' : 'no reload', one)
    const stop = reloading(files, passwd, server)
    for (const one of order) await measured(one === bare ? 'bare echo, while kickback reloads' : 'a user a second', one)
    generations.push(stop())
    await pause(SETTLED / 2)
  }
  const isPrompt = Object.values(rows).every((runs) => runs.every((run) => run[COLUMNS.length] === 1))
  console.log(
    `${users} users, ${values.nodes} nodes, ${values.rate} look-ups a second for ${seconds} s${isPrompt ? '' : ', without SCHED_FIFO'}; machine load ${machine.join(' ')}; ` +
      `generations ${generations.join(' ')} in ${2 * seconds} s; milliseconds, medians of ${rounds} rounds\n`,
  )
  console.log(`| | ${COLUMNS.join(' | ')} |\n|${' --- |'.repeat(COLUMNS.length + 1)}`)
  for (const [title, runs] of Object.entries(rows)) tell(title, runs)
} finally {
  await endAll()
}
