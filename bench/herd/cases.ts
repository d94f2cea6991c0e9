/** The cases of the benchmark. Each gives rows: what was measured, and the figure in words. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startCache } from './cache.ts'
import { type ClusterFiles, FIRST_SIMULATED, MASTERS, type Size, TLS_PORT } from './cluster.ts'
import { type Daemon, digestOf, keyFileOf, portOf, snapshotOf, startMaster, startProxy } from './daemons.ts'
import { cpu, memory, now, resetPeak, type Spread, seconds, size, spreadOf, wakeUps } from './figures.ts'
import { SimulatedNodes } from './herd.ts'

/** What the cases work with. */
export interface Site {
  readonly folder: string
  readonly files: ClusterFiles
  readonly size: Size
  readonly master: Daemon
  /** How many simulated nodes there are, and in how many processes. */
  readonly herd: number
  readonly processes: number
  readonly real: number
  /** How long nodes and the master are watched while nothing happens, in milliseconds. */
  readonly idle: number
  /** How long all nodes may take at most, in milliseconds. */
  readonly patience: number
}

/** A figure: what it is of, and what it is. */
export type Row = readonly [what: string, figure: string]

/** A master under observation: its CPU time, its memory and its look-ups since the start. */
class Watch {
  readonly #daemon: Daemon
  readonly #prober: ChildProcess
  readonly #cpu: number
  readonly #begun = now()

  private constructor(daemon: Daemon, prober: ChildProcess) {
    this.#daemon = daemon
    this.#prober = prober
    resetPeak(daemon.pid)
    this.#cpu = cpu(daemon.pid)
  }

  static async begin(daemon: Daemon, users: number): Promise<Watch> {
    const words = [join(daemon.folder, 'run/socket'), String(users)]
    const prober = fork(join(import.meta.dirname, 'look-ups.ts'), words, { serialization: 'advanced' })
    await once(prober, 'spawn')
    await pause(500)
    const watch = new Watch(daemon, prober)
    await watch.#lookUps()
    return watch
  }

  async #lookUps(): Promise<Spread> {
    const answered = once(this.#prober, 'message')
    this.#prober.send('tell')
    const [spread] = (await answered) as [Spread]
    return spread
  }

  async end(): Promise<readonly Row[]> {
    const used = cpu(this.#daemon.pid) - this.#cpu
    const took = now() - this.#begun
    const { median, p99, last } = await this.#lookUps()
    const { now: resident, peak } = memory(this.#daemon.pid)
    this.#prober.kill('SIGKILL')
    return [
      ['CPU time of the master', `${seconds(used)} in ${seconds(took)}`],
      [
        "the master's own look-ups: median, p99, longest",
        [median, p99, last].map((ms) => `${ms.toFixed(1)} ms`).join(', '),
      ],
      ['memory of the master: now, peak', `${resident} MiB, ${peak} MiB`],
    ]
  }
}

/** (a) One user is added. */
export async function oneUser(
  { master, herd, files, size: { users }, patience }: Site,
  nodes: SimulatedNodes,
): Promise<readonly Row[]> {
  const before = digestOf(master.folder)
  const passwd = readFileSync(join(files.folder, 'passwd'), 'latin1')
  await nodes.mark()
  const watch = await Watch.begin(master, users)
  const begun = now()
  files.addUser(passwd)
  const fresh = (): string | undefined => (digestOf(master.folder) === before ? '' : digestOf(master.folder))
  const { since, told, received } = await nodes.untilAllHold(fresh, patience)
  const rows = await watch.end()
  const announced = Math.min(...told)
  return [
    [`a user is added, ${herd} nodes follow: bytes to each node: median, most`, bytesOf(received)],
    ['from the change of passwd to the announcement', seconds(announced - begun)],
    ['on the new digest since the announcement: median, last', timesOf(since, announced)],
    ['on the new digest since the change of passwd: median, last', timesOf(since, begun)],
    ...rows,
  ]
}

/** (b) All lose their master at once, and join the other one with copies in hand. */
export async function allJoin(site: Site, other: Daemon, nodes: SimulatedNodes): Promise<readonly Row[]> {
  await nodes.mark()
  const watch = await Watch.begin(other, site.size.users)
  const begun = now()
  await site.master.end('SIGKILL')
  await pause(100)
  const { follows, received } = await nodes.untilAllHold(() => digestOf(other.folder), site.patience)
  const rows = await watch.end()
  return [
    [`${site.herd} nodes lose their master and join another one: bytes to each: median, most`, bytesOf(received)],
    ['in step with the other master: median, last', timesOf(follows, begun)],
    ...rows,
  ]
}

/** (c) All are empty, as after a power cut: they fetch from the master, or through a cache, which is empty too. */
export async function allEmpty(site: Site, isCached: boolean): Promise<readonly Row[]> {
  const { master } = site
  const cache = isCached ? await startCache(join(site.folder, 'cache')) : undefined
  const watch = await Watch.begin(master, site.size.users)
  const begun = now()
  const nodes = await SimulatedNodes.begin({
    processes: site.processes,
    nodes: site.herd,
    masters: [MASTERS[0]],
    cache: isCached,
    keyFile: keyFileOf(master.folder),
    copy: undefined,
  })
  const { since, received, cached, passed } = await nodes.untilAllHold(() => digestOf(master.folder), site.patience)
  const rows = await watch.end()
  await nodes.end()
  const bodies = cache?.fetched() ?? 0
  await cache?.end()
  const through = isCached ? ' through a cache' : ''
  return [
    [`${site.herd} empty nodes${through}: bytes of the master to each: median, most`, bytesOf(received)],
    ['bytes that the master sent, to all nodes and to the cache', size(sum(received) + bodies)],
    ...(isCached ? ([['bytes of the cache to each: median, most', bytesOf(cached)]] as const) : []),
    ...(isCached ? ([['nodes that asked the master after the cache', `${passed}`]] as const) : []),
    ['on the digest: median, last', timesOf(since, begun)],
    ...rows,
  ]
}

/** (g) All begin a TLS handshake at once: alone, and while as many others begin one and say nothing. */
export async function manyHandshakes({
  master,
  herd,
  processes,
  patience,
  size: { users },
}: Site): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const isAttacked of [false, true]) {
    const silent = isAttacked ? handShakers(2 * FIRST_SIMULATED + herd, herd, 1, 'silent') : []
    const honest = handShakers(FIRST_SIMULATED, herd, processes, 'honest')
    for (const child of silent) await toldBy(child, 'begin')
    await pause(2000)
    const watch = await Watch.begin(master, users)
    const begun = now()
    await Promise.all(honest.map((child) => toldBy(child, 'begin')))
    const { done, failures } = await allShaken(honest, herd, patience)
    const what = isAttacked ? `${herd} others begin and say nothing, ` : ''
    rows.push(
      [`${what}${herd} handshakes at once, over: median, last`, timesOf(done, begun)],
      ['connections that failed, and were made again', countsOf(failures)],
      ...(await watch.end()),
    )
    for (const child of [...silent, ...honest]) child.kill('SIGKILL')
    await pause(2000)
  }
  return rows
}

