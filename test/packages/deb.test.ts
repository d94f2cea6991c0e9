import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { missing } from '../nss/programs.ts'
import { type Architecture, debOf, made, namedFiles, noWayToMake, output, PACKAGES, VERSION } from './made.ts'

const MULTIARCH = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu', i386: 'i386-linux-gnu' } as const

/** The files of a package, without folders, as paths from /. */
function filesOf(deb: string): string[] {
  const lines = output('dpkg-deb', '--contents', deb).trim().split('\n')
  return lines.flatMap((line) => /^[^d].* \.(\/.*?)(?: -> .*)?$/.exec(line)?.[1] ?? []).sort()
}

const field = (deb: string, name: string): string => output('dpkg-deb', '--field', deb, name).trim()

/** A folder with the maintainer scripts of a package. */
function scriptsOf(t: Test, deb: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kickback-control-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  output('dpkg-deb', '--control', deb, folder)
  return folder
}

for (const architecture of ['amd64', 'arm64'] as const) {
  const skip = noWayToMake('deb', architecture)
  t.test(`each .deb for ${architecture} has its files`, { skip }, async (t) => {
    const folder = made('deb', architecture)
    const common = filesOf(debOf(folder, 'kickback-common'))
    for (const path of [
      '/etc/kickback/kickback.toml',
      '/usr/bin/beostatus',
      '/usr/bin/bpstat',
      '/usr/bin/kickback',
      '/usr/lib/kickback/allocator.node',
      '/usr/lib/kickback/bin/kickback',
      '/usr/lib/kickback/kickback/build-worker.js',
      '/usr/lib/kickback/page/index.html',
      '/usr/lib/kickback/kickback/main.js',
      '/usr/lib/kickback/node',
      '/usr/lib/kickback/packets.node',
      '/usr/lib/kickback/package.json',
      '/usr/lib/systemd/system/kickback-dns.service',
      '/usr/sbin/kickbackdaemon',
      '/usr/sbin/kickbackproxy',
      '/usr/share/bash-completion/completions/kickback',
      '/usr/share/fish/vendor_completions.d/kickback.fish',
      '/usr/share/zsh/vendor-completions/_kickback',
      '/usr/share/man/man1/bpstat.1.gz',
      '/usr/share/man/man1/kickback.1.gz',
      '/usr/share/man/man5/beowulf-config.5.gz',
      '/usr/share/man/man5/kickback.toml.5.gz',
    ])
      t.ok(common.includes(path), path)
    const compiled = common.filter((path) => /\.cjs\.v[^/]*$/.test(path)).map((path) => path.replace(/\.v[^/]*$/, ''))
    t.same(
      compiled,
      // The loader has a name without a digest, and so has what starts `kickback query`.
      architecture === 'amd64' ? common.filter((path) => /-[0-9A-Z]{8}\.cjs$/.test(path)) : [],
      'each program has the code that V8 compiled of it here, where it is of use',
    )
    const module = filesOf(debOf(folder, 'libnss-kickback'))
    for (const path of [
      `/usr/lib/${MULTIARCH[architecture]}/libnss_kickback.so.2`,
      '/etc/apparmor.d/abstractions/nameservice.d/kickback',
      '/etc/kickback/fetch.conf',
      '/usr/lib/systemd/system/kickback-fetch.service',
      '/usr/lib/systemd/system/kickback-fetch.timer',
      '/usr/lib/systemd/system/kickback-follow.service',
      '/usr/sbin/kickback-fetch',
      '/usr/sbin/kickback-health',
      '/usr/share/man/man8/kickback-fetch.8.gz',
      '/usr/share/man/man8/kickback-health.8.gz',
      '/usr/share/selinux/packages/kickback.pp',
    ])
      t.ok(module.includes(path), path)
    t.notOk(
      module.some((path) => path.startsWith('/usr/lib/kickback')),
      'a node without Node.js needs no more',
    )
  })
}

