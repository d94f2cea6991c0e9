/** Slurm and munge on the machines of a cluster: slurm.conf, the daemons, jobs, and what the logs say. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../patience.ts'
import { Service } from '../faults/service.ts'
import type { Machine } from '../machine.ts'

const CONTROLLER_LOG = '/run/slurmctld.log'
const DAEMON_LOG = '/run/slurmd.log'
const CONFIG_FILE = '/etc/slurm/slurm.conf'
const MUNGE_KEY = '/etc/munge/munge.key'
const MUNGE_FOLDER = '/run/munge-private'
/** Far more than anything here needs, in milliseconds: other programs run on this machine too. */
export const PATIENCE = 120_000

const CONFIG = `ClusterName=kickback
SlurmctldHost=master0
SlurmUser=slurm
AuthType=auth/munge
SlurmctldParameters=enable_configless
StateSaveLocation=/run/slurmctld
SlurmctldPidFile=/run/slurmctld.pid
SlurmctldLogFile=${CONTROLLER_LOG}
SlurmdSpoolDir=/run/slurmd
SlurmdPidFile=/run/slurmd.pid
SlurmdLogFile=${DAEMON_LOG}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/linear
SchedulerType=sched/builtin
MailProg=/bin/true
PartitionName=all Nodes=ALL Default=YES
NodeName=DEFAULT CPUs=1
Include nodes.conf
`

/** What Slurm logs of a user whom it cannot look up: error texts of slurm_strerror(3), and those of its cache of groups. */
const UNKNOWN_USER = /Invalid user id|User not found on host|getpwuid|group cache entry/

/** A job that has ended. */
export interface Job {
  /** COMPLETED, if all went well. */
  readonly state: string
  /** What it printed. */
  readonly output: string
}

/** slurmctld on one machine, slurmd without a slurm.conf of its own on others, munged on all. */
export class Scheduler {
  readonly #head: Machine
  readonly #nodes: readonly Machine[]
  readonly #outputs: string
  readonly #munged: Service[] = []
  readonly #daemons: Service[] = []

  /** Not started yet. `outputs`: a folder that every user may write to. */
  constructor(head: Machine, nodes: readonly Machine[], outputs: string) {
    this.#head = head
    this.#nodes = nodes
    this.#outputs = outputs
  }

