/** One real machine: Debian with systemd, in a container of systemd-nspawn, with a disk and a network of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Outcome } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { besideDisk } from './chroot.ts'
import { outcomeOf } from './outcome.ts'
import type { Switch } from './switch.ts'

/** What a machine is made of. */
export interface MachineOptions {
  readonly name: string
  /** What is on its disk before it is written to, topmost first: the folders of layers and of a Debian tree. Nobody may write to them. */
  readonly layers: readonly string[]
  /** The address of eth0, as 10.20.30.1/24, which systemd-networkd gives it during the boot; without one it has none. */
  readonly address?: string
}

/** How a command is run. */
export interface RunOptions {
  readonly stdin?: string | Uint8Array
  /** The user that runs it, by a login as runuser(1) does; root unless given. */
  readonly user?: string
}

/** How long a boot, an end and a command may take, in milliseconds: far more than they do. */
const PATIENCE = 90_000

/** The environment of commands. The test runner puts its hooks into every child, whatever environment it is given: env(1) takes them out. */
export const ENVIRONMENT: readonly string[] = [
  '-i',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'LC_ALL=C.UTF-8',
  'HOME=/root',
]

/** nspawn wants a cgroup of version 2, and a group of it that no other machine is in. */
const BOOT = `
set -eu
folder=$1 name=$2 layers=$3 network=$4
mount -t cgroup2 none /sys/fs/cgroup
group=/sys/fs/cgroup/kickback-machines/$name.$$
mkdir -p "$group"
echo $$ >"$group/cgroup.procs"
mount -t overlay overlay -o "lowerdir=$layers,upperdir=$folder/disk,workdir=$folder/work" "$folder/root"
exec setpriv --pdeathsig KILL systemd-nspawn --quiet --boot --directory="$folder/root" --machine="$name" --settings=no \\
  --register=no --keep-unit --network-namespace-path="$network" --capability=CAP_NET_ADMIN \\
  --kill-signal=SIGRTMIN+3 --resolv-conf=off --timezone=off --link-journal=no --console=pipe
`

/** A machine that is off, or that runs. */
export class Machine {
  readonly name: string
  readonly #folder: string
  readonly #layers: string
  readonly #switch: Switch
  #nspawn: ChildProcess | undefined
  #leader = 0
  #console = ''

  /** A new machine, switched off. Its disk is in `folder`. */
  constructor({ name, layers, address }: MachineOptions, folder: string, plugged: Switch) {
    this.name = name
    this.#folder = folder
    this.#layers = layers.join(':')
    this.#switch = plugged
    for (const each of ['disk', 'work', 'root']) mkdirSync(join(folder, each), { recursive: true })
    chmodSync(join(folder, 'disk'), 0o755)
    this.#write('/etc/hostname', `${name}\n`)
    this.#write('/etc/hosts', '127.0.0.1 localhost\n')
    this.#write('/etc/machine-id', `${createHash('md5').update(name).digest('hex')}\n`)
    const network = address === undefined ? 'LinkLocalAddressing=no' : `Address=${address}`
    this.#write('/etc/systemd/network/eth0.network', `[Match]\nName=eth0\n[Network]\n${network}\n`)
  }

  /** The process ID of its init, seen from here; 0 while it is off. */
  get leader(): number {
    return this.#leader
  }

  /** Switches it on, and waits until systemd has started all that it is to start. Resolves to `running`, or `degraded` where a unit failed. */
  async boot(): Promise<string> {
    await this.powerOn()
    return this.booted()
  }

