/** Measures look-ups through glibc, rounds interleaved, and prints a table of medians and of ratios to the bare prototype. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeData } from './data.ts'
import { startNslcd } from './ldap.ts'

const OUT = process.argv[2] ?? '.'
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const SIZES = (process.env.SIZES ?? '1000 10000 100000').split(' ').map(Number)
const SECONDS = process.env.SECONDS_EACH ?? '0.3'
const STORM = process.env.STORM ?? '1000'
/** What one-thread programs run under: on a machine that does other work, `chrt -f 50 taskset -c 1`. */
const PIN = (process.env.PIN ?? 'taskset -c 1').split(' ')
/** Which peers are measured, which takes the longest: none by `no`. */
const PEERS = (process.env.PEERS ?? 'files nscd nslcd').split(' ')
const MODULE = join(import.meta.dirname, '../../build')

/** Who answers, forced by nssbench or through nsswitch.conf, and the column whose multiple it is told as. */
interface Service {
  readonly name: string
  readonly forced?: string
  readonly switched?: string
  readonly against: string
  readonly seconds?: string
  /** At most so many look-ups in a run, and before it. */
  readonly most?: string
  readonly warm?: string
}

/** One row of the table. */
interface Measure {
  readonly title: string
  readonly op: string
  readonly database: string
  readonly keys?: string
  /** Which of nssbench's figures of a storm of processes it is. */
  readonly storm?: 'lookup_p50' | 'proc_p50'
}

const MEASURES: readonly Measure[] = [
  { title: 'getpwnam_r', op: 'pwnam', database: 'passwd' },
  { title: 'getpwuid_r', op: 'pwuid', database: 'passwd' },
  { title: 'getpwnam_r, absent', op: 'pwnam', database: 'passwd', keys: 'absent' },
  { title: 'getgrnam_r', op: 'grnam', database: 'group' },
  { title: 'getgrgid_r', op: 'grgid', database: 'group' },
  { title: 'getgrouplist, 50 of 10,000 groups', op: 'initgr', database: 'initgroups' },
  { title: 'gethostbyname2_r', op: 'hbn', database: 'hosts' },
  { title: 'gethostbyname2_r, absent', op: 'hbn', database: 'hosts', keys: 'absent' },
  { title: 'gethostbyaddr_r', op: 'hba', database: 'hosts' },
  { title: 'getaddrinfo', op: 'gai', database: 'hosts' },
  { title: 'ether_hostton', op: 'eth_hton', database: 'ethers' },
  { title: 'ether_ntohost', op: 'eth_ntoh', database: 'ethers' },
  { title: 'first getpwnam_r of a process', op: 'pwnam', database: 'passwd', storm: 'lookup_p50' },
  { title: 'a process, one getpwnam_r', op: 'pwnam', database: 'passwd', storm: 'proc_p50' },
  { title: 'a process, no look-up', op: 'noop', database: 'passwd', keys: 'pwnam', storm: 'proc_p50' },
]

/** What the bare prototype has no function for. */
const NOT_BARE = new Set(['group', 'initgroups'])

const isRoot = process.getuid?.() === 0

/** Those that can take turns, and those that need the data in /etc. */
const MODULES: readonly Service[] = [
  { name: 'bare', forced: 'proto', against: 'bare' },
  { name: 'kickback', forced: 'kickback', against: 'bare' },
  ...(isRoot
    ? [
        { name: 'bare, nsswitch.conf', switched: 'proto', against: 'bare, nsswitch.conf' },
        { name: 'kickback, nsswitch.conf', switched: 'kickback', against: 'bare, nsswitch.conf' },
      ]
    : []),
]
const FILES: Service = { name: 'files', switched: 'files', against: 'bare', warm: '20' }
const NSCD: Service = { name: 'nscd', switched: 'files', against: 'bare' }
const NSLCD: Service = { name: 'nslcd', forced: 'ldap', against: 'bare', warm: '20' }
/** Beyond so many entries nscd's cache takes minutes to fill: files answers each key once. */
const NSCD_MOST = 10_000

