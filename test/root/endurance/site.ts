/** A master and a node, each on a machine of its own, with all doors open, and correct clients at each of them. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { readSnapshot } from '../../../src/kickback/files/folders.ts'
import { MOVING_RANGE, movingAddress } from '../../hostile/moving.ts'
import { type Program, script } from '../../hostile/site.ts'
import { until } from '../../patience.ts'
import { type Example, example } from '../example.ts'
import { fileOn } from '../faults/accounts.ts'
import { Service } from '../faults/service.ts'
import { Truth } from '../faults/truth.ts'
import { Witness } from '../faults/witness.ts'
import { connect, installModule, type Machine, machine } from '../machine.ts'

const COLLECTOR = join(import.meta.dirname, '../../hostile/collector.cjs')
const MASTER = '10.20.30.1'
const NODE = '10.20.30.115'
const MOVING = 'mover'
const OBJECTS = 3047
const METRICS = '127.0.0.1:9100'
/** Far more than a change needs to be everywhere, in milliseconds: other programs run here too. */
const PATIENCE = 300_000

/** What is true of the example all the time, and what is never there. */
const ALWAYS = [
  ['user ada', '1000 1000 /home/ada'],
  ['uid 1003', '1003 2000 /home/katherine'],
  ['group physics', '2000 ada,katherine'],
  ['gid 2001', '2001 grace,ada'],
  ['groups ada', '1000 2000 2001'],
  ['host n0015', '10.20.30.115'],
  ['host smartswitch', '10.20.30.5'],
  ['address 10.20.30.131', 'n31'],
  ['netgroup n15', '1'],
  ['host master', MASTER],
  ['user nosuch', ''],
  ['gid 4242', ''],
  ['host n99', ''],
] as const

/** One of the two daemons, with its DNS process. */
export interface Member {
  readonly name: 'master' | 'node'
  readonly machine: Machine
  readonly service: Service
  readonly witness: Witness
}

/** The site. It ends with the test. */
export class Site {
  readonly master: Member
  readonly node: Member
  readonly #truth: Truth
  readonly #example: Example
  readonly #passwd: string
  readonly #texts: { readonly config: string; readonly passwd: string }
  #moves = 0

