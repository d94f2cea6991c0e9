/** The master of boot tests: kickback with DHCP and images, on the switch of the machines that boot. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'
import { type Machine, machine } from '../../root/machine.ts'

/** Where the master is. */
const ADDRESS = '10.20.30.1'

/** How long the daemon may take for what it is waited for, in milliseconds: machines take the processors. */
const PATIENCE = 120_000

/** The first lines of a configuration; the node N has the address 10.20.30.(100+N). */
const HEAD = `interface br0 ${ADDRESS} 255.255.255.0
nodes 32
iprange 10.20.30.100 10.20.30.131
`

const ACCOUNTS: Readonly<Record<string, string>> = {
  passwd: 'ada:x:5000:5000:Ada Byron:/home/ada:/bin/bash\n',
  group: 'ada:x:5000:\n',
  shadow: '',
}

/** A master that gives addresses and images. */
export class BootMaster {
  /** The machine with the switch `br0`. */
  readonly hub: Machine
  readonly #dir: string
  #daemon: ChildProcess | undefined
  #log = ''

  private constructor(hub: Machine, dir: string) {
    this.hub = hub
    this.#dir = dir
  }

  /** Starts one with these lines of configuration behind the usual ones. It ends with the test. */
  static async start(t: Test, lines: string): Promise<BootMaster> {
    const hub = await machine(t, 'master')
    // The switch is up without a machine too; iPXE of old distributions waits for an IPv6 router, which takes time and nothing else.
    hub.must(`ip link add br0 type bridge && ip addr add ${ADDRESS}/24 dev br0 && ip link set br0 up`)
    hub.must('ip link add keep0 type veth peer name keep1 && ip link set keep0 master br0 up && ip link set keep1 up')
    const master = new BootMaster(hub, folder(t))
    for (const [name, text] of Object.entries(ACCOUNTS)) writeFileSync(master.#at(name), text)
    writeFileSync(master.configFile, HEAD + lines)
    t.teardown(() => master.#end(t))
    await master.serve()
    return master
  }

  /** Where its files are. */
  get folder(): string {
    return this.#dir
  }

  get configFile(): string {
    return this.#at('config')
  }

  get config(): string {
    return readFileSync(this.configFile, 'utf8')
  }

  get log(): string {
    return this.#log
  }

  /** Starts the daemon; until machines can boot. */
  async serve(): Promise<void> {
    const files = ['config', ...Object.keys(ACCOUNTS)].flatMap((name) => [`--${name}`, this.#at(name)])
    const from = this.#log.length
    const daemon = this.hub.start('kickback', 'serve', '--boot', ...files, '--state-dir', this.#at('state'))
    daemon.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text
    })
    this.#daemon = daemon
    await until(
      () => {
        if (daemon.exitCode !== null) throw new Error(`the master ended:\n${this.#log.slice(from)}`)
        return /dnsmasq runs/.test(this.#log.slice(from))
      },
      'the master gives addresses',
      PATIENCE,
    )
  }

  /** The daemon dies at once. */
  async kill(): Promise<void> {
    const daemon = this.#daemon
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    const ended = once(daemon, 'exit')
    daemon.kill('SIGKILL')
    await ended
  }

  /** The node line of a node. */
  line(node: number): string {
    return new RegExp(`^node ${node} .*$`, 'm').exec(this.config)?.[0] ?? ''
  }

  /** Waits until the node line of a node is so. */
  async hasLine(node: number, pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.line(node)), `the line of node ${node} is ${pattern}`, PATIENCE)
  }

  /** Waits until the log says something. */
  async logs(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.#log), `the log says ${pattern}`, PATIENCE)
  }

  #at(name: string): string {
    return join(this.#dir, name)
  }

  async #end(t: Test): Promise<void> {
    if (!t.passing()) t.comment(this.#log.slice(-6000))
    const daemon = this.#daemon
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    const ended = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    await ended
  }
}
