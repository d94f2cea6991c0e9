import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type CachePlaces, CachesBeside } from '../../../src/daemon/fronts/neighbours.ts'
import { DATABASE_NAMES } from '../../../src/resolver/index.ts'
import { folder } from '../../folder.ts'
import { until } from '../../patience.ts'

/** A folder first on the PATH with programs that note how they are called. */
const dir = folder(t)
const called = join(dir, 'called')
const path = process.env.PATH
for (const name of ['nscd', 'resolvectl', 'sss_cache']) {
  writeFileSync(join(dir, name), `#!/bin/sh\necho "${name} $*" >> '${called}'\n`)
  chmodSync(join(dir, name), 0o755)
}
process.env.PATH = `${dir}:${path}`
t.teardown(() => {
  process.env.PATH = path
})
t.beforeEach(() => rmSync(called, { force: true }))

const absent = join(dir, 'absent')
const conf = join(dir, 'conf.d')
mkdirSync(conf)
writeFileSync(join(dir, 'sssd.conf'), '[sssd]\ndomains = site\n[domain/site]\nid_provider = ldap\n')
writeFileSync(
  join(conf, 'cluster.conf'),
  '[domain/cluster]\nid_provider = proxy\n proxy_lib_name = kickback\n[nss]\nproxy_lib_name = kickback\n',
)
const nowhere: CachePlaces = {
  nscd: [absent],
  resolved: absent,
  sssd: { socket: absent, config: absent, more: absent },
}
const everywhere: CachePlaces = {
  nscd: [absent, dir],
  resolved: dir,
  sssd: { socket: dir, config: join(dir, 'sssd.conf'), more: conf },
}

/** How the programs were called, in no order. */
const calls = (): string[] => (existsSync(called) ? readFileSync(called, 'utf8').trim().split('\n').sort() : [])

function caches(places: CachePlaces, patience?: number): { readonly caches: CachesBeside; readonly said: string[] } {
  const said: string[] = []
  return { said, caches: new CachesBeside({ debug: (_, message) => void said.push(message) }, places, patience) }
}

t.test('nscd forgets what changed, and only what it caches: groups with the groups of a user', async (t) => {
  await caches({ ...nowhere, nscd: [absent, dir] }).caches.flush(['passwd', 'hosts', 'ethers', 'shadow', 'initgroups'])
  t.same(calls(), ['nscd -i group', 'nscd -i hosts', 'nscd -i passwd'])
})

t.test('systemd-resolved forgets where hosts changed', async (t) => {
  await caches({ ...nowhere, resolved: dir }).caches.flush(['passwd'])
  t.same(calls(), [])
  await caches({ ...nowhere, resolved: dir }).caches.flush(['hosts'])
  t.same(calls(), ['resolvectl flush-caches'])
})

t.test('sssd forgets what it keeps of the domains that ask the module, and not of others', async (t) => {
  await caches({ ...nowhere, sssd: everywhere.sssd }).caches.flush(['passwd', 'netgroup', 'hosts'])
  t.same(calls(), ['sss_cache -d cluster -U -N'])
})

t.test('a cache that hangs is told once in a round, and the others are told', async (t) => {
  const nscd = join(dir, 'nscd')
  const usual = readFileSync(nscd, 'utf8')
  t.teardown(() => writeFileSync(nscd, usual))
  writeFileSync(nscd, `${usual}exec sleep 100\n`)
  const { caches: beside, said } = caches({ ...nowhere, nscd: [dir], resolved: dir }, 1000)
  await beside.flush(['passwd', 'group', 'hosts'])
  t.same(calls(), ['nscd -i passwd', 'resolvectl flush-caches'])
  t.equal(said.length, 1)
})

t.test('where none runs nothing is called', async (t) => {
  await caches(nowhere).caches.flush(DATABASE_NAMES)
  t.same(calls(), [])
})

t.test('what changes while they are told is told after that, and at once only', async (t) => {
  const { caches: beside } = caches({ ...nowhere, nscd: [dir] })
  const first = beside.flush(['passwd'])
  const others = Array.from({ length: 50 }, () => beside.flush(['hosts']))
  await Promise.all([first, ...others])
  t.same(calls(), ['nscd -i hosts', 'nscd -i passwd'])
  await beside.flush(['hosts'])
  t.equal(calls().length, 3, 'and then anew')
})

t.test('a program that is missing or fails does no harm', async (t) => {
  writeFileSync(join(dir, 'resolvectl'), '#!/bin/sh\nexit 1\n')
  const { caches: beside, said } = caches({ ...nowhere, resolved: dir })
  await beside.flush(['hosts'])
  await until(() => said.length === 1)
  t.match(said, ['a cache beside could not be emptied'])
})
