/** The site of the hostile run: a master, nodes, and a machine of the attackers with many addresses, each in namespaces of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { root } from '../end-to-end/served.ts'
import { folder } from '../folder.ts'
import { until } from '../patience.ts'
import { connect, installModule, type Machine, machine } from '../root/machine.ts'
import { lives } from './vitals.ts'

/** The addresses of the attackers' machine. */
export const VILLAIN = {
  device: '10.20.30.90',
  rogues: Array.from({ length: 8 }, (_, i) => `10.20.30.${60 + i}`),
  silent: '10.20.30.95',
  lying: '10.20.30.96',
  /** The address from which the rogue dials the true master. */
  relay: '10.20.30.127',
  /** Where the gate is, and from where it dials the true master: no attacker. */
  gate: '10.20.30.94',
  behindGate: '10.20.30.128',
  nodes: Array.from({ length: 7 }, (_, i) => `10.20.30.${120 + i}`),
  strangers: Array.from({ length: 10 }, (_, i) => `10.20.30.${200 + i}`),
} as const

/** A daemon of the site, and the machine that it runs on. */
export interface Daemon {
  readonly on: Machine
  readonly pid: number
  log(): string
}

/** A program that runs until its stdin is closed, and then tells what it did. */
export interface Program {
  readonly child: ChildProcess
  /** Closes stdin; resolves to what it printed. */
  end(): Promise<string>
}

/** All of it. */
export interface Site {
  readonly dir: string
  readonly villain: Machine
  readonly master: Daemon
  /** Follows a rogue first and the master second; has DNS. */
  readonly node: Daemon
  /** Knows rogues alone, and starts without a copy. */
  readonly bare: Daemon
  /** Knows rogues alone, and starts with a copy. */
  readonly seeded: Daemon
  /** Reaches the master by the gate, so that it never has a copy: it passes look-ups on. */
  readonly passing: Daemon
  /** The DNS processes of master and node: what they log is in the logs of these. */
  readonly masterDns: Daemon
  readonly nodeDns: Daemon
  readonly gate: Program
}

const SCRIPTS = import.meta.dirname

/**
 * Daemons and correct clients run before whatever else this machine does: the run measures what an attack does to a daemon, and not what
 * other programs leave of two processors.
 */
export const FIRST = ['nice', '-n', '-10']

/** How many descriptors the node that passes look-ups on may have: clients alone can't use them up. */
const FEW_DESCRIPTORS = 400

const inside = (on: Machine): string[] => ['-t', String(on.pid), '--net', '--mount', '--uts', '--wd=/', '--']

