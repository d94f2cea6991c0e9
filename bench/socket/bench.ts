/**
 * Look-ups at the Unix socket beside a plain server of node:net and msgpackr: node bench/socket/bench.ts [--users N] [--rounds N] [--slices N] [PROGRAM...]. Each
 * PROGRAM (a main.js; that of this tree unless named) and the plain server run all the time and are asked by turns. Prints a table; README.md in this folder tells
 * how to read it.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { KickbackClient } from '../../src/kickback/index.ts'
import { monotonic } from '../../src/values/index.ts'
import { ClusterFiles } from '../herd/cluster.ts'
import { cpu } from '../herd/figures.ts'
import { bounded } from '../time-limit.ts'
import {
  endAll,
  folder,
  median,
  PATIENCE,
  PROGRAM,
  questions,
  type Server,
  servers,
  started,
  startedDaemon,
} from './servers.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    slices: { type: 'string', default: '10' },
  },
})
const USERS = Number(values.users)
/** How many questions are open at once: one, as of one program after the other, and as many as a proxy of a busy node has. */
const WINDOWS = [1, 64]
/** How long one server is asked before the next one is, in milliseconds: the other work of the machine is the same for all. */
const SLICE = 200

/** What one server did with one window: how many look-ups in how many seconds, and how many seconds of CPU. */
interface Work {
  readonly answered: number
  readonly seconds: number
  readonly cpu: number
}
const rate = ({ answered, seconds }: Work): number => answered / seconds
const cost = ({ answered, cpu }: Work): number => cpu / answered

/** The records of all users, as a daemon answers them. */
async function recordsOf({ socket }: Server): Promise<Record<string, string>> {
  const client = await KickbackClient.connect(
    { path: socket },
    { clock: monotonic, software: 'bench', timeout: PATIENCE },
  )
  const records: Record<string, string> = {}
  for (let user = 0; user < USERS; user++) {
    const record = await client.lookup('passwd', `u${user}`)
    if (record === undefined) throw new Error(`no user u${user}`)
    records[`u${user}`] = Buffer.from(record).toString('latin1')
  }
  client.close()
  return records
}

function slice({ socket, child }: Server, load: string, frames: string, window: number): Work {
  const before = cpu(child.pid ?? 0)
  const words = [socket, frames, String(window), String(SLICE)]
  const [answered = 0, nanoseconds = 0] = execFileSync(load, words, { encoding: 'utf8' }).split(' ').map(Number)
  return { answered, seconds: nanoseconds / 1e9, cpu: (cpu(child.pid ?? 0) - before) / 1e3 }
}

/** Slices of all servers by turns, in sums. */
function round(load: string, frames: string, window: number): ReadonlyMap<Server, Work> {
  const all = new Map<Server, Work>(servers.map((server) => [server, { answered: 0, seconds: 0, cpu: 0 }]))
  for (let i = 0; i < Number(values.slices); i++) {
    for (const [server, { answered, seconds, cpu }] of all) {
      const more = slice(server, load, frames, window)
      all.set(server, { answered: answered + more.answered, seconds: seconds + more.seconds, cpu: cpu + more.cpu })
    }
  }
  return all
}

bounded(10 + Number(values.rounds) * Number(values.slices) * 0.1)
try {
  const files = new ClusterFiles(join(folder, 'files'), { users: USERS, nodes: 100 })
  const daemons: Server[] = []
  for (const program of positionals.length > 0 ? positionals : [PROGRAM])
    daemons.push(await startedDaemon(program, files))
  const [load, frames, records] = ['load', 'frames', 'records.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  execFileSync('cc', ['-O2', '-o', load, join(import.meta.dirname, 'load.c')])
  writeFileSync(frames, questions(USERS))
  writeFileSync(records, JSON.stringify(await recordsOf(daemons[0] as Server)))
  const plainSocket = join(folder, 'plain')
  const plain = await started('plain', plainSocket, [
    join(import.meta.dirname, 'plain-server.mjs'),
    records,
    plainSocket,
  ])
  console.log(
    '| open questions | server | look-ups a second | of the plain server (each round) | CPU of one | of the plain server |\n| --- | --- | --- | --- | --- | --- |',
  )
  for (const window of WINDOWS) {
    round(load, frames, window)
    const rounds = Array.from({ length: Number(values.rounds) }, () => round(load, frames, window))
    for (const server of servers) {
      const own = rounds.map((one) => one.get(server) as Work)
      const ratios = (of: (work: Work) => number): readonly number[] =>
        rounds.map((one, at) => of(own[at] as Work) / of(one.get(plain) as Work))
      const each = ratios(rate)
        .map((one) => one.toFixed(2))
        .join(' ')
      const cells = [
        ...[window, server.name, median(own.map(rate)).toFixed(0), `${median(ratios(rate)).toFixed(2)} (${each})`],
        ...[`${(median(own.map(cost)) * 1e6).toFixed(2)} µs`, median(ratios(cost)).toFixed(2)],
      ]
      console.log(`| ${cells.join(' | ')} |`)
    }
  }
} finally {
  await endAll()
}
