/** A cluster with Slurm: two masters, of which the first has slurmctld, and three nodes with slurmd, each a machine of its own. */
import { chmodSync } from 'node:fs'
import type { Test } from 'tap'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'
import { copyFiles, FILES } from '../faults/accounts.ts'
import { Service } from '../faults/service.ts'
import { connect, installModule, type Machine, machine } from '../machine.ts'
import { PATIENCE, Scheduler } from './scheduler.ts'

/** The nodes by name. */
export const NODES: readonly string[] = ['n0', 'n1', 'n2']

const MASTERS = ['10.20.30.1', '10.20.30.2'] as const
const CONFIG = `nodes ${NODES.length}
iprange 10.20.30.100 10.20.30.${99 + NODES.length}
interface eth0 ${MASTERS[0]} 255.255.255.0
masterorder 0-${NODES.length - 1} ${MASTERS.join(' ')}
`
/** A group of the cluster that each new user is in. */
const PROJECT = 'project'
/** The accounts of Slurm: the nodes have them from the masters alone. */
const SERVICES = ['slurm', 'munge'] as const
const SETTINGS = `users = ["${SERVICES.join('", "')}"]\ngroups = ["${SERVICES.join('", "')}"]\n`
/** What the nodes believe. */
const ROOT_KEY = '/var/lib/kickback/root.pub'
/** How long `kickback wait` waits at a master before the other one is asked, in seconds. */
const TURN = 2

/** A machine with the daemon of kickback that runs on it. */
export interface Member {
  readonly machine: Machine
  readonly kickback: Service
}

/** The cluster. It ends with the test. */
export class Site {
  readonly masters: readonly [Member, Member]
  readonly nodes: readonly Member[]
  readonly scheduler: Scheduler

  private constructor(masters: readonly [Member, Member], nodes: readonly Member[], outputs: string) {
    this.masters = masters
    this.nodes = nodes
    const machines = nodes.map(({ machine: on }) => on)
    this.scheduler = new Scheduler(this.head, machines, outputs)
  }

  /** Makes the machines and starts all daemons; `settings` are further lines of slurm.conf. Resolves once Slurm has all nodes. */
  static async start(t: Test, settings: string): Promise<Site> {
    const outputs = folder(t)
    chmodSync(outputs, 0o1777)
    const site = new Site(...(await members(t)), outputs)
    t.teardown(() => site.#end(t))
    await site.#startMasters()
    await site.#startNodes()
    await site.scheduler.start(MASTERS[0], settings)
    return site
  }

  /** The first master: it has slurmctld, and accounts are made there. */
  get head(): Machine {
    return this.masters[0].machine
  }

  /** A node by its name. */
  node(name: string): Member {
    const found = this.nodes.find(({ machine: on }) => on.name === name)
    if (found === undefined) throw new Error(`no node ${name}`)
    return found
  }

  /** Adds a user by useradd(8) on the first master, copies the accounts to the second, and has both read them: those that run. */
  async addUser(name: string): Promise<void> {
    this.head.must(`useradd -M -s /bin/sh -G ${PROJECT} '${name}'`)
    copyFiles(this.head, this.masters[1].machine, FILES)
    for (const { machine: on, kickback } of this.masters) {
      if (!kickback.isWanted) continue
      await until(() => on.run('kickback', 'reload').code === 0, `${on.name} reads the accounts`, PATIENCE)
    }
  }

  /** `kickback wait` at the masters that run, in turn, for the nodes that were not in step at one of them. */
  async inStep(): Promise<void> {
    let left = NODES
    const areAll = (): boolean => {
      for (const { machine: on, kickback } of this.masters)
        if (left.length > 0 && kickback.isWanted) left = notInStep(on, left)
      return left.length === 0
    }
    await until(areAll, 'all nodes are in step', PATIENCE)
  }

  /** Daemons of kickback that ended without being told to. */
  get ends(): readonly string[] {
    return this.#members.flatMap(({ kickback }) => kickback.ends)
  }

  get #members(): readonly Member[] {
    return [...this.masters, ...this.nodes]
  }

