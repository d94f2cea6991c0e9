/** A master that boots nodes, and beside it a dnsmasq alone with the same files: each on a wire of its own, with the other end in a namespace for the machines that ask. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { now } from '../herd/figures.ts'

/** Where both answer, and where the relay is that asks for all machines. */
export const [MASTER, RELAY] = ['10.20.0.1', '10.20.255.1']
/** As many nodes as dnsmasq bears. The MAC of node N is this one and N. */
export const [NODES, FIRST_MAC] = [10_000, '02:00:00:00:00:00']
/** Users for look-ups: u0 and so on. */
export const USERS = 1000
/** The wires: the namespaces of the one who answers and of those who ask. */
export const WIRES = { ours: ['master', 'nodes'], alone: ['alone', 'strangers'] } as const

const PROGRAM = process.env.KICKBACK_MAIN ?? join(import.meta.dirname, '../../dist/cli/main.js')
/** How long a server may take until it answers, in milliseconds. */
const PATIENCE = 120_000

/** The address of a node. */
export const addressOf = (node: number): string => `10.20.${1 + (node >> 8)}.${node & 255}`
const macOf = (node: number): string => `02:00:00:00:${hex(node >> 8)}:${hex(node & 255)}`
/** Its MAC as iPXE writes it in an address. */
export const hyphenatedMacOf = (node: number): string => macOf(node).replaceAll(':', '-')

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

/** A command that runs in a network namespace. */
export function inNamespace(namespace: string, words: readonly string[]): readonly string[] {
  return ['ip', 'netns', 'exec', namespace, ...words]
}

/** The two that are measured. They end with this process. */
export class Site {
  readonly #folder: string
  readonly #children: ChildProcess[] = []
  #daemon = 0

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Makes the wires and starts both. `image` bytes are what a node loads. */
  static async start(folder: string, image: number): Promise<Site> {
    const site = new Site(folder)
    process.on('exit', () => site.#end())
    chmodSync(folder, 0o755)
    execFileSync('mount', ['-t', 'tmpfs', 'none', '/run'])
    for (const [master, nodes] of Object.values(WIRES)) makeWire(master, nodes)
    site.#write(image)
    await site.#startMaster()
    await site.#startAlone()
    return site
  }

  /** The socket of the master. */
  get socket(): string {
    return this.#at('run/socket')
  }

  /** The processes of kickback: the daemon, and those that answer strangers. dnsmasq is none. */
  get pids(): readonly number[] {
    const children = readFileSync(`/proc/${this.#daemon}/task/${this.#daemon}/children`, 'latin1').trim().split(' ')
    const isOurs = (pid: string): boolean => !readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('dnsmasq')
    return [this.#daemon, ...children.filter((pid) => pid !== '' && isOurs(pid)).map(Number)]
  }

  #at(name: string): string {
    return join(this.#folder, name)
  }

  #write(image: number): void {
    const head = `interface lan0 ${MASTER} 255.255.0.0\nnodes ${NODES}\niprange ${addressOf(0)} ${addressOf(NODES - 1)}\n`
    const images = ['kernel', 'initrd'].map((name) => `${name}image ${this.#at(name)}\n`).join('')
    const lines = Array.from({ length: NODES }, (_, node) => `node ${node} ${macOf(node)}\n`).join('')
    writeFileSync(this.#at('config'), head + images + lines)
    writeFileSync(this.#at('kernel'), 'kernel')
    const part = Buffer.alloc(1 << 20, 'i')
    for (let written = 0; written < image; written += part.length)
      writeFileSync(this.#at('initrd'), part, { flag: 'a' })
    const users = Array.from({ length: USERS }, (_, user) => `u${user}:x:${2000 + user}:2000::/home/u${user}:/bin/sh\n`)
    writeFileSync(this.#at('passwd'), users.join(''))
    writeFileSync(this.#at('group'), 'users:x:2000:\n')
    for (const name of ['run', 'state', 'alone']) mkdirSync(this.#at(name), { mode: 0o755 })
  }

  async #startMaster(): Promise<void> {
    const files = ['config', 'passwd', 'group'].flatMap((name) => [`--${name}`, this.#at(name)])
    const folders = ['--run-dir', this.#at('run'), '--state-dir', this.#at('state'), '--listen', '127.0.0.1:0']
    const more = ['--boot', '--boot-beside', '--log-level', 'error']
    this.#daemon = this.#started('ours', [process.execPath, PROGRAM, 'serve', ...files, ...folders, ...more])
    await this.#listens('ours')
  }

  /** The same files, but that its log is a file: nobody reads it. */
  async #startAlone(): Promise<void> {
    const [from, to] = [this.#at('run/dhcp'), this.#at('alone')]
    const main = readFileSync(join(from, 'dnsmasq.conf'), 'utf8')
    writeFileSync(join(to, 'hosts'), readFileSync(join(from, 'hosts')))
    writeFileSync(join(to, 'dnsmasq.conf'), main.replaceAll(from, to))
    chmodSync(to, 0o777)
    this.#started('alone', ['dnsmasq', `--conf-file=${join(to, 'dnsmasq.conf')}`])
    await this.#listens('alone')
  }

  #started(wire: keyof typeof WIRES, words: readonly string[]): number {
    const [program = '', ...line] = inNamespace(WIRES[wire][0], words)
    const child = spawn(program, line, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    this.#children.push(child)
    return child.pid ?? 0
  }

  async #listens(wire: keyof typeof WIRES): Promise<void> {
    const [program = '', ...line] = inNamespace(WIRES[wire][0], ['ss', '-Hlun', 'sport = :67'])
    const ports = (): string => execFileSync(program, line, { encoding: 'utf8' })
    for (const end = now() + PATIENCE; ports() === ''; await pause(100))
      if (now() > end) throw new Error(`nobody answers DHCP: ${wire}`)
  }

  /** Ends both; the dnsmasq of the master ends with it. */
  #end(): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

function makeWire(master: string, nodes: string): void {
  for (const name of [master, nodes]) execFileSync('ip', ['netns', 'add', name])
  for (const name of [master, nodes]) execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  execFileSync('ip', ['-n', master, 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', nodes])
  for (const [name, link, address] of [
    [master, 'lan0', MASTER],
    [nodes, 'eth0', RELAY],
  ] as const) {
    execFileSync('ip', ['-n', name, 'address', 'add', `${address}/16`, 'dev', link])
    execFileSync('ip', ['-n', name, 'link', 'set', link, 'up'])
  }
}
