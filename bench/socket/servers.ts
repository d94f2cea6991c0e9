/** The servers of these benchmarks, in a folder of their own, and what they are asked. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { encodeFrame } from '../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../src/kickback/wire/protocol.ts'
import type { ClusterFiles } from '../herd/cluster.ts'
import { now } from '../herd/figures.ts'

/** The program of this tree. */
export const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js')
/** How long a server may take until it listens, in milliseconds. */
export const PATIENCE = 120_000

/** A server that is measured. */
export interface Server {
  readonly name: string
  readonly socket: string
  readonly child: ChildProcess
  /** Of a daemon: its folder. */
  readonly folder: string
}

export const folder = mkdtempSync(join(tmpdir(), 'kickback-socket-'))
/** Those that run, the oldest first. */
export const servers: Server[] = []

/** Starts a server that Node runs; it listens then. */
export async function started(name: string, socket: string, words: readonly string[], own = folder): Promise<Server> {
  return startedProgram(name, socket, [process.execPath, ...words], own)
}

/** Starts a server; it listens then. */
export async function startedProgram(
  name: string,
  socket: string,
  [program = '', ...words]: readonly string[],
  own = folder,
): Promise<Server> {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'], env })
  const server = { name, socket, child, folder: own }
  servers.push(server)
  for (const end = now() + PATIENCE; !existsSync(socket); await pause(50)) {
    if (child.exitCode !== null || now() > end) throw new Error(`${name} does not start`)
  }
  return server
}

// Where this process is ended early, nothing of it stays.
process.on('exit', () => {
  for (const { child } of servers) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Starts a master over these files. */
export async function startedDaemon(program: string, files: ClusterFiles): Promise<Server> {
  const own = join(folder, `master-${servers.length}`)
  const [run, state] = [join(own, 'run'), join(own, 'state')]
  for (const path of [run, state]) mkdirSync(path, { recursive: true, mode: 0o755 })
  const places = ['--listen', '127.0.0.1:0', '--run-dir', run, '--state-dir', state, '--log-level', 'error']
  return started(program, join(run, 'socket'), [program, 'serve', ...files.options, ...places], own)
}

/** Ends all servers and takes the folder away. */
export async function endAll(): Promise<void> {
  for (const { child } of servers) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
}

/** Frames that ask for users, in no order, and now and then for one that is not there. */
export function questions(users: number): Buffer {
  return Buffer.concat(
    Array.from({ length: Math.min(users, 10_000) }, (_, id) => {
      const key = id % 10 === 9 ? `nobody${id}` : `u${(id * 7919 + 13) % users}`
      return encodeFrame({ id, op: OPERATIONS.LOOKUP, db: 'passwd', key })
    }),
  )
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
