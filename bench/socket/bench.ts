/**
 * Look-ups at the Unix socket beside a plain server of node:net and msgpackr: node bench/socket/bench.ts [--users N] [--rounds N] [--slices N] [PROGRAM...]. Each
 * PROGRAM (a main.js; that of this tree unless named) and the plain server run all the time and are asked by turns. Prints a table; README.md in this folder tells
 * how to read it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { KickbackClient } from '../../src/kickback/index.ts'
import { encodeFrame } from '../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../src/kickback/wire/protocol.ts'
import { monotonic } from '../../src/values/index.ts'
import { ClusterFiles } from '../herd/cluster.ts'
import { cpu, now } from '../herd/figures.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    slices: { type: 'string', default: '10' },
  },
})
const root = join(import.meta.dirname, '../..')
const USERS = Number(values.users)
/** How many questions are open at once: one, as of one program after the other, and as many as a proxy of a busy node has. */
const WINDOWS = [1, 64]
/** How long a server may take until it listens, in milliseconds. */
const PATIENCE = 60_000

/** How long one server is asked before the next one is, in milliseconds: the other work of the machine is the same for all. */
const SLICE = 200

/** A server that is measured. */
interface Server {
  readonly name: string
  readonly socket: string
  readonly child: ChildProcess
}

/** What one server did with one window: how many look-ups in how many seconds, and how many seconds of CPU. */
interface Work {
  readonly answered: number
  readonly seconds: number
  readonly cpu: number
}
const rate = ({ answered, seconds }: Work): number => answered / seconds
const cost = ({ answered, cpu }: Work): number => cpu / answered

const folder = mkdtempSync(join(tmpdir(), 'kickback-socket-'))
const servers: Server[] = []

async function started(name: string, socket: string, words: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const server = { name, socket, child }
  servers.push(server)
  for (const end = now() + PATIENCE; !existsSync(socket); await pause(50)) {
    if (child.exitCode !== null || now() > end) throw new Error(`${name} does not start`)
  }
  return server
}

async function startedDaemon(program: string, files: ClusterFiles): Promise<Server> {
  const own = join(folder, `master-${servers.length}`)
  const [run, state] = [join(own, 'run'), join(own, 'state')]
  for (const path of [run, state]) mkdirSync(path, { recursive: true, mode: 0o755 })
  const places = ['--listen', '127.0.0.1:0', '--run-dir', run, '--state-dir', state, '--log-level', 'error']
  return started(program, join(run, 'socket'), [program, 'serve', ...files.options, ...places])
}

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

/** Frames that ask for all users, in no order, and now and then for one that is not there. */
function questions(): Buffer {
  return Buffer.concat(
    Array.from({ length: USERS }, (_, id) => {
      const key = id % 10 === 9 ? `nobody${id}` : `u${(id * 7919 + 13) % USERS}`
      return encodeFrame({ id, op: OPERATIONS.LOOKUP, db: 'passwd', key })
    }),
  )
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

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

try {
  const files = new ClusterFiles(join(folder, 'files'), { users: USERS, nodes: 100 })
  const daemons: Server[] = []
  for (const program of positionals.length > 0 ? positionals : [join(root, 'dist/cli/main.js')])
    daemons.push(await startedDaemon(program, files))
  const [load, frames, records] = ['load', 'frames', 'records.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  execFileSync('cc', ['-O2', '-o', load, join(import.meta.dirname, 'load.c')])
  writeFileSync(frames, questions())
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
  for (const { child } of servers) {
    if (child.exitCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
}