t.test('the roles are packages of their units, for every machine', { skip: noWayToMake('deb') }, async (t) => {
  const folder = made('deb')
  for (const [name, unit] of [
    ['kickback', 'kickback.service'],
    ['kickback', 'kickback-dhcp.service'],
    ['beonss-kickbackclient', 'beonss-kickbackclient.service'],
  ] as const) {
    const deb = debOf(folder, name)
    t.ok(filesOf(deb).includes(`/usr/lib/systemd/system/${unit}`), unit)
    t.equal(field(deb, 'Architecture'), 'all')
    // So an upgrade of the program restarts the unit.
    for (const needed of ['kickback-common', 'libnss-kickback'])
      t.match(field(deb, 'Depends'), `${needed} (= ${VERSION}-1)`)
  }
})

t.test(
  'the package of the program has each file that a message names, as it is',
  { skip: noWayToMake('deb') },
  async (t) => {
    const folder = made('deb')
    const there = filesOf(debOf(folder, 'kickback-common'))
    t.not(namedFiles().length, 0)
    for (const path of namedFiles()) t.ok(there.includes(path), path)
  },
)

t.test('the module is there for two architectures side by side', { skip: noWayToMake('deb', 'i386') }, async (t) => {
  const [wide, narrow] = [debOf(made('deb'), 'libnss-kickback'), debOf(made('deb', 'i386'), 'libnss-kickback')]
  const shared = (deb: string): string[] => filesOf(deb).filter((path) => !path.endsWith('.so.2'))
  t.strictSame(shared(wide), shared(narrow))
  t.equal(field(narrow, 'Multi-Arch'), 'same')
  t.match(field(wide, 'Depends'), 'libc6 (>= 2.17)')
  t.match(field(narrow, 'Depends'), 'libc6 (>= 2.28)')
  t.match(field(debOf(made('deb'), 'kickback-common'), 'Depends'), 'libc6 (>= 2.28)')
})

t.test('every script of a package is shell that ends at the first error', { skip: noWayToMake('deb') }, async (t) => {
  const folder = made('deb')
  for (const name of PACKAGES) {
    const scripts = scriptsOf(t, debOf(folder, name))
    for (const script of readdirSync(scripts).filter((name) => /^(pre|post)(inst|rm)$/.test(name))) {
      t.match(readFileSync(join(scripts, script), 'utf8'), /^#!\/bin\/sh\nset -e\n/, `${name}: ${script}`)
      t.equal(spawnSync('sh', ['-n', join(scripts, script)]).status, 0)
    }
  }
})

t.test(
  'no unit is enabled or started by an installation, and those that run are restarted',
  { skip: noWayToMake('deb') },
  async (t) => {
    const folder = made('deb')
    for (const name of ['kickback', 'beonss-kickbackclient'] as const) {
      const text = readFileSync(join(scriptsOf(t, debOf(folder, name)), 'postinst'), 'utf8')
      t.notMatch(text, /enable /)
      t.notMatch(text, /systemctl (re)?start/)
      t.match(text, `systemctl try-restart ${name}.service`)
    }
  },
)

const noLintian = noWayToMake('deb') || missing('lintian')
// lintian takes half a minute for each, and knows little of machines: the other one is for the long run.
const looked: readonly Architecture[] = process.env.KICKBACK_LONG === undefined ? ['amd64'] : ['amd64', 'arm64']
for (const architecture of looked) {
  t.test(
    `lintian has nothing to say of the packages for ${architecture}`,
    { skip: noLintian || noWayToMake('deb', architecture) },
    async (t) => {
      const folder = made('deb', architecture)
      const debs = readdirSync(folder).filter((name) => name.endsWith('.deb'))
      const said = spawnSync('lintian', ['--allow-root', '--tag-display-limit=0', '--fail-on=error,warning', ...debs], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      })
      t.equal(said.stdout, '')
      t.equal(said.status, 0, said.stderr)
    },
  )
}
