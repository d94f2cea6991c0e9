/** A cluster for faults: three masters, of which the third stands by, and eight nodes, each with a program that looks names up all the time. */
import { chmodSync } from 'node:fs'
import type { Test } from 'tap'
import { recordings } from '../../compatibility/recording.ts'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'
import { connect, installModule, type Machine, machine } from '../machine.ts'
import { Accounts, copyFiles, FILES, mustByFiles } from './accounts.ts'
import { Cable } from './cable.ts'
import { Member } from './member.ts'
import { OWN_ADDRESS, Truth } from './truth.ts'
import type { Witness } from './witness.ts'

const MASTERS = ['10.20.30.1', '10.20.30.2', '10.20.30.3'] as const
const NODES = 8
/** How long the cluster may need for what it has to do, in milliseconds: far more than it does, since other programs run here too. */
export const PATIENCE = 300_000

const CONFIG = `nodes ${NODES}
iprange 10.20.30.100 10.20.30.${100 + NODES - 1}
hostrange 10.20.30.4 10.20.30.9
host 00:A0:D1:E9:87:CA 10.20.30.5 smartswitch
interface eth0 ${MASTERS[0]} 255.255.255.0
masterorder 0-3 ${MASTERS.join(' ')}
masterorder 4-7 ${MASTERS[1]} ${MASTERS[0]} ${MASTERS[2]}
`

const PASSWD = 'ada:x:1000:1000:Ada Byron:/home/ada:/bin/bash\nhedy:x:1002:2000:Hedy Kiesler:/home/hedy:/bin/bash\n'
const GROUP = 'ada:x:1000:\nphysics:x:2000:ada,hedy\nproject:x:2500:\n'

/** What is true whatever happens, and what is never there. */
const ALWAYS: readonly (readonly [question: string, answer: string])[] = [
  ['user ada', '1000 1000 /home/ada'],
  ['uid 1002', '1002 2000 /home/hedy'],
  ['group physics', '2000 ada,hedy'],
  ['gid 1000', '1000'],
  ['groups hedy', '1000 2000'],
  ['host n3', '10.20.30.103'],
  ['host n0005.cluster.internal', '10.20.30.105'],
  ['host smartswitch', '10.20.30.5'],
  ['address 10.20.30.106', 'n6'],
  ['netgroup n7', '1'],
  ['host self', OWN_ADDRESS],
  ['user nosuch', ''],
  ['uid 4999', ''],
  ['group nosuch', ''],
  ['host n8', ''],
  ['address 10.20.30.4', ''],
  ['netgroup n8', '0'],
]

/** The cluster. */
export class FaultyCluster {
  readonly masters: readonly Member[]
  readonly nodes: readonly Member[]
  readonly truth: Truth = new Truth()
  readonly accounts: Accounts = new Accounts()
  /** Masters that have not got the last change of the files yet. */
  readonly late = new Set<Member>()
  /** The names of the machines that a fault lasts on. */
  troubled: ReadonlySet<string> = new Set()
  readonly #ended: Witness[] = []

  private constructor(masters: readonly Member[], nodes: readonly Member[]) {
    this.masters = masters
    this.nodes = nodes
    for (const [question, answer] of ALWAYS) this.truth.add(question, answer)
    for (const master of MASTERS) this.truth.add('host master', master, 'any')
    this.accounts.tell(this.truth)
  }