function handShakers(first: number, count: number, processes: number, how: 'honest' | 'silent'): ChildProcess[] {
  const each = Math.ceil(count / processes)
  const program = join(import.meta.dirname, 'hand-shakers.ts')
  return Array.from({ length: processes }, (_, index) => {
    const words = [first + index * each, Math.max(0, Math.min(each, count - index * each)), how, TLS_PORT]
    return fork(program, words.map(String), { serialization: 'advanced' })
  })
}

/** What a process of hand-shakers tells. */
interface Shaken {
  readonly done: readonly number[]
  readonly failures: readonly string[]
}

async function toldBy(child: ChildProcess, order: 'begin' | 'tell'): Promise<Shaken> {
  const answered = once(child, 'message')
  child.send(order)
  const [told] = (await answered) as [Shaken]
  return told
}

/** How often each is there. */
function countsOf(reasons: readonly string[]): string {
  const counts = Map.groupBy(reasons, (reason) => reason)
  return counts.size === 0 ? 'none' : [...counts].map(([reason, all]) => `${all.length}: ${reason}`).join('; ')
}

/** When each handshake was over, and what failed until then. Throws where they take too long. */
async function allShaken(children: readonly ChildProcess[], count: number, patience: number): Promise<Shaken> {
  for (const end = now() + patience; ; await pause(500)) {
    const told = await Promise.all(children.map((child) => toldBy(child, 'tell')))
    const done = told.flatMap((one) => one.done)
    const failures = told.flatMap((one) => one.failures)
    if (done.length >= count) return { done, failures }
    if (now() > end) throw new Error(`${done.length} of ${count} handshakes are over: ${countsOf(failures)}`)
  }
}

/** How long a daemon has to come to rest, in milliseconds. */
const SETTLED = 30_000

/** (d) Nothing happens. */
export async function nothing(site: Site, proxies: readonly Daemon[]): Promise<readonly Row[]> {
  const { master, idle, herd } = site
  // After its start V8 tidies up for a while, and the nodes join.
  await pause(Math.min(SETTLED, idle))
  const before = {
    master: cpu(master.pid),
    woken: proxies.map(({ pid }) => wakeUps(pid)),
    cpu: proxies.map(({ pid }) => cpu(pid)),
  }
  await pause(idle)
  const used = cpu(master.pid) - before.master
  const woken = proxies.map(({ pid }, at) => ((wakeUps(pid) - (before.woken[at] ?? 0)) * 10_000) / idle)
  const own = proxies.map(({ pid }, at) => (cpu(pid) - (before.cpu[at] ?? 0)) / (idle / 1000))
  return [
    [`CPU of the master with ${herd} idle nodes`, `${((used * 100) / idle).toFixed(1)} % of a core`],
    [
      'wake-ups of an idle proxy in 10 s, all threads: median, most',
      `${spreadOf(woken).median.toFixed(1)}, ${spreadOf(woken).last.toFixed(1)}`,
    ],
    ['CPU of an idle proxy in a second: median', `${spreadOf(own).median.toFixed(2)} ms`],
  ]
}