  private constructor(t: Test, machines: readonly [Machine, Machine], made: Example) {
    const [onMaster, onNode] = machines
    this.#example = made
    this.#passwd = join(made.dir, 'examples/passwd')
    this.#texts = { config: read(made.config), passwd: read(this.#passwd) }
    this.#truth = new Truth()
    const member = (name: Member['name'], on: Machine, args: readonly string[]): Member => ({
      name,
      machine: on,
      service: new Service(on, () => ['env', `NODE_OPTIONS=--require=${COLLECTOR}`, 'kickback', ...args]),
      witness: new Witness(on),
    })
    const shared = ['--http', METRICS]
    const dns = (address: string): readonly string[] => ['--dns', `${address}:53`]
    const objects = ['--objects', `${MASTER}:${OBJECTS}`]
    const serve = ['serve', '--config', made.config, ...made.accounts, ...objects, ...dns(MASTER), ...shared]
    const key = join(made.dir, 'cluster.pub')
    this.master = member('master', onMaster, serve)
    this.node = member('node', onNode, ['proxy', '--master', `${MASTER}:3045`, '--key', key, ...dns(NODE), ...shared])
    t.teardown(() => this.#stop(t))
  }

  /** Makes the machines and starts the daemons. */
  static async start(t: Test): Promise<Site> {
    const made = example(t, `interface br0 ${MASTER} 255.255.255.0\n${MOVING_RANGE}`)
    const machines = [await machine(t, 'master'), await machine(t, 'n15')] as const
    connect([machines[0], `${MASTER}/24`], [[machines[1], `${NODE}/24`]])
    for (const one of machines) installModule(one)
    const site = new Site(t, machines, made)
    for (const [question, answer] of ALWAYS) site.#truth.add(question, answer)
    site.#write()
    site.master.service.start()
    await site.#untilThere(site.master)
    const pub = site.master.machine.must('cat /var/lib/kickback/signing.pub')
    writeFileSync(join(made.dir, 'cluster.pub'), pub)
    site.node.service.start()
    await site.#untilThere(site.node)
    site.#truth.add(`host ${MOVING}`, movingAddress(0))
    site.#truth.add(`user ${MOVING}`, homeAfter(0))
    site.#truth.tell(site.master.witness, MASTER)
    site.#truth.tell(site.node.witness, NODE)
    for (const one of site.members) await site.dnsOf(one)
    return site
  }

  get members(): readonly Member[] {
    return [this.master, this.node]
  }

  /** How often the host has moved. */
  get moves(): number {
    return this.#moves
  }

  /** Correct clients, each at so many questions a second at each of its doors, beside the two witnesses. */
  clients(t: Test, rate: number): Map<string, Program> {
    const { master, node } = this
    const asker = (on: Member, asked: readonly Member[], doors: readonly string[], pace = rate): Program => {
      const pids = asked.map(({ service }) => service.pid)
      return script(t, on.machine, 'asker.ts', [pids.join(), pace, `moving=${MOVING}`, ...doors])
    }
    return new Map([
      ['on the master', asker(master, [master], ['unix=/run/kickback/socket', 'tcp=127.0.0.1:3045'])],
      ['on the node', asker(node, [node], ['unix=/run/kickback/socket'])],
      ['from the node', asker(node, [master], [`tcp=${MASTER}:3045`])],
      [
        'DNS',
        asker(
          node,
          [master, node],
          [MASTER, NODE].flatMap((at) => [`udp=${at}`, `dnstcp=${at}`]),
        ),
      ],
      ['metrics of the master', asker(master, [master], [`http=${METRICS}`], 2)],
      ['metrics of the node', asker(node, [node], [`http=${METRICS}`], 2)],
      ['objects', asker(node, [master], [`objects=${MASTER}:${OBJECTS}`], 5)],
    ])
  }

  /** Moves the host, and every now and then the home of a user too. The witnesses know of it before. */
  async move(): Promise<void> {
    this.#moves++
    this.#truth.add(`host ${MOVING}`, movingAddress(this.#moves))
    this.#truth.add(`user ${MOVING}`, homeAfter(this.#moves))
    await this.#truth.known()
    this.#write()
  }

  /** Waits until the files of both machines hold the last move. */
  async inStep(): Promise<void> {
    for (const one of this.members) await this.#untilThere(one)
  }

  /** Waits until both witnesses were given the newest answers, all the time and started for it. */
  async upToDate(): Promise<void> {
    for (const { witness, name } of this.members)
      await until(async () => (await witness.counts()).behind === 0, `${name} gives the newest answers`, PATIENCE)
  }

  /** What the witnesses complain of, and daemons that ended without being told to. */
  get wrongs(): readonly string[] {
    return this.members.flatMap(({ witness, service }) => [...witness.complaints, ...service.ends])
  }

  /** The DNS process of a daemon, once there is one. */
  async dnsOf({ name, machine: on }: Member): Promise<number> {
    let pid = 0
    const isThere = (): boolean => {
      pid = JSON.parse(on.run('kickback', 'status', '--json').stdout || '{}').dns_process?.pid ?? 0
      return pid > 0
    }
    await until(isThere, `${name} has a DNS process`, PATIENCE)
    return pid
  }

  /** The four processes by name. */
  async processes(): Promise<ReadonlyMap<string, number>> {
    const all = new Map<string, number>()
    for (const one of this.members) {
      all.set(one.name, one.service.pid)
      all.set(`DNS of the ${one.name}`, await this.dnsOf(one))
    }
    return all
  }

  async #untilThere({ name, machine: on }: Member): Promise<void> {
    const wanted = this.#moves
    const isThere = async (): Promise<boolean> => {
      const { snapshot } = await readSnapshot(fileOn(on, '/run/kickback/snapshot.1'))
      const record = snapshot?.lookup('hosts', { name: MOVING })
      return record !== undefined && Buffer.from(record).includes(addressBytes(movingAddress(wanted)))
    }
    await until(isThere, `${name} has move ${wanted}`, PATIENCE)
  }

  /** Writes the files anew that change, each whole by a rename. */
  #write(): void {
    const { config, passwd } = this.#texts
    if (this.#moves % 4 === 0) replace(this.#passwd, `${passwd}${MOVING}:x:1700:1700::${home(this.#moves)}:/bin/sh\n`)
    replace(this.#example.config, `${config}host - ${movingAddress(this.#moves)} ${MOVING}\n`)
  }

  async #stop(t: Test): Promise<void> {
    if (!t.passing())
      for (const { name, service } of this.members) t.comment(`${name} said:\n${service.log.slice(-6000)}`)
    for (const { service } of this.members) await service.cutOff()
  }
}

/** The home of the user who moves: another one after each fourth move of the host. */
const home = (moves: number): string => `/home/${Math.floor(moves / 4)}`

/** What the C library answers for that user. */
const homeAfter = (moves: number): string => `1700 1700 ${home(moves)}`

const read = (path: string): string => readFileSync(path, 'utf8')

const addressBytes = (address: string): Buffer => Buffer.from(address.split('.').map(Number))

function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}