  /** Switches it on, and waits until its init runs. */
  async powerOn(): Promise<void> {
    if (this.#nspawn !== undefined) throw new Error(`${this.name} is on already`)
    const network = await this.#switch.plug(this.name)
    const words = ['-m', '--propagation', 'private', 'sh', '-c', BOOT, 'sh']
    const nspawn = spawn('unshare', [...words, this.#folder, this.name, this.#layers, network], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#nspawn = nspawn
    this.#console = ''
    for (const stream of [nspawn.stdout, nspawn.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.#console += bytes.toString()
      })
    }
    nspawn.once('exit', () => {
      this.#nspawn = undefined
      this.#leader = 0
    })
    await until(() => this.#hasLeader(nspawn), `the init of ${this.name}`, PATIENCE)
    if (this.#nspawn === undefined) throw new Error(`${this.name} did not boot:\n${this.#console}`)
  }

  /** Waits until all units have been started that are to be. */
  async booted(): Promise<string> {
    let state = ''
    const isUp = async (): Promise<boolean> => {
      if (this.#nspawn === undefined) throw new Error(`${this.name} went off while it booted:\n${this.#console}`)
      state = (await this.run('systemctl', 'is-system-running')).stdout.trim()
      return state === 'running' || state === 'degraded'
    }
    await until(isUp, `${this.name} is up`, PATIENCE)
    return state
  }

  /** Runs a command to its end, as root in /. */
  run(command: string, ...args: readonly string[]): Promise<Outcome> {
    return this.execute([command, ...args])
  }

  /** Runs a command to its end. Rejects where the machine is off; one that is killed with the machine has code -1. */
  execute(words: readonly string[], { stdin = '', user }: RunOptions = {}): Promise<Outcome> {
    const as = user === undefined ? [] : ['runuser', '-l', user, '-c', 'exec "$0" "$@"', '--']
    return executed([...this.#entered(), ...as, ...words], stdin)
  }

  /** Starts a command, and leaves it running: it ends with the machine at the latest. Throws where the machine is off. */
  start(command: string, ...args: readonly string[]): ChildProcess {
    return spawn('env', [...ENVIRONMENT, ...this.#entered(), command, ...args], { cwd: '/', stdio: 'pipe' })
  }

  /** Runs a line of shell as root, and gives what it printed. Rejects with what it complained of where it fails. */
  async must(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run('sh', '-c', line)
    if (code !== 0) throw new Error(`${this.name}: ${line}: exit code ${code}: ${stderr}${stdout}`)
    return stdout
  }

  /** Writes a file, on or off; its folder is made. */
  async put(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    if (this.#leader === 0) {
      this.#write(path, content, mode)
      return
    }
    const script = 'set -e; mkdir -p "$(dirname "$1")"; cat >"$1.new"; chmod "$2" "$1.new"; mv -f "$1.new" "$1"'
    const words = ['sh', '-c', script, 'sh', path, mode.toString(8)]
    const { code, stderr } = await this.execute(words, { stdin: content })
    if (code !== 0) throw new Error(`${this.name}: ${path}: ${stderr}`)
  }

  /** Runs a line of shell on the disk of a machine that is off, as in the making of an image: no systemd runs, and there is no network. */
  prepare(line: string): Promise<string> {
    return this.beside('chroot "$ROOT" sh -c "$1"', line)
  }

  /** Runs a line of shell beside the disk of a machine that is off, which is $ROOT. Rejects with what it complained of where it fails. */
  async beside(line: string, ...args: readonly string[]): Promise<string> {
    if (this.#nspawn !== undefined) throw new Error(`${this.name} is on`)
    const { code, stdout, stderr } = await executed(besideDisk(this.#folder, this.#layers, line, args), '')
    if (code !== 0) throw new Error(`${this.name}: ${[line, ...args].join(' ')}: exit code ${code}: ${stderr}${stdout}`)
    return stdout
  }

  /** What a unit has logged in this boot, a message a line; what the whole machine has logged where none is named. */
  async journal(unit?: string, ...options: readonly string[]): Promise<string> {
    const of = unit === undefined ? [] : ['-u', unit]
    return (await this.run('journalctl', '--no-pager', '-o', 'cat', '-b', ...of, ...options)).stdout
  }

  /** A property of a unit, as systemctl show(1) has it; empty while systemd does not answer. */
  async property(unit: string, name: string): Promise<string> {
    return (await this.run('systemctl', 'show', '-P', name, unit)).stdout.trim()
  }

  /** What its console has shown since it was switched on. */
  get console(): string {
    return this.#console
  }

  /** Shuts down in good order. */
  async stop(): Promise<void> {
    await this.#ended(() => this.run('systemctl', 'poweroff'))
  }

  /** Shuts down in good order, and boots again. */
  async reboot(): Promise<string> {
    await this.#ended(() => this.run('systemctl', 'reboot'))
    return this.boot()
  }

  /** Cuts the power: nothing is told, nothing is written out by a program. What was written stays, since this kernel goes on. */
  async powerCut(): Promise<void> {
    await this.#ended(() => process.kill(this.#leader, 'SIGKILL'))
  }

  /** Drops this share of the packets that come in and go out, 0 to 1, until the next call or boot. */
  async lose(share: number): Promise<void> {
    await this.#switch.lose(this.name, share)
  }

  /** Pulls the cable, or plugs it in again. */
  async cable(isIn: boolean): Promise<void> {
    await this.#switch.cable(this.name, isIn)
  }

  async #ended(how: () => unknown): Promise<void> {
    const nspawn = this.#nspawn
    if (nspawn === undefined) throw new Error(`${this.name} is off`)
    await how()
    await until(() => this.#nspawn === undefined, `${this.name} goes off`, PATIENCE)
    this.#switch.unplug(this.name)
  }

  /** The words that run a command inside. */
  #entered(): readonly string[] {
    if (this.#leader === 0) throw new Error(`${this.name} is off`)
    return ['nsenter', '-a', '-t', String(this.#leader), '--']
  }

  #write(path: string, content: string | Uint8Array, mode = 0o644): void {
    const file = join(this.#folder, 'disk', path)
    mkdirSync(dirname(file), { recursive: true })
    rmSync(file, { force: true })
    writeFileSync(file, content)
    chmodSync(file, mode)
  }

  #hasLeader({ pid = 0 }: ChildProcess): boolean {
    if (this.#nspawn === undefined) return true
    this.#leader = initBelow(pid)
    return this.#leader !== 0
  }
}

/** Runs a command of this machine to its end, without the environment of the tests. */
function executed(words: readonly string[], stdin: string | Uint8Array): Promise<Outcome> {
  const child = spawn('env', [...ENVIRONMENT, ...words], { cwd: '/', timeout: PATIENCE, killSignal: 'SIGKILL' })
  return outcomeOf(child, stdin)
}

/** The descendant of a process that is the first process of a PID namespace of its own; 0 where there is none (yet). */
function initBelow(pid: number): number {
  for (const child of childrenOf(pid)) {
    const found = isInit(child) ? child : initBelow(child)
    if (found !== 0) return found
  }
  return 0
}

function childrenOf(pid: number): readonly number[] {
  return contentOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** Once it has become systemd: before that its namespaces are not all there. */
function isInit(pid: number): boolean {
  const ids = /^NSpid:\s+(.*)$/m.exec(contentOf(`/proc/${pid}/status`))?.[1]?.split('\t') ?? []
  return ids.length > 1 && ids.at(-1) === '1' && contentOf(`/proc/${pid}/comm`) === 'systemd\n'
}

/** A process may be gone by now. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
