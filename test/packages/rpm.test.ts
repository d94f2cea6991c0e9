import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { missing, ROOT } from '../nss/programs.ts'
import { type Architecture, debOf, made, namedFiles, noWayToMake, output, PACKAGES, rpmOf, VERSION } from './made.ts'

const ask = (rpm: string, ...words: readonly string[]): string[] =>
  output('rpm', '-qp', ...words, rpm)
    .trim()
    .split('\n')

for (const architecture of ['amd64', 'arm64'] as const) {
  t.test(`each .rpm for ${architecture} has its files`, { skip: noWayToMake('rpm', architecture) }, async (t) => {
    const folder = made('rpm', architecture)
    const common = ask(rpmOf(folder, 'kickback-common'), '--list')
    for (const path of [
      '/etc/kickback/kickback.toml',
      '/usr/bin/beostatus',
      '/usr/bin/bpstat',
      '/usr/bin/kickback',
      '/usr/lib/kickback/kickback/build-worker.js',
      '/usr/lib/kickback/page/index.html',
      '/usr/lib/kickback/kickback/main.js',
      '/usr/lib/kickback/node',
      '/usr/lib/systemd/system/kickback-dns.service',
      '/usr/sbin/kickbackdaemon',
      '/usr/sbin/kickbackproxy',
      '/usr/share/bash-completion/completions/kickback',
      '/usr/share/fish/vendor_completions.d/kickback.fish',
      '/usr/share/zsh/site-functions/_kickback',
      '/usr/share/man/man1/bpstat.1.gz',
      '/usr/share/man/man1/kickback.1.gz',
      '/usr/share/man/man5/beowulf-config.5.gz',
      '/usr/share/man/man5/kickback.toml.5.gz',
    ])
      t.ok(common.includes(path), path)
    const module = ask(rpmOf(folder, 'libnss-kickback'), '--list')
    for (const path of [
      '/etc/kickback/fetch.conf',
      '/usr/lib64/libnss_kickback.so.2',
      '/usr/sbin/kickback-fetch',
      '/usr/sbin/kickback-health',
      '/usr/share/selinux/packages/kickback.pp',
    ])
      t.ok(module.includes(path), path)
    t.ok(ask(rpmOf(folder, 'kickback'), '--list').includes('/usr/lib/systemd/system/kickback.service'))
    t.ok(ask(rpmOf(folder, 'kickback'), '--list').includes('/usr/lib/systemd/system/kickback-dhcp.service'))
    const client = ask(rpmOf(folder, 'beonss-kickbackclient'), '--list')
    t.ok(client.includes('/usr/lib/systemd/system/beonss-kickbackclient.service'))
  })
}

t.test('the package of the program has each file that a message names', { skip: noWayToMake('rpm') }, async (t) => {
  const folder = made('rpm')
  const there = ask(rpmOf(folder, 'kickback-common'), '--list')
  t.not(namedFiles().length, 0)
  for (const path of namedFiles()) t.ok(there.includes(path), path)
})

/**
 * Where each kind has its own papers: debhelper makes links of pages that name another. /usr/lib64 is Fedora's name of Debian's folder
 * of libraries, as site-functions is its name of vendor-completions, and rpmbuild finds what a library needs only where it may be executed.
 */
const PAPERS = /^\/usr\/share\/(doc|licenses|lintian|man\/man8|man\/man1\/(bpstat|beostatus)\.1\.gz)(\/|$)/
const plain = (path: string): string =>
  path
    .replace('/usr/lib/x86_64-linux-gnu/', '/usr/lib64/')
    .replace('/usr/share/zsh/vendor-completions/', '/usr/share/zsh/site-functions/')
const plainMode = (mode: string, path: string): string => (path.endsWith('.so.2') ? mode.replaceAll('x', '-') : mode)