  async #startMasters(): Promise<void> {
    const [first, second] = this.masters
    first.machine.must(`mkdir -p /etc/beowulf && printf '%s' '${CONFIG}' >/etc/beowulf/config && groupadd ${PROJECT}`)
    for (const { machine: on } of this.masters) writeSettings(on, SETTINGS)
    first.kickback.start()
    await answers(first)
    second.machine.must('mkdir -p /etc/beowulf')
    copyFiles(first.machine, second.machine, FILES)
    certify(first.machine, second.machine)
    second.kickback.start()
    await answers(second)
  }

  async #startNodes(): Promise<void> {
    const named = MASTERS.map((master) => `"${master}:3045"`).join(', ')
    for (const { machine: on, kickback } of this.nodes) {
      on.must('mkdir -p /var/lib/kickback')
      copyFiles(this.head, on, [ROOT_KEY])
      writeSettings(on, `master = [${named}]\nkey = "${ROOT_KEY}"\n${SETTINGS}`)
      kickback.start()
    }
    await this.inStep()
  }

  async #end(t: Test): Promise<void> {
    await this.scheduler.end()
    for (const { kickback } of this.#members) await kickback.cutOff()
    if (t.passing()) return
    for (const { machine: on, kickback } of this.#members)
      t.comment(`kickback on ${on.name} said:\n${kickback.log.slice(-3000)}`)
    for (const [name, log] of this.scheduler.logs()) t.comment(`Slurm on ${name} said:\n${log.slice(-3000)}`)
  }
}

function writeSettings(on: Machine, text: string): void {
  on.must(`mkdir -p /etc/kickback && printf '%s' '${text}' >/etc/kickback/kickback.toml`)
}

/** Gives a master that was never started a key that the first one has certified. */
function certify(first: Machine, other: Machine): void {
  const [request, trust] = ['/run/request', '/var/lib/kickback/trust'] as const
  other.must(`kickback keys request >${request}`)
  copyFiles(other, first, [request])
  first.must(`kickback keys certify '${other.name}' ${request}`)
  copyFiles(first, other, [trust])
  other.must(`kickback keys adopt ${trust}`)
}

async function answers({ machine: on }: Member): Promise<void> {
  await until(() => [0, 3].includes(on.run('kickback', 'status').code), `${on.name} answers`, PATIENCE)
}

/** Which of these nodes do not follow this master, or have not got what it serves, after a moment. All of them if it does not answer. */
function notInStep(on: Machine, nodes: readonly string[]): readonly string[] {
  const { stdout } = on.run('kickback', 'wait', '--nodes', nodes.join(), '--timeout', String(TURN), '--json')
  if (stdout === '') return nodes
  const { names } = JSON.parse(stdout)
  return [...names.missing, ...names.behind]
}

/** The machines, connected, each with the module. */
async function members(t: Test): Promise<[masters: readonly [Member, Member], nodes: readonly Member[]]> {
  const hub = await machine(t, 'hub')
  const masters = [await machine(t, 'master0'), await machine(t, 'master1')] as const
  const nodes: Machine[] = []
  for (const name of NODES) nodes.push(await machine(t, name))
  connect(
    [hub, '10.20.30.254/24'],
    [
      ...masters.map((one, i) => [one, `${MASTERS[i]}/24`] as const),
      ...nodes.map((one, i) => [one, `10.20.30.${100 + i}/24`] as const),
    ],
  )
  for (const one of [...masters, ...nodes]) installWithServices(one, !nodes.includes(one))
  const [first, second] = masters
  const member = (on: Machine, role: string): Member => ({
    machine: on,
    kickback: new Service(on, () => ['kickback', role]),
  })
  return [[member(first, 'serve'), member(second, 'serve')], nodes.map((one) => member(one, 'proxy'))]
}

/** Installs the module. Only a master keeps the accounts of Slurm in its own files. */
function installWithServices(on: Machine, isMaster: boolean): void {
  const lines = ['passwd', 'group'].map((name) => [name, on.must(`getent ${name} ${SERVICES.join(' ')}`)] as const)
  installModule(on)
  for (const [name, text] of lines) {
    on.must(`sed -i -E '/^(${SERVICES.join('|')}):/d' /etc/${name}`)
    if (isMaster) on.must(`printf '%s' '${text}' >>/etc/${name}`)
  }
}
