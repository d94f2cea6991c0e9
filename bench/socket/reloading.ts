/**
 * How long look-ups at the Unix socket take at a steady rate, without reloads and with one a second, by turns: node bench/socket/reloading.ts [--users N]
 * [--nodes N] [--rounds N] [--seconds N] [--rate N] [PROGRAM]. A reload adds one user. PROGRAM is a main.js, that of this tree unless named.
 */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { ClusterFiles } from '../herd/cluster.ts'
import { digestOf } from '../herd/daemons.ts'
import { endAll, folder, median, PROGRAM, questions, type Server, startedDaemon } from './servers.ts'

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
/** What paced.c prints, in this order. */
const COLUMNS = ['p50', 'p99', 'p99.9', 'longest'] as const
/** How long a daemon has to come to rest, in milliseconds. */
const SETTLED = 10_000

const users = Number(values.users)
const [load, frames] = [join(folder, 'paced'), join(folder, 'frames')]

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
  execFileSync('cc', ['-O2', '-o', load, join(import.meta.dirname, 'paced.c')])
  writeFileSync(frames, questions(users))
  await pause(SETTLED)
  await latencies(server)
  const [quiet, busy, generations]: [(readonly number[])[], (readonly number[])[], number[]] = [[], [], []]
  for (let round = 0; round < Number(values.rounds); round++) {
    quiet.push(await latencies(server))
    const stop = reloading(files, passwd, server)
    busy.push(await latencies(server))
    generations.push(stop())
    await pause(SETTLED / 2)
  }
  console.log(
    `${users} users, ${values.nodes} nodes, ${values.rate} look-ups a second, ${generations.join(' ')} generations, milliseconds\n`,
  )
  console.log(`| | ${COLUMNS.join(' | ')} |\n| --- | --- | --- | --- | --- |`)
  tell('no reload', quiet)
  tell('a user a second', busy)
} finally {
  await endAll()
}