const isThere = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0

/** Whether a peer is asked for and all that it runs by is installed; else says why it has no column. */
function takesPart({ name }: Service): boolean {
  if (!PEERS.includes(name)) return false
  const needed = { nscd: ['nscd'], nslcd: ['nslcd', 'slapd', 'slapadd'] }[name] ?? []
  const missing = isRoot ? needed.filter((command) => !isThere(command)).join(', ') : 'root'
  if (missing !== '') process.stdout.write(`${name} is not measured: needs ${missing}\n`)
  return missing === ''
}
const SERVICES: readonly Service[] = [...MODULES, ...[FILES, NSCD, NSLCD].filter(takesPart)]

/** Puts the data's files over those of /etc, in this mount namespace. */
function mountFiles(folder: string): void {
  for (const name of ['passwd', 'group', 'hosts', 'ethers']) {
    if (!existsSync(`/etc/${name}`)) continue
    execFileSync('mount', ['--bind', join(folder, 'files', name), `/etc/${name}`])
  }
}

/** Makes nsswitch.conf ask this service alone. */
function switchTo(service: string): void {
  const path = join(OUT, 'nsswitch.conf')
  const lines = ['passwd', 'group', 'initgroups', 'hosts', 'ethers'].map((database) => `${database}: ${service}\n`)
  writeFileSync(path, lines.join(''))
  spawnSync('umount', ['/etc/nsswitch.conf'], { stdio: 'ignore' })
  execFileSync('mount', ['--bind', path, '/etc/nsswitch.conf'])
}

/** Starts nscd on the files, with a cache that is mapped and large enough. */
function startNscd(): () => void {
  const tables = ['passwd', 'group', 'hosts'].map((table) =>
    [
      'enable-cache yes',
      'positive-time-to-live 3600',
      'negative-time-to-live 3600',
      'suggested-size 100003',
      'shared yes',
      'max-db-size 536870912',
      'check-files no',
      'persistent no',
    ]
      .map((line) => line.replace(' ', ` ${table} `))
      .join('\n'),
  )
  writeFileSync(join(OUT, 'nscd.conf'), `${tables.join('\n')}\n`)
  mkdirSync('/run/nscd', { recursive: true })
  // A socket there is asked by all processes of a machine before anything else: this one is for this mount namespace alone.
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run/nscd'])
  const daemon = spawn('nscd', ['-F', '-f', join(OUT, 'nscd.conf')], { stdio: 'ignore' })
  spawnSync('sleep', ['1'])
  return () => {
    daemon.kill('SIGKILL')
    spawnSync('umount', ['/run/nscd'], { stdio: 'ignore' })
  }
}

const ENVIRONMENT = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  LD_LIBRARY_PATH: `${MODULE}:${OUT}`,
  KICKBACK_RUN_DIR: join(folder, 'run'),
  PROTO_DB: join(folder, 'bare'),
  PROTO_CHECK: '1',
})