/** The files of both kinds as `MODE OWNER PATH`, without folders and papers. */
const listed = (lines: readonly string[]): string[] =>
  lines
    .map((line) => /^([^d]\S+) +(\S+) .*?(\/\S+)/.exec(line))
    .flatMap((match) => (match === null || PAPERS.test(match[3] ?? '') ? [] : [match]))
    .map(([, mode = '', owner, path = '']) => `${plainMode(mode, path)} ${owner} ${plain(path)}`)
    .sort()

t.test(
  'both kinds of packages have the same files, with the same modes and owners',
  { skip: noWayToMake('rpm') || noWayToMake('deb') },
  async (t) => {
    for (const name of PACKAGES) {
      const format = '[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} . %{FILENAMES}\n]'
      const rpm = listed(ask(rpmOf(made('rpm'), name), '--queryformat', format))
      const deb = listed(
        output('dpkg-deb', '--contents', debOf(made('deb'), name))
          .trim()
          .split('\n'),
      )
      t.ok(rpm.length > 0, name)
      t.strictSame(rpm, deb)
    }
  },
)

t.test(
  'the packages of the roles want the program and the module of their version',
  { skip: noWayToMake('rpm') },
  async (t) => {
    const folder = made('rpm')
    for (const name of ['kickback', 'beonss-kickbackclient'] as const) {
      const wanted = ask(rpmOf(folder, name), '--requires')
      for (const needed of ['kickback-common', 'libnss-kickback']) t.ok(wanted.includes(`${needed} = ${VERSION}-1`))
      t.strictSame(ask(rpmOf(folder, name), '--queryformat', '%{ARCH}'), ['noarch'])
    }
  },
)

t.test(
  'the settings stay where somebody changed them, and the payload is xz',
  { skip: noWayToMake('rpm') },
  async (t) => {
    const common = rpmOf(made('rpm'), 'kickback-common')
    t.strictSame(ask(common, '--configfiles'), ['/etc/kickback/kickback.toml'])
    const flags = ask(common, '--queryformat', '[%{FILENAMES} %{FILEFLAGS:fflags}\n]')
    t.ok(flags.includes('/etc/kickback/kickback.toml cn'), 'noreplace')
    t.strictSame(ask(common, '--queryformat', '%{PAYLOADCOMPRESSOR}'), ['xz'])
  },
)

t.test('a module for 32 bits lies beside the other', { skip: noWayToMake('rpm', 'i386') }, async (t) => {
  const folder = made('rpm', 'i386')
  const rpms = readdirSync(folder).filter((name) => name.endsWith('.rpm'))
  t.strictSame(rpms, [`libnss-kickback-${VERSION}-1.i686.rpm`])
  t.ok(ask(rpmOf(folder, 'libnss-kickback'), '--list').includes('/usr/lib/libnss_kickback.so.2'))
})

t.test('every script of a package is shell', { skip: noWayToMake('rpm') }, async (t) => {
  const folder = made('rpm')
  for (const name of PACKAGES) {
    for (const tag of ['PREIN', 'POSTIN', 'PREUN', 'POSTUN', 'POSTTRANS']) {
      const script = output('rpm', '-qp', '--queryformat', `%{${tag}}`, rpmOf(folder, name))
      if (script !== '(none)') t.equal(spawnSync('sh', ['-n', '-c', script]).status, 0, `${name}: ${tag}`)
      t.notMatch(script, /%\{/, 'no macro is left')
    }
  }
})

const noRpmlint = missing('rpmlint')
for (const architecture of ['amd64', 'arm64'] as Architecture[]) {
  t.test(
    `rpmlint has nothing to say of the packages for ${architecture}`,
    { skip: noWayToMake('rpm', architecture) || noRpmlint },
    async (t) => {
      const folder = made('rpm', architecture)
      const rpms = readdirSync(folder).filter((name) => name.endsWith('.rpm'))
      const words = ['--rpmlintrc', join(ROOT, 'packaging/rpm/kickback.rpmlintrc'), ...rpms]
      const said = spawnSync('rpmlint', words, {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', LC_ALL: 'C.UTF-8' },
      })
      t.match(said.stdout, / 0 errors, 0 warnings/, said.stdout + said.stderr)
    },
  )
}
