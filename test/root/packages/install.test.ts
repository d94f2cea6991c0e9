import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { debOf, made, noWayToMake, PACKAGES, rpmOf, VERSION } from '../../packages/made.ts'
import { until } from '../../patience.ts'
import { type Debian, debian, noTree, withoutPolicy } from './tree.ts'

const EXAMPLES = '/usr/share/doc/kickback-common/examples'

/** Puts files beside the tree into its /run, and gives their paths inside. */
function handedOver(target: Debian, paths: readonly string[]): string[] {
  target.beside(`mkdir -p $ROOT/run/handed && cp "$@" $ROOT/run/handed/`, ...paths)
  return paths.map((path) => `/run/handed/${path.split('/').at(-1)}`)
}

/** Starts a master of the package's examples, and waits until the module has its names. */
async function serving(t: Test, target: Debian): Promise<ChildProcess> {
  target.must(`mkdir -p /etc/beowulf && cp ${EXAMPLES}/config /etc/beowulf/config`)
  const files = ['passwd', 'group', 'shadow', 'networks'].flatMap((name) => [`--${name}`, `${EXAMPLES}/${name}`])
  const daemon = target.start('kickbackdaemon', ...files)
  let said = ''
  for (const stream of [daemon.stdout, daemon.stderr]) stream?.on('data', (bytes: Buffer) => (said += bytes))
  await until(() => {
    if (daemon.exitCode !== null) throw new Error(said)
    return target.run('getent', '-s', 'kickback', 'passwd', 'ada').code === 0
  }, 'the module has names')
  t.equal(target.must('getent -s kickback hosts n15'), '10.20.30.115    n15\n')
  return daemon
}

/** A process inside that looks users up by the C library, a name a line, and gives the uid, or `none`. */
function lookingUp(target: Debian): (name: string) => Promise<string> {
  const script = '$| = 1; while (<STDIN>) { chomp; my @user = getpwnam($_); print(($user[2] // "none"), "\\n") }'
  const child = target.start('perl', '-e', script)
  if (child.stdout === null || child.stdin === null) throw new Error('no pipes')
  const [input, lines] = [child.stdin, createInterface(child.stdout)[Symbol.asyncIterator]()]
  return async (name) => {
    input.write(`${name}\n`)
    const { done, value } = await lines.next()
    return done ? 'the process died' : value
  }
}

const skip = noTree() || noWayToMake('deb')

/** The packages' files, handed over. */
function debsFor(target: Debian): string[] {
  const debs = PACKAGES.map((name) => debOf(made('deb'), name))
  return handedOver(target, debs)
}

t.test(
  'the .debs are installed, serve, and are installed again under a process that has the module',
  { skip },
  async (t) => {
    const target = withoutPolicy(await debian(t))
    const debs = debsFor(target)
    target.must(`dpkg --install ${debs.join(' ')}`)
    t.equal(target.must('kickback --version').trim(), VERSION)
    await serving(t, target)
    target.must("sed -i 's/^passwd:.*/& kickback/' /etc/nsswitch.conf")
    const uidOf = lookingUp(target)
    t.equal(await uidOf('ada'), '1000')
    target.must(`dpkg --install ${debs.at(-1)}`)
    t.match(target.must('cat /proc/[0-9]*/maps'), /libnss_kickback\.so\.2.* \(deleted\)/, 'it has the file of before')
    t.equal(await uidOf('grace'), '1001', 'and lives')

    // What a copy over the file does at first. So the test above can fail.
    const other = lookingUp(target)
    t.equal(await other('ada'), '1000')
    target.must(': >/usr/lib/x86_64-linux-gnu/libnss_kickback.so.2')
    t.equal(await other('grace'), 'the process died')
  },
)

t.test('the module is told to nscd; a removal leaves settings and state, a purge nothing', { skip }, async (t) => {
  const target = withoutPolicy(await debian(t))
  const debs = debsFor(target)
  target.must(`dpkg --install ${debs.join(' ')}`)
  const daemon = await serving(t, target)
  target.must('dpkg --remove kickback beonss-kickbackclient libnss-kickback')
  target.must("sed -i 's/^passwd:.*/& kickback/' /etc/nsswitch.conf && mkdir -p /run/nscd && nscd")
  await until(() => target.run('nscd', '-g').code === 0)
  t.equal(target.run('getent', 'passwd', 'ada').code, 2, 'a negative answer, which nscd keeps')
  target.must(`dpkg --install ${debs.at(-1)}`)
  await until(() => target.run('getent', 'passwd', 'ada').code === 0, 'nscd asks the module')

  daemon.kill('SIGTERM')
  target.must("sed -i 's/ kickback$//' /etc/nsswitch.conf")
  target.must(`dpkg --remove ${PACKAGES.join(' ')}`)
  t.equal(target.run('test', '-e', '/usr/lib/kickback').code, 1)
  for (const path of ['/etc/kickback/kickback.toml', '/var/lib/kickback'])
    t.equal(target.run('test', '-e', path).code, 0, `${path} outlives a removal`)
  target.must(`dpkg --purge ${PACKAGES.join(' ')}`)
  for (const path of [
    '/etc/kickback',
    '/var/lib/kickback',
    '/run/kickback',
    '/etc/apparmor.d/abstractions/nameservice.d',
  ])
    t.equal(target.run('test', '-e', path).code, 1, `${path} is gone`)
})