/** Starts a program on a machine, of low priority where it is an attacker. */
export function program(
  t: Test,
  on: Machine,
  command: string,
  args: readonly string[],
  before: readonly string[] = [],
): Program {
  const child = spawn('nsenter', [...inside(on), ...before, command, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  return {
    child,
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return said
      const closed = once(child, 'close')
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await closed
      clearTimeout(timer)
      return said
    },
  }
}

/** A script of this folder, run by the Node that runs the test. */
export function script(
  t: Test,
  on: Machine,
  name: string,
  args: readonly (string | number)[],
  before: readonly string[] = [],
): Program {
  return program(t, on, process.execPath, [join(SCRIPTS, name), ...args.map(String)], before)
}

/** Starts a daemon that can be told to collect its garbage. */
function daemon(t: Test, on: Machine, args: readonly string[], before: readonly string[] = []): Daemon {
  const env = [`NODE_OPTIONS=--require=${join(SCRIPTS, 'collector.cjs')}`]
  const child = spawn(
    'nsenter',
    [...inside(on), ...FIRST, ...before, 'env', ...env, join(root, 'bin/kickback'), ...args],
    {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  t.teardown(() => child.kill('SIGKILL'))
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      log = (log + bytes.toString()).slice(-400_000)
    })
  return { on, pid: child.pid ?? 0, log: () => log }
}

/** The generation that the daemon of this machine has; 0 for none. */
export function generation(on: Machine): number {
  return JSON.parse(on.run('kickback', 'status', '--json').stdout || '{}').generation ?? 0
}

/** The DNS process of a daemon, once there is one. */
async function dnsOf({ on }: Daemon): Promise<Daemon> {
  let pid = 0
  const isThere = (): boolean => {
    pid = JSON.parse(on.run('kickback', 'status', '--json').stdout || '{}').dns_process?.pid ?? 0
    return pid > 0
  }
  await until(isThere, `${on.name} has a DNS process`, 90_000)
  return { on, pid, log: () => '' }
}

async function ended(one: Daemon): Promise<void> {
  process.kill(one.pid, 'SIGTERM')
  await until(() => !lives(one.pid), 'the daemon ends', 90_000)
}

type Six = [Machine, Machine, Machine, Machine, Machine, Machine]

async function machines(t: Test): Promise<Six> {
  const all = [] as Machine[]
  for (const name of ['master', 'n15', 'n16', 'n17', 'n18', 'villain']) all.push(await machine(t, name))
  const [master, node, bare, seeded, passing, villain] = all as Six
  connect(
    [master, '10.20.30.1/24'],
    [
      [node, '10.20.30.115/24'],
      [bare, '10.20.30.116/24'],
      [seeded, '10.20.30.117/24'],
      [passing, '10.20.30.118/24'],
      [villain, `${VILLAIN.device}/24`],
    ],
  )
  const { rogues, silent, lying, relay, gate, behindGate, nodes, strangers } = VILLAIN
  for (const address of [...rogues, silent, lying, relay, gate, behindGate, ...nodes, ...strangers])
    villain.must(`ip addr add ${address}/24 dev eth0`)
  for (const each of [master, node, bare, seeded, passing]) installModule(each)
  return [master, node, bare, seeded, passing, villain]
}

/** The master's DNS forwards to a server that is silent, one that lies, and one that forwards back. */
function startMaster(t: Test, on: Machine, dir: string): Daemon {
  const files = ['config', 'passwd', 'group', 'shadow', 'networks'].flatMap((name) => [
    `--${name}`,
    join(dir, 'examples', name),
  ])
  const forward = ['--forward', VILLAIN.silent, VILLAIN.lying, '10.20.30.115']
  return daemon(t, on, ['serve', ...files, '--dns', '10.20.30.1:53', ...forward, '--http', '127.0.0.1:9100'])
}

/** Starts the site; ends with the test. */
export async function site(t: Test): Promise<Site> {
  const dir = folder(t)
  chmodSync(dir, 0o755)
  cpSync(join(root, 'examples'), join(dir, 'examples'), { recursive: true })
  appendFileSync(join(dir, 'examples/config'), 'interface br0 10.20.30.1 255.255.255.0\n')
  const [onMaster, onNode, onBare, onSeeded, onPassing, villain] = await machines(t)
  const master = startMaster(t, onMaster, dir)
  await until(() => onMaster.run('kickback', 'status').code === 0, 'the master answers', 90_000)
  const key = join(dir, 'cluster.pub')
  writeFileSync(key, onMaster.must('cat /var/lib/kickback/signing.pub'))
  const proxy = (on: Machine, masters: readonly string[], ...more: readonly string[]): Daemon =>
    daemon(t, on, ['proxy', '--master', ...masters, '--key', key, ...more])
  const TRUE = '10.20.30.1:3045'
  const rogues = VILLAIN.rogues.map((address) => `${address}:3045`)
  const seed = proxy(onSeeded, [TRUE])
  // Names alone would tell nothing: they are passed on before the copy is there.
  await until(() => generation(onSeeded) > 0, 'a copy to start with', 90_000)
  await ended(seed)
  const dns = ['--dns', '10.20.30.115:53', '--forward', '10.20.30.1']
  const node = proxy(onNode, [...rogues, TRUE], ...dns, '--http', '127.0.0.1:9100')
  const bare = proxy(onBare, rogues)
  const seeded = proxy(onSeeded, rogues)
  const gate = script(t, villain, 'gate.ts', [`${VILLAIN.gate}:3045`, TRUE, VILLAIN.behindGate], FIRST)
  const passing = daemon(
    t,
    onPassing,
    ['proxy', '--master', `${VILLAIN.gate}:3045`, '--key', key],
    ['prlimit', `--nofile=${FEW_DESCRIPTORS}`],
  )
  await until(() => onNode.run('getent', 'hosts', 'n15').code === 0, 'the node follows', 90_000)
  await until(() => onPassing.run('getent', 'hosts', 'n15').code === 0, 'look-ups are passed on', 90_000)
  const dnsProcesses = { masterDns: await dnsOf(master), nodeDns: await dnsOf(node) }
  return { dir, villain, master, node, bare, seeded, passing, ...dnsProcesses, gate }
}