  /** Makes the machines and starts what runs on them, but for the master that stands by. Ends with the test. */
  static async start(t: Test): Promise<FaultyCluster> {
    const [masters, nodes] = await members(t)
    const cluster = new FaultyCluster(masters, nodes)
    t.teardown(() => cluster.#end(t))
    await cluster.#startMasters()
    for (const node of nodes) {
      copyFiles(cluster.first.machine, node.machine, ['/var/lib/kickback/signing.pub'])
      const named = MASTERS.slice(0, 2).map((master) => `"${master}:3045"`)
      const settings = `master = [${named.join(', ')}]\nkey = "/var/lib/kickback/signing.pub"\n`
      node.machine.must(`mkdir -p /etc/kickback && printf '%s' '${settings}' >/etc/kickback/kickback.toml`)
      node.service.start()
    }
    await cluster.inStep()
    for (const node of nodes) cluster.watch(node)
    return cluster
  }

  /** All machines: masters first. */
  get members(): readonly Member[] {
    return [...this.masters, ...this.nodes]
  }

  get first(): Member {
    const [first] = this.masters
    if (first === undefined) throw new Error('no master')
    return first
  }

  /** Looks names up on a node from now on. */
  watch(node: Member): void {
    if (node.witness !== undefined) {
      this.truth.leave(node.witness)
      this.#ended.push(node.witness)
    }
    this.truth.tell(node.watch(), node.address)
  }

  /** The master that stands by. */
  get standby(): Member {
    const standby = this.masters.at(-1)
    if (standby === undefined) throw new Error('no master')
    return standby
  }

  /** Gives these masters the files of one that is not late; of `from`, while that is not. */
  copyFrom(from: Member, masters: readonly Member[]): void {
    const source = this.late.has(from) ? this.masters.find((master) => !this.late.has(master)) : from
    if (source === undefined) throw new Error('all masters are late')
    for (const master of masters) if (this.late.delete(master)) copyFiles(source.machine, master.machine, FILES)
  }

  /** All daemons run, and a user comes last. */
  async lastUser(number: number): Promise<void> {
    this.copyFrom(this.first, [...this.late])
    for (const { service } of this.members) service.start()
    const line = this.accounts.last(`last${number}`, 6000 + number, this.truth)
    await this.truth.known()
    mustByFiles(this.first.machine, line)
    for (const master of this.masters.slice(1)) copyFiles(this.first.machine, master.machine, FILES)
  }

  /** Waits until each node has asked so many questions more. */
  async asked(more: number): Promise<void> {
    const witnesses = this.nodes.flatMap(({ witness }) => witness ?? [])
    const before = await Promise.all(witnesses.map((witness) => witness.counts()))
    for (const [i, witness] of witnesses.entries()) {
      const wanted = (before[i]?.asked ?? 0) + more
      await until(async () => (await witness.counts()).asked >= wanted, 'look-ups go on', PATIENCE)
    }
  }

  /** Waits until all machines whose daemon is to run have one and the same content, in both places of the module. */
  async inStep(): Promise<void> {
    let digests: ReadonlyMap<string, readonly string[]> = new Map()
    const isInStep = async (): Promise<boolean> => {
      const running = this.members.filter(({ service }) => service.isWanted)
      digests = new Map(await Promise.all(running.map(async (one) => [one.name, await one.digests()] as const)))
      const [wanted = 'none'] = [...digests.values()][0] ?? []
      return !wanted.startsWith('none') && [...digests.values()].flat().every((digest) => digest === wanted)
    }
    await until(isInStep, 'all are in step', PATIENCE).catch((error: Error) => {
      const lines = [...digests].map(
        ([name, found]) => `${name}: ${found.map((one) => one.slice(0, 60)).join(' and ')}`,
      )
      throw new Error(`${error.message}\n${lines.join('\n')}`)
    })
  }

  /** Waits until each witness was given the newest answer to each question, all the time and started for it. */
  async upToDate(): Promise<void> {
    for (const { witness, name } of this.nodes)
      await until(async () => (await witness?.counts())?.behind === 0, `${name} gives the newest answers`, PATIENCE)
  }

  /** What went wrong until now: wrong answers, and daemons that ended by themselves. */
  get wrongs(): readonly string[] {
    const witnesses = [...this.#ended, ...this.nodes.flatMap(({ witness }) => witness ?? [])]
    return [
      ...witnesses.flatMap(({ complaints }) => complaints),
      ...this.members.flatMap(({ service }) => service.ends),
    ]
  }

  async #startMasters(): Promise<void> {
    const [first, ...others] = this.masters
    if (first === undefined) return
    first.machine.must(`mkdir -p /etc/beowulf && printf '%s' '${CONFIG}' >/etc/beowulf/config`)
    first.machine.must(`printf '%s' '${PASSWD}' >>/etc/passwd && printf '%s' '${GROUP}' >>/etc/group`)
    first.service.start()
    await this.inStep()
    for (const { machine, service } of others) {
      machine.must('mkdir -p /etc/beowulf')
      copyFiles(first.machine, machine, [...FILES, '/var/lib/kickback/signing.key', '/var/lib/kickback/signing.pub'])
      if (machine.name !== 'standby') service.start()
    }
    await this.inStep()
  }

  async #end(t: Test): Promise<void> {
    for (const { service, name } of this.members) {
      if (!t.passing()) t.comment(`${name}:\n${service.log.slice(-3000)}`)
      await service.cutOff()
    }
  }
}

/** The machines of the masters and of the nodes, connected, with the module and their disks. */
async function members(t: Test): Promise<[masters: readonly Member[], nodes: readonly Member[]]> {
  const dir = folder(t)
  chmodSync(dir, 0o755)
  const earlier = recordings().at(-1)?.program(t) ?? ''
  const names = ['first', 'second', 'standby', ...Array.from({ length: NODES }, (_, i) => `n${i}`)]
  const addresses = [...MASTERS, ...Array.from({ length: NODES }, (_, i) => `10.20.30.${100 + i}`)]
  const hub = await machine(t, 'hub')
  const machines: Machine[] = []
  for (const name of names) machines.push(await machine(t, name))
  connect(
    [hub, '10.20.30.254/24'],
    machines.map((one, i) => [one, `${addresses[i]}/24`] as const),
  )
  const all = machines.map((one, i) => {
    installModule(one)
    const role = i < MASTERS.length ? 'master' : 'node'
    const parts = { machine: one, address: addresses[i] ?? '', cable: new Cable(hub, one, i), earlier, folder: dir }
    return new Member({ ...parts, role })
  })
  return [all.slice(0, MASTERS.length), all.slice(MASTERS.length)]
}