/** One run of nssbench: nanoseconds a look-up, or NaN where answers were wrong. */
function measured(folder: string, measure: Measure, service: Service, round: number): number {
  const { op, database, keys, storm } = measure
  if (service.switched !== undefined) switchTo(service.switched)
  const forced = service.forced === undefined ? [] : ['-s', `${database}=${service.forced}`]
  const what = [
    '-o',
    op,
    '-k',
    join(folder, 'keys', keys ?? op),
    '-r',
    String(round + 1),
    '-w',
    service.warm ?? '20000',
    ...forced,
  ]
  const how =
    storm !== undefined
      ? ['-l', '-S', STORM, '-P', '1', '-T', '5']
      : ['-n', service.most ?? '1000000', '-t', '1', '-T', service.seconds ?? SECONDS]
  const ran = spawnSync(PIN[0] ?? '', [...PIN.slice(1), join(OUT, 'nssbench'), ...what, ...how], {
    encoding: 'utf8',
    env: ENVIRONMENT(folder),
  })
  const line = ran.stdout.trim().split('\t')
  if (line.length < 9 || !/^(miss=)?0$/.test(line.at(-1) ?? '')) return Number.NaN
  if (storm !== undefined) return 1000 * Number(/=(.*)/.exec(line.find((field) => field.startsWith(storm)) ?? '')?.[1])
  return 1e9 / Number(line[4])
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const told = (ns: number): string =>
  Number.isNaN(ns) ? '-' : ns < 10_000 ? `${ns.toFixed(0)} ns` : `${(ns / 1000).toFixed(0)} us`

/** What every service took in every round, by measure and service. */
function rounds(folder: string, services: readonly Service[]): Map<string, number[]> {
  const all = new Map<string, number[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const measure of MEASURES) {
      for (const service of services) {
        if (service.name.startsWith('bare') && NOT_BARE.has(measure.database)) continue
        const key = `${measure.title}\t${service.name}`
        all.set(key, [...(all.get(key) ?? []), measured(folder, measure, service, round)])
      }
    }
  }
  return all
}

/** Measures glibc's own files, and nscd on them once it has all keys in its cache. */
function addFiles(folder: string, size: number, all: Map<string, number[]>): void {
  mountFiles(folder)
  if (SERVICES.includes(FILES)) for (const [key, values] of rounds(folder, [FILES])) all.set(key, values)
  if (SERVICES.includes(NSCD) && size <= NSCD_MOST) {
    const stop = startNscd()
    const cached = MEASURES.filter(({ database, storm }) => database !== 'ethers' && storm === undefined)
    for (const measure of cached) measured(folder, measure, { ...NSCD, seconds: '20', most: '60000', warm: '0' }, 0)
    for (const [key, values] of rounds(folder, [NSCD])) all.set(key, values)
    stop()
  }
  spawnSync('umount', ['/etc/passwd', '/etc/group', '/etc/hosts', '/etc/ethers'], { stdio: 'ignore' })
}

/** Measures nslcd, which is asked by name, whatever is in /etc. */
function addNslcd(folder: string, all: Map<string, number[]>): void {
  switchTo('files')
  const { stop } = startNslcd(folder)
  for (const [key, values] of rounds(folder, [NSLCD])) all.set(key, values)
  stop()
}

/** One row: each service's median, and how many times that of the one beside it. */
function row(title: string, all: ReadonlyMap<string, readonly number[]>): string {
  const of = (name: string): number => median(all.get(`${title}\t${name}`) ?? [])
  const cells = SERVICES.map(({ name, against }) => {
    const ratio = of(name) / of(against)
    return Number.isNaN(ratio) ? told(of(name)) : `${told(of(name))} (${ratio.toFixed(2)})`
  })
  return `| ${title} | ${cells.join(' | ')} |\n`
}

function table(size: number): void {
  const folder = join(OUT, String(size))
  writeData(folder, size)
  execFileSync(join(OUT, 'build'), [join(folder, 'files'), join(folder, 'bare')], { stdio: 'ignore' })
  const all = rounds(folder, MODULES)
  if (SERVICES.includes(FILES) || SERVICES.includes(NSCD)) addFiles(folder, size, all)
  if (SERVICES.includes(NSLCD)) addNslcd(folder, all)
  const heads = `| | ${SERVICES.map(({ name }) => name).join(' | ')} |\n|---${'|---'.repeat(SERVICES.length)}|\n`
  process.stdout.write(
    `\n## ${size} entries (medians of ${ROUNDS}; in brackets: times bare in the same way)\n\n${heads}`,
  )
  for (const { title } of MEASURES) process.stdout.write(row(title, all))
  for (const service of ['proto', 'kickback']) {
    const said = spawnSync(join(OUT, 'threads'), [service], { encoding: 'utf8', env: ENVIRONMENT(folder) }).stdout
    process.stdout.write(`\ngetpwuid_r of ${service}, CPU time of a look-up: ${said}`)
  }
}

for (const size of SIZES) table(size)
