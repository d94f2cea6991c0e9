/** The daemons of the benchmark, real ones: masters, and proxies in network namespaces of their own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { headerOf } from '../../src/resolver/index.ts'
import { hex } from '../../src/values/index.ts'
import { addressOf, CACHE, CACHE_PORT, type ClusterFiles, MASTERS, OBJECTS_PORT, PORT, TLS_PORT } from './cluster.ts'
import { now } from './figures.ts'

const root = join(import.meta.dirname, '../..')
/** The program: the compiled one, or the bundle that packages have. */
export const PROGRAM = process.env.KICKBACK_MAIN ?? join(root, 'dist/cli/main.js')
/** How long a daemon may take until it has a generation, in milliseconds. */
const PATIENCE = 120_000

/** A daemon that runs, in a folder of its own. */
export interface Daemon {
  readonly folder: string
  readonly pid: number
  readonly child: ChildProcess
  end(signal?: NodeJS.Signals): Promise<void>
}

/** The file of signing keys' public half in a master's folder. */
export const keyFileOf = (folder: string): string => join(folder, 'state/signing.pub')
/** The snapshot file that a daemon keeps. */
export const snapshotOf = (folder: string): string => join(folder, 'state/snapshot.1')

/** The digest of the content that a daemon has written, in hex; undefined before the first. */
export function digestOf(folder: string): string | undefined {
  const path = join(folder, 'run/snapshot.1')
  if (!existsSync(path)) return undefined
  const first = Buffer.alloc(4096)
  const file = openSync(path, 'r')
  readSync(file, first)
  closeSync(file)
  return hex(headerOf(first).digest)
}

/** The doors of a master: for nodes, for nodes and for copies by HTTP through a cache, or for TLS alone. */
export type Doors = 'plain' | 'cached' | 'secure'

/** The options that open them. */
function optionsOf(doors: Doors, addresses: readonly string[]): readonly string[] {
  const [first = ''] = addresses
  if (doors === 'secure') return ['--listen-tls', `${first}:${TLS_PORT}`]
  const listen = addresses.flatMap((address) => ['--listen', `${address}:${PORT}`])
  if (doors === 'plain') return listen
  const objects = ['--objects', `${first}:${OBJECTS_PORT}`, '--objects-url', `http://${CACHE}:${CACHE_PORT}`]
  return [...listen, ...objects, '--allow', `${CACHE}/32`]
}

/** Starts a master over these files; it has a generation then. */
export async function startMaster(
  folder: string,
  files: ClusterFiles,
  doors: Doors,
  [addresses] = MASTERS as readonly (readonly string[])[],
): Promise<Daemon> {
  const words = ['serve', ...files.options, ...optionsOf(doors, addresses ?? [])]
  return started(folder, [process.execPath, PROGRAM, ...words, ...foldersOf(folder)])
}

/** Starts the proxy that is this node, in a network namespace of its own behind the switch. */
export async function startProxy(
  folder: string,
  files: ClusterFiles,
  node: number,
  masterFolder: string,
): Promise<Daemon> {
  const words = ['proxy', '--key', keyFileOf(masterFolder), '--login-defs', files.loginDefs, ...foldersOf(folder)]
  const masters = ['--master', `${MASTERS[0][0]}:${PORT}`]
  const inside = `
    until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
    ip link set lo up; ip addr add ${addressOf(node)}/8 dev eth0; ip link set eth0 up
    exec "$@"`
  const command = [
    'unshare',
    '--net',
    '--mount',
    'sh',
    '-c',
    inside,
    'sh',
    process.execPath,
    PROGRAM,
    ...words,
    ...masters,
  ]
  return started(folder, command, async (pid) => {
    const own = readlinkSync('/proc/self/ns/net')
    while (readlinkSync(`/proc/${pid}/ns/net`) === own) await pause(5)
    const port = portOf(node)
    ip(`link add ${port} type veth peer name eth0 netns ${pid}`)
    ip(`link set ${port} master br0 up`)
  })
}

/** The switch's port of a node's proxy. */
export const portOf = (node: number): string => `port${node}`

/** Makes the switch with the addresses of both masters, and the addresses of so many simulated nodes, which are local ones. */
export function makeNetwork(): void {
  ip('link set lo up')
  ip('link add br0 type bridge')
  ip('link set br0 up')
  for (const address of [...MASTERS.flat(), CACHE]) ip(`addr add ${address}/32 dev br0`)
  ip('route add local 10.1.0.0/16 dev lo')
  ip(`route add ${addressOf(0)}/24 dev br0 table local`)
}

function ip(words: string): void {
  execFileSync('ip', words.split(' '))
}

function foldersOf(folder: string): readonly string[] {
  return ['--run-dir', join(folder, 'run'), '--state-dir', join(folder, 'state'), '--log-level', 'info']
}

async function started(
  folder: string,
  [program = '', ...words]: readonly string[],
  connected: (pid: number) => Promise<void> = async () => {},
): Promise<Daemon> {
  for (const name of ['run', 'state']) mkdirSync(join(folder, name), { recursive: true, mode: 0o755 })
  const env = { ...process.env, MALLOC_ARENA_MAX: '2', NODE_OPTIONS: '' }
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env })
  const log = createWriteStream(join(folder, 'log'), { flags: 'a' })
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false })
  const pid = child.pid ?? 0
  await connected(pid)
  const end = now() + PATIENCE
  while (!existsSync(join(folder, 'run/socket')) || digestOf(folder) === undefined) {
    if (child.exitCode !== null || now() > end)
      throw new Error(`${program} does not start: ${readFileSync(join(folder, 'log'), 'utf8')}`)
    await pause(20)
  }
  return {
    ...{ folder, pid, child },
    end: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}
