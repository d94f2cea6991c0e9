/** The network of a site: a switch in a namespace of its own, and a namespace for each machine that runs. Nothing of it reaches outside. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { lossRules } from './loss.ts'

/** Keeps a network namespace until its parent ends. */
const KEEP = `
set -eu
ip link set lo up
"$@"
echo ready
exec setpriv --pdeathsig KILL sleep infinity
`

/** The cable of a machine. */
interface Cable {
  /** Keeps the machine's network namespace. */
  readonly keeper: ChildProcess
  readonly port: string
}

/** A switch, and the machines that are plugged in. */
export class Switch {
  readonly #keeper: ChildProcess
  readonly #cables = new Map<string, Cable>()
  #ports = 0

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper
  }

  /** A new one. */
  static async make(): Promise<Switch> {
    const keeper = await kept('sh', '-c', 'ip link add br0 type bridge && ip link set br0 up')
    return new Switch(keeper)
  }

  /** Plugs a machine in, at the beginning of a boot. Gives the path of its network namespace, in which eth0 is. */
  async plug(name: string): Promise<string> {
    const keeper = await kept('true')
    const port = `port${++this.#ports}`
    const { pid } = keeper
    const made = `ip link add ${port} type veth peer name eth0 address ${macOf(name)} netns ${pid}`
    inNetwork(this.#keeper, `${made} && ip link set ${port} master br0 up`)
    this.#cables.set(name, { keeper, port })
    return `/proc/${pid}/ns/net`
  }

  /** The machine is off: its network is gone with it. */
  unplug(name: string): void {
    this.#cables.get(name)?.keeper.kill('SIGKILL')
    this.#cables.delete(name)
  }

  /** Pulls a machine's cable, or plugs it in again: at the machine the link has no carrier meanwhile. */
  async cable(name: string, isIn: boolean): Promise<void> {
    inNetwork(this.#keeper, `ip link set ${this.#cable(name).port} ${isIn ? 'up' : 'down'}`)
  }

  /** Drops this share of a machine's packets, both ways, but those of loopback. */
  async lose(name: string, share: number): Promise<void> {
    inNetwork(this.#cable(name).keeper, 'nft -f -', lossRules(share))
  }

  /** Ends: no machine may run. */
  close(): void {
    for (const name of [...this.#cables.keys()]) this.unplug(name)
    this.#keeper.kill('SIGKILL')
  }

  #cable(name: string): Cable {
    const cable = this.#cables.get(name)
    if (cable === undefined) throw new Error(`${name} is off`)
    return cable
  }
}

/** The MAC address of a machine: the same at each boot, as that of a real one is. Otherwise others would look for it at the old one. */
function macOf(name: string): string {
  const bytes = createHash('md5').update(name).digest().subarray(0, 5)
  return `02:${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
}

/** A process that keeps a new network namespace, in which a command was run. */
async function kept(...words: readonly string[]): Promise<ChildProcess> {
  const keeper = spawn('unshare', ['--net', 'sh', '-c', KEEP, 'sh', ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const failed = once(keeper, 'exit').then(() => Promise.reject(new Error('there is no network namespace')))
  await Promise.race([once(keeper.stdout, 'data'), failed])
  failed.catch(() => {})
  return keeper
}

/** Runs a line of shell in the network that a process keeps. Throws where it fails. */
function inNetwork({ pid }: ChildProcess, line: string, input = ''): void {
  const words = ['-t', String(pid), '--net', '--', 'sh', '-c', line]
  const { status, stderr } = spawnSync('nsenter', words, { encoding: 'utf8', input })
  if (status !== 0) throw new Error(`${line}: ${stderr}`)
}
