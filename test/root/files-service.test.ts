// Against glibc itself: what `kickback export` writes, read by glibc's own files service, must agree with the module.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { environment, type Outcome, root, runIn, serve } from '../end-to-end/served.ts'
import { folder } from '../folder.ts'
import { numbers } from '../numbers.ts'
import { type Machine, machine } from './machine.ts'
import { type DrawnCluster, drawCluster } from './random-cluster.ts'

/** Seeds are printed, and KICKBACK_SEED gives the first again. */
const firstSeed = Number(process.env.KICKBACK_SEED ?? Date.now() % 1_000_000)

/**
 * Sizes of the drawn clusters, in entries of each database: the least ones, some that the seed draws, and large ones, of which the
 * largest are for `npm run test:long` alone.
 */
const isLong = process.env.KICKBACK_LONG !== undefined
const sizes = [1, 2, 7, ...drawSizes(isLong ? 40 : 4), 2_000, ...(isLong ? [10_000] : [])]

/** How long all of them have, in milliseconds: a minute and more each where other work runs. */
const PATIENCE = isLong ? 4 * 3_600_000 : 600_000

/** So many sizes up to some hundreds, half of them small: there what is odd of one entry is odd of the whole. */
function drawSizes(count: number): number[] {
  const draw = numbers(firstSeed)
  return Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 3 + draw(30) : 33 + draw(400)))
}

/** The most keys of one kind that are asked, drawn at random from larger sets: files reads its whole file for each. */
const mostKeys = isLong ? 4_000 : 1_500

type Database = 'hosts' | 'ethers' | 'passwd' | 'group'
const databases: readonly Database[] = ['hosts', 'ethers', 'passwd', 'group']

/** A file's lines as fields; hosts and ethers are cut at white space, passwd and group at colons. */
function entriesOf(db: Database, text: string): string[][] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => line.split(db === 'passwd' || db === 'group' ? ':' : /\s+/))
}

/** Every key of an entry: all names and the address of a host, both ends of an ethers line, name and id of an account. */
function keysOf(db: Database, entry: readonly string[]): string[] {
  return db === 'passwd' || db === 'group' ? [entry[0] ?? '', entry[2] ?? ''] : [...entry]
}

function sample(keys: readonly string[], seed: number): string[] {
  const draw = numbers(seed)
  return keys.length <= mostKeys ? [...keys] : Array.from({ length: mostKeys }, () => keys[draw(keys.length)] ?? '')
}

const sorted = (text: string): string[] => text.split('\n').sort()

/** Runs of keys for one getent, which prints what it finds in their order and exits 2 if one is absent. */
function chunksOf(keys: readonly string[]): string[][] {
  const count = Math.ceil(keys.length / 50)
  return Array.from({ length: count }, (_, index) => keys.slice(50 * index, 50 * index + 50))
}

/** Asks a service of getent, `files` or `kickback`. */
type Ask = (service: string, db: string, keys: readonly string[]) => Outcome

/** Serves a drawn cluster, and puts what `export` makes of it where the files service reads. Gives the exported texts. */
async function install(
  t: Test,
  m: Machine,
  cluster: DrawnCluster,
): Promise<{ ask: Ask; texts: Map<Database, string> }> {
  const dir = folder(t)
  const inputs = ['config', 'passwd', 'group', 'shadow'] as const
  mkdirSync(join(dir, 'examples'))
  for (const name of inputs) writeFileSync(join(dir, 'examples', name), cluster[name])
  const served = await serve(t, { dir })
  const flags = inputs.flatMap((name) => [`--${name}`, join(dir, 'examples', name)])
  const texts = new Map<Database, string>()
  for (const db of databases) {
    const exported = runIn(dir, environment(served.runDir), 'kickback', ['export', db, ...flags])
    t.equal(exported.code, 0, `export ${db} ${exported.stderr}`)
    texts.set(db, exported.stdout)
    writeFileSync(join(dir, db), exported.stdout)
    m.must(`cp '${join(dir, db)}' /etc/${db}`)
  }
  const variables = [`LD_LIBRARY_PATH=${join(root, 'build')}`, `KICKBACK_RUN_DIR=${served.runDir}`]
  return { ask: (service, db, keys) => m.run('env', ...variables, 'getent', '-s', service, db, ...keys), texts }
}

