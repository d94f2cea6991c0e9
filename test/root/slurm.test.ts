// A real Slurm on a cluster of kickback: each new user is known on all nodes before the first job, while masters are killed.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { root } from '../end-to-end/served.ts'
import { fileOn } from './faults/accounts.ts'
import { NODES, Site } from './slurm/site.ts'

/** `npm run test:long` has a hundred users. */
const ROUNDS = process.env.KICKBACK_LONG === undefined ? 4 : 100
/** When a master is killed, in a round. */
const MOMENTS = ['before the user', 'before the wait', 'before the job', 'during the job'] as const
/** Each slurmd looks users up by itself. With the default they come with the job, which hides what a node lacks. */
const SETTINGS = 'LaunchParameters=disable_send_gids\n'
/** By default slurmctld sends them along. It looks for a resumed node between two health checks, so these must not follow each other at once. */
const PROGRAM_SETTINGS = `HealthCheckProgram=/etc/slurm/health
HealthCheckInterval=5
Prolog=/etc/slurm/prolog
`
const PROGRAMS = ['/etc/slurm/health', '/etc/slurm/prolog'].map((path, i) => [path, scripts()[i] ?? ''] as const)

t.setTimeout(4 * 3_600_000)

/** Kills a master: each of the two at each moment. It is started again at once, or when the job has ended: this changes from round to round too. */
async function killMaster(site: Site, round: number): Promise<void> {
  const isOdd = (every: number): boolean => Math.floor(round / every) % 2 === 1
  const { kickback } = site.masters[isOdd(1) === isOdd(4) ? 0 : 1]
  if (isOdd(2) === isOdd(8)) kickback.kill()
  else await kickback.cutOff()
}

/** A new user has a job on all nodes, which prints who it runs as; meanwhile a master is killed. */
async function round(t: Test, site: Site, number: number): Promise<void> {
  const name = `u${number}`
  const killAt = async (moment: (typeof MOMENTS)[number]): Promise<void> => {
    if (MOMENTS[number % MOMENTS.length] === moment) await killMaster(site, number)
  }
  await killAt('before the user')
  await site.addUser(name)
  await killAt('before the wait')
  await site.inStep()
  await killAt('before the job')
  const id = site.scheduler.submit(name, 'srun --label id', NODES)
  await killAt('during the job')
  const { state, output } = await site.scheduler.ended(id)
  const identity = site.head.must(`id ${name}`)
  t.equal(state, 'COMPLETED', `${name}: the job was done`)
  t.same(output.split('\n').sort(), ['', ...NODES.map((_, i) => `${i}: ${identity.trim()}`)], `${name}: as who it was`)
  for (const { kickback } of site.masters) kickback.start()
}

/** The scripts of the page on Slurm, in their order. */
function scripts(): readonly string[] {
  const page = readFileSync(join(root, 'docs/slurm.md'), 'utf8')
  return [...page.matchAll(/^```sh\n(#!\/bin\/sh\n.*?)^```$/gms)].map(([, script = '']) => script)
}

/** Writes a program of the page on each node, with the path of this checkout. */
function install(site: Site, path: string, text: string): void {
  const program = text.replaceAll('/usr/sbin/kickback-health', join(root, 'packaging/health/kickback-health'))
  for (const { machine: on } of site.nodes) writeFileSync(fileOn(on, path), program, { mode: 0o755 })
}

/** A drained node is resumed, and a user has a job on it. */
async function takesJobs(t: Test, { scheduler }: Site, node: string, user: string): Promise<void> {
  scheduler.resume(node)
  const { state, output } = await scheduler.ended(scheduler.submit(user, 'id', [node]))
  t.equal(state, 'COMPLETED', 'resumed, the node takes jobs')
  t.match(output, new RegExp(`^uid=\\d+\\(${user}\\) `), 'the user has a name there')
}

t.test('Slurm on a cluster of kickback', async (t) => {
  const site = await Site.start(t, SETTINGS)
  const { scheduler } = site

  t.test('new users have jobs while masters are killed', async (t) => {
    for (let number = 0; number < ROUNDS; number++) await round(t, site, number)
    t.same(scheduler.faults(), [], 'no daemon of Slurm missed a user')
    t.same(site.ends, [], 'no daemon of kickback ended by itself')
  })

  t.test('the same test sees a node that was not waited for', async (t) => {
    const { kickback } = site.node('n1')
    kickback.freeze()
    await site.addUser('early')
    t.match(site.head.run('kickback', 'wait', '--timeout', '0'), { code: 3, stderr: /n1/ }, 'wait tells it')
    const { output } = await scheduler.ended(scheduler.submit('early', 'id', ['n1']))
    t.match(output, /^uid=\d+ gid=\d+ /, 'the job has no name')
    const faults = scheduler.faults()
    t.ok(faults.length > 0 && faults.every((line) => line.startsWith('n1: ')), 'slurmd says why')
    kickback.thaw()
    await site.inStep()
  })

  t.test('the programs of the page refuse jobs on a node that lacks names', async (t) => {
    for (const [path, program] of PROGRAMS) install(site, path, program)
    await scheduler.restart(PROGRAM_SETTINGS)

    t.test('a prolog, for a user whom the node does not know', async (t) => {
      const { kickback } = site.node('n0')
      kickback.freeze()
      await site.addUser('refused')
      const id = scheduler.submit('refused', 'id', ['n0'])
      await scheduler.untilNode('n0', /State=IDLE\+DRAIN .*Reason=Prolog error/)
      t.equal(scheduler.stateOf(id), 'PENDING', 'the job is held')
      scheduler.cancel(id)
      kickback.thaw()
      await site.inStep()
      await takesJobs(t, site, 'n0', 'refused')
    })

    t.test('the health check, for a node without its proxy', async (t) => {
      const { kickback } = site.node('n2')
      await kickback.cutOff()
      await scheduler.untilNode('n2', /State=IDLE\+DRAIN .*Reason=kickback: the daemon is gone/)
      kickback.start()
      await site.addUser('resumed')
      await site.inStep()
      await takesJobs(t, site, 'n2', 'resumed')
    })
  })
})