t.test('a removal undoes the set-up for its package, whatever became of the unit since', { skip }, async (t) => {
  const target = withoutPolicy(await debian(t))
  target.must(`dpkg --install ${debsFor(target).join(' ')}`)
  const state = (): string => target.must('cat /etc/nsswitch.conf /etc/kickback/kickback.toml; ls -A /etc/kickback')
  const stock = state()
  for (const since of ['systemctl disable beonss-kickbackclient', 'mv /usr/bin/systemctl /root']) {
    target.must('kickback setup node --master 127.0.0.1 --insecure')
    t.match(state(), /^passwd: +files kickback$/m)
    target.must(since)
    target.must('dpkg --remove kickback')
    t.match(state(), /^passwd: +files kickback$/m, 'the machine is a node, and stays one')
    target.must('dpkg --remove beonss-kickbackclient')
    t.equal(state(), stock, since)
    t.equal(target.run('test', '-e', '/etc/.kickback.lock').code, 1)
    target.must(`dpkg --install ${debsFor(target).join(' ')}`)
  }
  target.must('kickback setup node --master 127.0.0.1 --insecure')
  t.match(state(), /^passwd: +files kickback$/m, 'without systemd too')
})

t.test(
  'the .rpms are installed into a root, serve, and are erased',
  { skip: skip || noWayToMake('rpm') },
  async (t) => {
    const target = withoutPolicy(await debian(t))
    const rpms = PACKAGES.map((name) => rpmOf(made('rpm'), name))
    // Debian's C library has another folder, and its rpm a database that knows no package.
    target.must('echo /usr/lib64 >/etc/ld.so.conf.d/lib64.conf')
    target.beside('rpm --root $ROOT --nodeps --install "$@"', ...rpms)
    t.equal(target.must('kickback --version').trim(), VERSION)
    const daemon = await serving(t, target)
    target.must("sed -i 's/^passwd:.*/& kickback/' /etc/nsswitch.conf")
    const uidOf = lookingUp(target)
    t.equal(await uidOf('ada'), '1000')
    target.beside('rpm --root $ROOT --nodeps --upgrade --replacepkgs "$@"', rpms.at(-1) ?? '')
    t.match(target.must('cat /proc/[0-9]*/maps'), /libnss_kickback\.so\.2.* \(deleted\)/)
    t.equal(await uidOf('grace'), '1001')
    daemon.kill('SIGTERM')
    target.must("sed -i 's/ kickback$//' /etc/nsswitch.conf")
    target.beside('rpm --root $ROOT --erase "$@"', ...PACKAGES)
    for (const path of ['/usr/lib/kickback', '/usr/lib64/libnss_kickback.so.2', '/usr/bin/kickback'])
      t.equal(target.run('test', '-e', path).code, 1, `${path} is gone`)
  },
)

t.test('the policy of SELinux takes the module, by the scripts of the package', { skip }, async (t) => {
  const target = await debian(t)
  const module = debsFor(target).at(-1)
  // Its module spamassassin holds a rule twice, and then libsepol takes no module of ours (docs/packages.md).
  target.must('semodule -n -d spamassassin')
  t.notMatch(target.must('semodule -l'), /^kickback$/m)
  target.must(`dpkg --install ${module}`)
  t.match(target.must('semodule -l'), /^kickback$/m)
  const paths = ['/usr/lib/kickback/launcher', '/run/kickback/snapshot.1', '/var/lib/kickback/private/shadow.1']
  const labels = target.must(`matchpathcon ${paths.join(' ')}`)
  t.match(labels, /launcher\s+system_u:object_r:kickback_exec_t:s0/)
  t.match(labels, /snapshot\.1\s+system_u:object_r:kickback_names_t:s0/)
  t.match(labels, /shadow\.1\s+system_u:object_r:kickback_shadow_t:s0/)
  const policy = target.must('ls /etc/selinux/default/policy/policy.*').trim()
  const allows = (source: string, type: string, kind: string, permission: string): boolean =>
    target.beside(
      'sesearch --allow -s "$1" -t "$2" -c "$3" -p "$4" "$ROOT$5"',
      source,
      type,
      kind,
      permission,
      policy,
    ) !== ''
  t.ok(allows('sshd_t', 'kickback_names_t', 'file', 'map'), 'sshd maps the snapshot')
  t.ok(allows('sshd_t', 'kickback_t', 'unix_stream_socket', 'connectto'), 'and asks the daemon')
  t.ok(allows('httpd_t', 'kickback_names_t', 'file', 'read'))
  t.ok(allows('chkpwd_t', 'kickback_shadow_t', 'file', 'map'), 'who checks passwords reads hashes')
  t.notOk(allows('httpd_t', 'kickback_shadow_t', 'file', 'read'), 'a web server does not')
  t.ok(allows('initrc_t', 'kickback_t', 'process2', 'nnp_transition'))
  target.must('dpkg --remove libnss-kickback')
  t.notMatch(target.must('semodule -l'), /^kickback$/m)
})