/** (e) What one user's update costs a real proxy. */
export async function nodeSide({ master, files }: Site, proxies: readonly Daemon[]): Promise<readonly Row[]> {
  const [proxy] = proxies
  if (proxy === undefined) return []
  const passwd = readFileSync(join(files.folder, 'passwd'), 'latin1')
  const between = memory(proxy.pid)
  const before = { digest: digestOf(master.folder), cpu: cpu(proxy.pid) }
  resetPeak(proxy.pid)
  files.addUser(passwd)
  const since = await inStep(master, before.digest, proxies)
  await pause(4_000)
  const used = cpu(proxy.pid) - before.cpu
  const { peak } = memory(proxy.pid)
  await pause(15_000)
  const after = memory(proxy.pid)
  return [
    [
      `the module of ${proxies.length} real nodes has it after its announcement: median, last`,
      timesOf(since.nodes, since.master),
    ],
    ['CPU time of one update on a node', `${Math.round(used)} ms`],
    [
      'memory of a proxy: between updates, peak, between updates',
      `${between.now} MiB (${between.files} of files), ${peak} MiB, ${after.now} MiB (${after.files} of files)`,
    ],
  ]
}

/** When the master, and each of these, had another content on disk than `before`. */
async function inStep(master: Daemon, before: string | undefined, proxies: readonly Daemon[]) {
  let since: number | undefined
  const nodes = new Map<Daemon, number>()
  while (since === undefined || nodes.size < proxies.length) {
    await pause(20)
    const digest = digestOf(master.folder)
    if (digest === before) continue
    since ??= now()
    for (const proxy of proxies) if (!nodes.has(proxy) && digestOf(proxy.folder) === digest) nodes.set(proxy, now())
  }
  return { master: since, nodes: [...nodes.values()] }
}

/** (f) A thousand processes start at once on a node. */
export function manyStart({ folder, size: { users, nodes } }: Site, proxy: Daemon, count: number): readonly Row[] {
  const root = join(import.meta.dirname, '../..')
  const program = join(folder, 'starting')
  execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, 'starting.c')])
  writeFileSync(join(folder, 'nsswitch.conf'), 'passwd: files kickback\ngroup: files kickback\nhosts: files kickback\n')
  const line = `mount --bind '${folder}/nsswitch.conf' /etc/nsswitch.conf
    exec '${program}' ${count} 64 ${users} ${nodes} 100000`
  const env = { ...process.env, LD_LIBRARY_PATH: join(root, 'build'), KICKBACK_RUN_DIR: join(proxy.folder, 'run') }
  const before = packetsTo()
  const begun = now()
  const wrong = execFileSync('nsenter', ['-t', String(proxy.pid), '--net', '--mount', 'sh', '-c', line], {
    env,
    encoding: 'utf8',
  })
  const took = now() - begun
  const packets = packetsTo() - before
  return [
    [`${count} processes start at once: wrong answers or none`, wrong.trim()],
    ['packets from that node to the master meanwhile', `${packets} in ${seconds(took)}`],
  ]
}

/** How many packets came from the first real proxy to the switch. */
function packetsTo(): number {
  const [, packets] = new RegExp(`${portOf(1)}: *\\d+ +(\\d+)`).exec(readFileSync('/proc/net/dev', 'latin1')) ?? []
  return Number(packets)
}

/** How many real proxies start at a time: each reads the whole snapshot. */
const STARTING = 4

/** Starts so many real proxies, some at a time. */
export async function realProxies({ folder, files, master, real }: Site): Promise<readonly Daemon[]> {
  const proxies: Daemon[] = []
  for (let first = 1; first <= real; first += STARTING) {
    const some = Array.from({ length: Math.min(STARTING, real - first + 1) }, (_, at) => first + at)
    const started = some.map((node) => startProxy(join(folder, `proxy${node}`), files, node, master.folder))
    proxies.push(...(await Promise.all(started)))
  }
  return proxies
}

/** A master with the same key and files as the first: it takes over. */
export async function secondMaster({ folder, files, master }: Site): Promise<Daemon> {
  const second = join(folder, 'master2')
  execFileSync('sh', [
    '-c',
    `mkdir -p '${second}/state' && cp -p '${master.folder}/state/'signing.* '${second}/state/'`,
  ])
  return startMaster(second, files, 'plain', MASTERS.slice(1))
}

/** So many simulated nodes, with copies in hand. */
export async function herdWithCopies(site: Site): Promise<SimulatedNodes> {
  const { processes, herd, master, patience } = site
  const options = { processes, nodes: herd, masters: MASTERS, keyFile: keyFileOf(master.folder), perSecond: 1000 }
  const nodes = await SimulatedNodes.begin({ ...options, copy: snapshotOf(master.folder) })
  await nodes.untilAllHold(() => digestOf(master.folder), patience)
  return nodes
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

function bytesOf(received: readonly number[]): string {
  const { median, last } = spreadOf(received)
  return `${size(median)}, ${size(last)}`
}

function timesOf(times: readonly number[], begun: number): string {
  const { median, last } = spreadOf(times)
  return `${seconds(median - begun)}, ${seconds(last - begun)}`
}