/**
 * What getent printed, without what differs by nature: of a host with several addresses the files service gives the aliases of
 * each of its lines, so that an alias comes as often as the host has addresses; of a user a gid as often as lines of it name the user.
 */
function withoutRepeats(db: string, stdout: string): string {
  if (db === 'initgroups') {
    return stdout.replaceAll(/^(\S+ +)(.*)$/gm, (_, user: string, gids: string) => {
      return user + [...new Set(gids.split(' '))].join(' ')
    })
  }
  if (db !== 'hosts') return stdout
  return stdout.replaceAll(/^(\S+ +)(.*)$/gm, (_, address: string, names: string) => {
    return address + [...new Set(names.split(' '))].join(' ')
  })
}

/** Both services say the same for these keys; each key that they differ on is a failure of its own. */
function agree(t: Test, ask: Ask, db: string, keys: readonly string[], code?: number): void {
  const [files, kickback] = [ask('files', db, keys), ask('kickback', db, keys)]
  const wanted = [withoutRepeats(db, files.stdout), code ?? files.code]
  if (kickback.stdout === wanted[0] && kickback.code === wanted[1]) return
  if (keys.length > 1) for (const key of keys) agree(t, ask, db, [key], code)
  else t.same([kickback.stdout, kickback.code], wanted, `${db} ${keys[0]}`)
}

/** Both services list the same. By nature, gethostent of the files service leaves out IPv6; ours does not. */
function agreeOnAll(t: Test, ask: Ask, db: string, text: string): void {
  const isIPv6 = (line: string): boolean => db === 'hosts' && /^[0-9a-f]*:/.test(line)
  const listed = sorted(ask('kickback', db, []).stdout)
  const files = sorted(withoutRepeats(db, ask('files', db, []).stdout))
  t.same(
    listed.filter((line) => !isIPv6(line)),
    files,
    `all of ${db}`,
  )
  t.equal(listed.filter(isIPv6).length, text.split('\n').filter(isIPv6).length, `IPv6 of ${db}`)
}

async function compare(t: Test, m: Machine, cluster: DrawnCluster, seed: number): Promise<void> {
  const { ask, texts } = await install(t, m, cluster)
  for (const [db, text] of texts) {
    const keys = [...new Set(entriesOf(db, text).flatMap((entry) => keysOf(db, entry)))]
    for (const chunk of chunksOf(sample(keys, seed))) agree(t, ask, db, chunk, 0)
    for (const key of cluster.absent[db] ?? []) agree(t, ask, db, [key], 2)
    t.pass(`${Math.min(keys.length, mostKeys)} of ${keys.length} keys of ${db}, and absent ones`)
    if (db === 'ethers') continue // getent can't enumerate it (exit 3), whatever the service
    agreeOnAll(t, ask, db, text)
  }
  const users = entriesOf('passwd', texts.get('passwd') ?? '').map(([name = '']) => name)
  for (const user of sample(users, seed).slice(0, 60)) agree(t, ask, 'initgroups', [user], 0)
  const names = entriesOf('hosts', texts.get('hosts') ?? '').map(([, name = '']) => name)
  for (const name of sample(names, seed).slice(0, 60)) {
    for (const db of ['ahosts', 'ahostsv4', 'ahostsv6']) agree(t, ask, db, [name])
  }
  for (const db of ['ahosts', 'ahostsv4', 'ahostsv6']) agree(t, ask, db, ['nosuch'], 2)
  t.pass('initgroups, and the addresses of names by family')
}

t.test('kickback and files agree on every key, on absent keys and on enumeration', { timeout: PATIENCE }, async (t) => {
  const m = await machine(t, 'files')
  // getent ahosts leaves out families that no interface but loopback has.
  m.must(
    'ip link add eth0 type bridge && ip addr add 10.255.255.1/32 dev eth0 && ip addr add fd00:255::1/128 dev eth0 nodad && ip link set eth0 up',
  )
  for (const [index, size] of sizes.entries()) {
    const seed = firstSeed + index
    await t.test(`seed ${seed}, ${size} entries`, async (t) => compare(t, m, drawCluster(seed, size), seed))
  }
})
