/**
 * A herd of nodes on one master: node bench/herd/bench.ts [--users N] [--nodes N] [--herd N] [--processes N] [--real N] [--idle SECONDS]
 * [--starting N] [CASE...], as root: it has a network of its own. The cases are all-empty, through-cache, handshakes, nothing, one-user,
 * node-side, starting and all-join; all unless named. Prints a table; README.md in this folder tells how to read it.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bounded } from '../time-limit.ts'
import {
  allEmpty,
  allJoin,
  herdWithCopies,
  manyHandshakes,
  manyStart,
  nodeSide,
  nothing,
  oneUser,
  type Row,
  realProxies,
  type Site,
  secondMaster,
} from './cases.ts'
import { ClusterFiles, FIRST_SIMULATED } from './cluster.ts'
import { type Daemon, type Doors, makeNetwork, startMaster } from './daemons.ts'

const OWN_NETWORK = 'KICKBACK_BENCH_NETWORK'
/** How long all nodes may take at most, in milliseconds. */
const PATIENCE = 300_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '100000' },
    nodes: { type: 'string', default: '100000' },
    herd: { type: 'string', default: '10000' },
    processes: { type: 'string', default: '4' },
    real: { type: 'string', default: '2' },
    idle: { type: 'string', default: '60' },
    starting: { type: 'string', default: '1000' },
  },
})
const number = (name: keyof typeof values): number => Number(values[name])
const isWanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name)

/** The cases that need nodes with copies in hand. */
const NEED_NODES = ['nothing', 'one-user', 'node-side', 'starting', 'all-join']

/** Runs the cases one after the other. */
async function run(folder: string, daemons: Daemon[]): Promise<void> {
  const size = { users: number('users'), nodes: Math.max(number('nodes'), 2 * FIRST_SIMULATED + 2 * number('herd')) }
  const files = new ClusterFiles(join(folder, 'files'), size)
  const kept = async <D extends Daemon>(daemon: D | Promise<D>): Promise<D> => {
    daemons.push(await daemon)
    return daemon
  }
  const common = { folder, files, size, herd: number('herd'), processes: number('processes'), real: number('real') }
  const times = { idle: number('idle') * 1000, patience: PATIENCE }
  /** A master of its own for each case that needs other doors. */
  const withMaster = async (doors: Doors, measure: (site: Site) => Promise<readonly Row[]>): Promise<void> => {
    const master = await kept(startMaster(join(folder, `master-${doors}`), files, doors))
    tell(await measure({ ...common, ...times, master }))
    await master.end()
  }
  tell([[`users, nodes`, `${size.users}, ${size.nodes}`]])
  if (isWanted('all-empty')) await withMaster('plain', (site) => allEmpty(site, false))
  if (isWanted('through-cache') && hasNginx()) await withMaster('cached', (site) => allEmpty(site, true))
  if (isWanted('handshakes')) await withMaster('secure', manyHandshakes)
  if (!NEED_NODES.some(isWanted)) return
  const site: Site = { ...common, ...times, master: await kept(startMaster(join(folder, 'master'), files, 'plain')) }
  const proxies = await realProxies(site)
  for (const proxy of proxies) await kept(proxy)
  const nodes = await herdWithCopies(site)
  if (isWanted('nothing')) tell(await nothing(site, proxies))
  if (isWanted('one-user')) tell(await oneUser(site, nodes))
  if (isWanted('node-side')) tell(await nodeSide(site, proxies))
  const [first] = proxies
  if (first !== undefined && isWanted('starting')) tell(manyStart(site, first, number('starting')))
  if (isWanted('all-join')) tell(await allJoin(site, await kept(secondMaster(site)), nodes))
  await nodes.end()
}

/** Whether the HTTP cache is installed; else says that its case is left out. */
function hasNginx(): boolean {
  const isThere = spawnSync('nginx', ['-v']).error === undefined
  if (!isThere) tell([['through-cache', 'left out, needs nginx']])
  return isThere
}

function tell(rows: readonly Row[]): void {
  for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`)
}

if (process.env[OWN_NETWORK] === undefined) {
  const inside = ['--net', '--mount', process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync('unshare', inside, { stdio: 'inherit', env: { ...process.env, [OWN_NETWORK]: '1' } })
  process.exit(status ?? 1)
}
const folder = mkdtempSync(join(tmpdir(), 'kickback-herd-'))
const daemons: Daemon[] = []
process.on('exit', () => {
  for (const { child } of daemons) child.kill('SIGKILL')
  if (process.env.KICKBACK_BENCH_KEEP === undefined) rmSync(folder, { recursive: true, force: true })
})
bounded(180)
makeNetwork()
console.log('| what | figure |\n| --- | --- |')
await run(folder, daemons)
process.exit()