  /** Starts all daemons, with the nodes as kickback exports them; `address` is that of slurmctld. Resolves once it has all nodes. */
  async start(address: string, settings: string): Promise<void> {
    const head = this.#head
    head.must('mkdir -p /etc/slurm && kickback export slurm >/etc/slurm/nodes.conf')
    this.#write(settings)
    head.must(`install -d -o slurm -g slurm /run/slurmctld && install -o slurm -g slurm /dev/null ${CONTROLLER_LOG}`)
    for (const on of [head, ...this.#nodes]) await this.#startMunge(on)
    this.#daemons.push(this.#service(head, ['slurmctld', '-D']))
    for (const on of this.#nodes) this.#daemons.push(this.#service(on, ['slurmd', '-D', '--conf-server', address]))
    for (const daemon of this.#daemons) daemon.start()
    await this.#untilReady()
  }

  /** Starts slurmctld and each slurmd again, with these further lines of slurm.conf in place of those before. */
  async restart(settings: string): Promise<void> {
    this.#write(settings)
    for (const daemon of this.#daemons) await daemon.cutOff()
    for (const daemon of this.#daemons) daemon.start()
    await this.#untilReady()
  }

  /** sbatch(1) as a user: a job that runs a line of shell on the first of these nodes. Returns its number. */
  submit(user: string, line: string, nodes: readonly string[]): string {
    const words = [
      '--parsable',
      `--nodelist=${nodes.join()}`,
      `--nodes=${nodes.length}`,
      `--output=${this.#output('%j')}`,
    ]
    const command = `sbatch ${words.join(' ')} --chdir=/ --wrap='${line}'`
    return this.#head.must(`exec setpriv --reuid='${user}' --regid='${user}' --init-groups ${command}`).trim()
  }

  /** Waits until a job has ended. */
  async ended(id: string): Promise<Job> {
    let state = ''
    const isOver = (): boolean => {
      state = this.stateOf(id)
      return !['PENDING', 'CONFIGURING', 'RUNNING', 'COMPLETING'].includes(state)
    }
    await until(isOver, `job ${id} ends`, PATIENCE)
    const file = this.#output(id)
    return { state, output: existsSync(file) ? readFileSync(file, 'utf8') : '' }
  }

  /** The state of a job: one word of scontrol(1). */
  stateOf(id: string): string {
    return /JobState=(\S+)/.exec(this.#head.must(`scontrol show job ${id}`))?.[1] ?? ''
  }

  /** Waits until scontrol(1) shows this of a node. */
  async untilNode(name: string, shown: RegExp): Promise<void> {
    let line = ''
    const isShown = (): boolean => {
      line = this.#head.run('scontrol', '-o', 'show', 'node', name).stdout
      return shown.test(line)
    }
    await until(isShown, `slurmctld shows ${shown} of ${name}`, PATIENCE).catch((error: Error) => {
      throw new Error(`${error.message}: ${line}`)
    })
  }

  /** A drained node takes jobs again. */
  resume(name: string): void {
    this.#head.must(`scontrol update NodeName=${name} State=RESUME`)
  }

  /** Ends a job, or takes it from the queue. */
  cancel(id: string): void {
    this.#head.must(`scancel ${id}`)
  }

  /** The logs of slurmctld and of each slurmd, by machine. */
  logs(): ReadonlyMap<string, string> {
    const read = (on: Machine, path: string) => [on.name, on.run('cat', path).stdout] as const
    return new Map([read(this.#head, CONTROLLER_LOG), ...this.#nodes.map((on) => read(on, DAEMON_LOG))])
  }

  /** Each line of the logs that says that a user is not known, with its machine; and daemons that ended by themselves. */
  faults(): readonly string[] {
    const lines = [...this.logs()].flatMap(([name, log]) =>
      log
        .split('\n')
        .filter((line) => UNKNOWN_USER.test(line))
        .map((line) => `${name}: ${line}`),
    )
    return [...lines, ...[...this.#daemons, ...this.#munged].flatMap(({ ends }) => ends)]
  }

  /** Ends all daemons. slurmd can hang by then: see the page on Slurm. */
  async end(): Promise<void> {
    for (const daemon of [...this.#daemons, ...this.#munged]) await daemon.cutOff()
  }

  #output(id: string): string {
    return join(this.#outputs, id)
  }

  #write(settings: string): void {
    this.#head.must(`printf '%s' '${CONFIG}${settings}' >${CONFIG_FILE}`)
  }

  async #untilReady(): Promise<void> {
    for (const { name } of this.#nodes) await this.untilNode(name, /State=IDLE /)
  }

  #service(on: Machine, words: readonly string[]): Service {
    return new Service(on, () => ['setpriv', '--pdeathsig', 'KILL', ...words])
  }

  /** munged as its own user, with the key of this cluster. */
  async #startMunge(on: Machine): Promise<void> {
    on.must(`install -d -o munge -g munge -m 755 /run/munge && install -d -o munge -g munge -m 700 ${MUNGE_FOLDER}`)
    on.must(`install -d -o munge -g munge -m 700 /etc/munge && printf %064d 42 >${MUNGE_KEY}`)
    on.must(`chown munge:munge ${MUNGE_KEY} && chmod 600 ${MUNGE_KEY}`)
    const files = ['log', 'pid', 'seed'].map((name) => `--${name}-file=${MUNGE_FOLDER}/${name}`)
    const munged = this.#service(on, [
      '--reuid=munge',
      '--regid=munge',
      '--clear-groups',
      'munged',
      '--foreground',
      ...files,
    ])
    munged.start()
    this.#munged.push(munged)
    const answers = (): boolean => on.run('sh', '-c', 'munge -n | unmunge').code === 0
    await until(answers, `munged answers on ${on.name}`, PATIENCE)
  }
}
