/**
 * What a node's proxy takes from a job beside it: node bench/jitter/bench.ts [--users N] [--nodes N] [--seconds N] [--every SECONDS] [--rounds N],
 * as root. A job of fixed work and cyclictest(8) run on one processor, without the proxy and with it, at rest and while users are added. The
 * master and the rest of the bench have another processor. Prints a table; README.md in this folder tells how to read it.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ClusterFiles } from '../herd/cluster.ts'
import { type Daemon, makeNetwork, startMaster, startProxy } from '../herd/daemons.ts'
import { bounded } from '../time-limit.ts'
import { Job } from './job.ts'

const OWN_NETWORK = 'KICKBACK_BENCH_NETWORK'
/** The processor of the job and of the proxy, and the one of all else. */
const [NODE, REST] = ['1', '0']

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '100000' },
    nodes: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '30' },
    every: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
})
const number = (name: keyof typeof values): number => Number(values[name])

/** Adds a user every few seconds until it is called off. */
function updates(files: ClusterFiles): () => void {
  const path = join(files.folder, 'passwd')
  const timer = setInterval(() => files.addUser(readFileSync(path, 'latin1')), number('every') * 1000)
  return () => clearInterval(timer)
}

async function measured(what: string, files: ClusterFiles, job: Job, isUpdated: boolean): Promise<void> {
  const end = isUpdated ? updates(files) : () => {}
  for (const line of await job.run(number('seconds'))) console.log(`| ${what} | ${line} |`)
  end()
}

async function run(folder: string, daemons: Daemon[]): Promise<void> {
  const files = new ClusterFiles(join(folder, 'files'), { users: number('users'), nodes: number('nodes') })
  const master = await startMaster(join(folder, 'master'), files, 'plain')
  daemons.push(master)
  const job = new Job(folder, NODE)
  for (let round = 1; round <= number('rounds'); round++) {
    await measured(`${round}: no proxy, at rest`, files, job, false)
    await measured(`${round}: no proxy, users are added`, files, job, true)
    const proxy = await startProxy(join(folder, 'proxy'), files, 1, master.folder)
    daemons.push(proxy)
    execFileSync('taskset', ['-a', '-p', '-c', NODE, String(proxy.pid)], { stdio: 'ignore' })
    await measured(`${round}: a proxy, at rest`, files, job, false)
    await measured(`${round}: a proxy, users are added`, files, job, true)
    await proxy.end()
  }
}

if (process.env[OWN_NETWORK] === undefined) {
  const inside = ['-c', REST, 'unshare', '--net', '--mount', process.execPath, ...process.argv.slice(1)]
  const { status } = spawnSync('taskset', inside, { stdio: 'inherit', env: { ...process.env, [OWN_NETWORK]: '1' } })
  process.exit(status ?? 1)
}
const folder = mkdtempSync(join(tmpdir(), 'kickback-jitter-'))
const daemons: Daemon[] = []
process.on('exit', () => {
  for (const { child } of daemons) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
bounded(5 + (number('rounds') * (10 * number('seconds') + 60)) / 60)
makeNetwork()
console.log('| case | what | pieces | least | median | p99 | p99.9 | p99.99 | longest | delayed | lost |')
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
await run(folder, daemons)
process.exit()
