// Passwords on a node, with its own C library, PAM and sshd: what is granted works there, and what is not granted or is taken away is not there.
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openAuthority } from '../../src/daemon/trust/authority.ts'
import { parseSubject } from '../../src/resolver/certificates/subject.ts'
import { issued } from '../../src/resolver/certificates/x509.ts'
import { until } from '../patience.ts'
import { connect, installModule, type Machine, machine } from './machine.ts'

const MASTER = '10.20.30.1'
const CONFIG = `nodes 4
interface br0 ${MASTER} 255.255.255.0
iprange 10.20.30.11 10.20.30.14
`
const RULES = `[passwords]
n0 = ["%people"]
n1 = ["eve"]
`
/** The users of the cluster: all but Eve are in the group people, by the number of their primary group. */
const USERS = [
  { name: 'ada', uid: 2001, gid: 2000, password: 'lovelace', rest: '20000:0:99999:7:::' },
  { name: 'ben', uid: 2002, gid: 2000, password: 'locked', lock: '!', rest: '20000:0:99999:7:::' },
  { name: 'cal', uid: 2003, gid: 2000, password: 'expired', rest: '20000:0:99999:7::20100:' },
  { name: 'eve', uid: 2004, gid: 2004, password: 'elsewhere', rest: '20000:0:99999:7:::' },
]
/** Where a node keeps hashes. */
const FILES = ['/run/kickback/private/shadow.1', '/var/lib/kickback/private/shadow.1']

/** A master with these users, and two nodes whose keys are approved before they ask. */
async function cluster(t: Test, names: readonly string[] = ['n0', 'n1']) {
  const dir = mkdtempSync(join(tmpdir(), 'passwords-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'config'), CONFIG)
  const master = await machine(t, 'm1')
  const nodes = await Promise.all(names.map((name) => machine(t, name)))
  connect(
    [master, `${MASTER}/24`],
    nodes.map((node, i) => [node, `10.20.30.${11 + i}/24`] as const),
  )
  addUsers(master, dir)
  const state = ['--state-dir', join(dir, 'master')]
  const serve = (rules: string) => {
    writeFileSync(join(dir, 'kickback.toml'), rules)
    master.must(`mkdir -p /etc/kickback && cp '${join(dir, 'kickback.toml')}' /etc/kickback/kickback.toml`)
    return master.start('kickback', 'serve', '--config', join(dir, 'config'), ...state)
  }
  const daemon = serve(RULES)
  await until(() => master.run('kickback', 'status').code !== 1)
  const keys = (...words: readonly string[]) => master.run('kickback', 'keys', ...words, ...state)
  for (const node of nodes) prepareNode(node, dir)
  for (const node of nodes) t.match(keys('approve', node.name, newKey(node, dir)), { code: 0 })
  const follow = (node: Machine) =>
    node.start('kickback', 'proxy', '--master', MASTER, '--key', join(dir, 'master/root.pub'), '--certificate')
  return { dir, master, nodes, daemon, serve, keys, follow }
}

/** The hash of a password, as openssl on a machine makes it. */
const hashOf = (on: Machine, password: string): string => on.must(`openssl passwd -6 '${password}'`).trim()

/** Adds the users to the files of a master, in place of those of the machine that runs the test. */
function addUsers(master: Machine, dir: string): void {
  const passwd = USERS.map(({ name, uid, gid }) => `${name}:x:${uid}:${gid}::/tmp:/bin/sh\n`)
  const shadow = USERS.map(
    ({ name, password, lock = '', rest }) => `${name}:${lock}${hashOf(master, password)}:${rest}\n`,
  )
  writeFileSync(join(dir, 'passwd'), passwd.join(''))
  writeFileSync(join(dir, 'shadow'), shadow.join(''), { mode: 0o600 })
  writeFileSync(join(dir, 'group'), 'people:x:2000:\neve:x:2004:\n')
  for (const file of ['/etc/passwd', '/etc/group'])
    master.must(`sed -i -E '/^no(body|group):/!{/^[^:]*:[^:]*:[0-9]{4}/d}' ${file}`)
  for (const file of ['passwd', 'shadow', 'group']) master.must(`cat '${join(dir, file)}' >>/etc/${file}`)
}

/** Gives a user of the master another password. */
function changePassword(master: Machine, name: string, password: string): void {
  master.must(`usermod -p '${hashOf(master, password)}' ${name}`)
}

/** The module, a nsswitch.conf as docs/passwords.md asks for, and a service of PAM that has pam_unix alone. */
function prepareNode(node: Machine, dir: string): void {
  installModule(node)
  node.must("sed -i 's/^shadow:.*/shadow: files kickback/' /etc/nsswitch.conf")
  // Without the pause after a wrong password, which is long.
  const pam = ['auth', 'account', 'password'].map((type) => `${type} required pam_unix.so nodelay\n`).join('')
  writeFileSync(join(dir, 'pam'), pam)
  node.must(`cp '${join(dir, 'pam')}' /etc/pam.d/checked`)
}

/** Makes the key of a node in its state dir, and gives its mark: who is approved before it asks is not pending for half a minute. */
function newKey(node: Machine, dir: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const made = join(dir, `${node.name}.key`)
  writeFileSync(made, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  node.must(`mkdir -p /var/lib/kickback && cp -p '${made}' /var/lib/kickback/node.key`)
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('hex').slice(0, 32)
}

/** The hash that root of a machine sees; empty if none. */
const seen = (node: Machine, name: string): string => node.run('getent', 'shadow', name).stdout.split(':')[1] ?? ''

/** What pam_unix says on a machine, asked by root or by who is to be asked about. */
function pam(node: Machine, name: string, password: string, ...operations: readonly string[]): string {
  const { stdout, stderr } = node.run(
    'sh',
    '-c',
    `echo '${password}' | pamtester checked ${name} ${operations.join(' ')}`,
  )
  return stdout + stderr
}

const AUTHENTICATED = /successfully authenticated/
const isIn = (node: Machine, name: string, password: string): boolean =>
  AUTHENTICATED.test(pam(node, name, password, 'authenticate'))

/** The folders that have a file of hashes. */
const filesOf = (node: Machine): readonly string[] => FILES.filter((file) => node.run('test', '-e', file).code === 0)

t.test('passwords work on a node that is granted them, by getent, pam_unix, su and sshd', async (t) => {
  const { master, nodes, keys, follow } = await cluster(t)
  const [one, other] = nodes as [Machine, Machine]
  follow(one)
  follow(other)
  await until(() => seen(one, 'ada').startsWith('$6$'), 'the node has the hashes', 60_000)

  await t.test('root sees the hashes that are granted, and nobody else sees any', async (t) => {
    const hash = master.must('getent shadow ada')
    t.equal(one.must('getent shadow ada'), hash, 'the entry is that of the master')
    t.equal(seen(one, 'eve'), '*', 'who is not granted has an entry that no password fits')
    t.equal(one.must('getent passwd ada'), 'ada:x:2001:2000::/tmp:/bin/sh\n')
    const asAda = 'setpriv --reuid ada --regid 2000 --clear-groups'
    t.match(one.run('sh', '-c', `${asAda} getent shadow ada`), { code: 2, stdout: '' })
    t.notMatch(one.run('sh', '-c', `${asAda} getent shadow`).stdout, /\$6\$/)
    t.equal(one.must(`${asAda} getent passwd ada`), 'ada:x:2001:2000::/tmp:/bin/sh\n')
    const read = `${asAda} grep -ralF '$6$' /run/kickback /var/lib/kickback`
    t.equal(one.run('sh', '-c', read).stdout, '', 'no file that an ordinary user reads has a hash')
    t.not(one.run('grep', '-ralF', '$6$', '/run/kickback').stdout, '', 'control: root finds one')
    for (const file of FILES) t.equal(one.must(`stat -c '%a %U %G' ${file}`), '640 root shadow\n', file)
  })

  await t.test(
    'pam_unix takes the password, and refuses another one, a locked account and an expired one',
    async (t) => {
      t.match(
        pam(one, 'ada', 'lovelace', 'authenticate', 'acct_mgmt'),
        /successfully authenticated[\s\S]*account management done/,
      )
      t.match(pam(one, 'ada', 'byron', 'authenticate'), /Authentication failure/)
      t.match(pam(one, 'ben', 'locked', 'authenticate'), /Authentication failure/)
      t.match(pam(one, 'cal', 'expired', 'acct_mgmt'), /User account has expired/)
      t.match(pam(one, 'eve', 'elsewhere', 'authenticate'), /Authentication failure/)
      t.match(pam(one, 'eve', '', 'acct_mgmt'), /account management done/, 'a login by key works without the hash')
      // A program that is not root, such as a screen locker, asks by unix_chkpwd.
      const asked = (password: string) =>
        one.run(
          'sh',
          '-c',
          `echo '${password}' | setpriv --reuid ada --regid 2000 --clear-groups pamtester checked ada authenticate`,
        )
      t.match(asked('lovelace'), { code: 0 })
      t.match(asked('byron'), { code: 1 })
    },
  )

  await t.test('su and sshd take the password, and no other one', async (t) => {
    const su = (password: string) =>
      one.run(
        'sh',
        '-c',
        `echo '${password}' | setpriv --reuid nobody --regid nogroup --clear-groups su - ada -c 'id -un'`,
      )
    t.match(su('lovelace'), { code: 0, stdout: /^ada$/m })
    t.match(su('byron'), { code: 1, stderr: /Authentication failure/ })
    serveSsh(one)
    t.teardown(() => one.run('sh', '-c', 'kill $(cat /run/sshd.pid)'))
    t.match(ssh(master, 'ada', 'lovelace'), { code: 0, stdout: 'ada\n' })
    t.match(ssh(master, 'ada', 'byron'), { stderr: /Permission denied/ })
    t.match(ssh(master, 'cal', 'expired'), { code: 255, stdout: '' })
    t.match(one.must('cat /run/sshd.log'), /cal[\s\S]*account configuration/, 'it was the account, not the password')
    t.match(ssh(master, 'eve', 'elsewhere'), { stderr: /Permission denied/ })
  })

  await t.test('passwd on the node is refused, and changes nothing', async (t) => {
    const before = one.must('getent shadow ada; cat /etc/shadow | sha256sum')
    const byRoot = one.run('sh', '-c', "printf 'other-Pass1\\nother-Pass1\\n' | passwd ada")
    t.match(byRoot, { code: /[^0]/, stderr: /Authentication token manipulation error/ })
    const byHer = one.run(
      'sh',
      '-c',
      "printf 'lovelace\\nother-Pass1\\nother-Pass1\\n' | setpriv --reuid ada --regid 2000 --clear-groups passwd",
    )
    t.match(byHer, { code: /[^0]/, stderr: /Authentication token manipulation error/ })
    t.equal(one.must('getent shadow ada; cat /etc/shadow | sha256sum'), before)
  })

  await t.test('a password that is changed at the master is changed on the node, without asking', async (t) => {
    changePassword(master, 'ada', 'countess')
    await until(() => isIn(one, 'ada', 'countess'))
    t.notOk(isIn(one, 'ada', 'lovelace'), 'the one before is of no use')
    master.must('gpasswd -a eve people')
    await until(() => isIn(one, 'eve', 'elsewhere'), 'who comes into the group is granted')
    master.must('gpasswd -d eve people')
    await until(() => seen(one, 'eve') === '*', 'who is taken from the group is not granted')
    t.ok(isIn(one, 'ada', 'countess'))
  })

  await t.test('each node has its own: a revoked one has none at once', async (t) => {
    await until(() => isIn(other, 'eve', 'elsewhere'), 'the other node has its hash')
    t.equal(seen(other, 'ada'), '*')
    t.match(pam(other, 'ada', 'countess', 'authenticate'), /Authentication failure/)
    t.same(filesOf(one), FILES, 'control')
    const revoked = keys('revoke', 'n0')
    t.match(revoked, { code: 0 })
    t.match(
      `${revoked.stdout}${revoked.stderr}`,
      /gave the node the password hashes of .*\bada\b/,
      'whose hashes it had',
    )
    await until(() => filesOf(one).length === 0)
    t.equal(seen(one, 'ada'), '')
    t.notOk(isIn(one, 'ada', 'countess'))
    const isWithout = (): boolean => one.must('getent passwd ada') === 'ada:*:2001:2000::/tmp:/bin/sh\n'
    await until(isWithout, 'the user is there, without a password')
    t.match(pam(one, 'ada', '', 'acct_mgmt'), /account management done/, 'a login by key works as before')
    t.ok(isIn(other, 'eve', 'elsewhere'), 'nothing changes for the other node')
  })
})

t.test(
  'who is not the node gets no byte of a hash; a reboot keeps the hashes, and a rule that goes takes them',
  async (t) => {
    const { dir, master, nodes, daemon, serve, follow } = await cluster(t)
    const [one, other] = nodes as [Machine, Machine]
    let proxy = follow(one)
    follow(other)
    await until(
      () => seen(one, 'ada').startsWith('$6$') && seen(other, 'eve').startsWith('$6$'),
      'both have theirs',
      60_000,
    )

    await t.test('no attacker gets a byte of a hash', async (t) => {
      const { foreign, expired } = await certificates(one, dir)
      const own = ['/var/lib/kickback/node.key', '/var/lib/kickback/node.crt']
      const theirs = asked(other, '3046', ...own)
      t.match(asked(one, '3046', ...own), /SNAPSHOT: .*ada.*\$6\$/, 'control: the node itself gets its own')
      t.match(theirs, /SNAPSHOT: .*eve.*\$6\$/, 'control: so does the other node')
      t.notOk(theirs.includes(master.must('getent shadow ada').split(':')[1] ?? ''), 'it gets no hash of the first one')
      one.must(
        `cp -p /var/lib/kickback/node.key '${dir}/stolen.key'; cp /var/lib/kickback/node.crt '${dir}/stolen.crt'`,
      )
      const attacks: readonly (readonly [string, Machine, string, ...string[]])[] = [
        ['plain TCP', one, '3045'],
        ['TLS without a certificate', one, '3046', 'bare'],
        ['an expired certificate', one, '3046', join(dir, 'n0.key'), expired],
        ['a certificate of another cluster', one, '3046', join(dir, 'n0.key'), foreign],
        ['the key of the node on another machine', other, '3046', join(dir, 'stolen.key'), join(dir, 'stolen.crt')],
        ['plain TCP from the master', master, '3045'],
      ]
      for (const [name, from, ...words] of attacks) {
        const told = asked(from, ...words)
        t.notMatch(told, /\$6\$/, name)
        t.match(
          told,
          /^SHADOW: \{"refused".*\n(.*\n)*SNAPSHOT: \{"refused".*\nLOOKUP: \{"refused"/,
          `${name}: it was asked`,
        )
      }
      t.match(asked(one, '3045'), /PASSWD: .*ada/, 'control: what is public is answered there')
    })

    await t.test('passwords work on while no master is there, and after a reboot', async (t) => {
      daemon.kill('SIGKILL')
      await once(daemon, 'exit')
      t.ok(isIn(one, 'ada', 'lovelace'), 'without a master')
      proxy.kill('SIGKILL')
      await once(proxy, 'exit')
      t.ok(isIn(one, 'ada', 'lovelace'), 'without a proxy')
      one.must('rm -rf /run/kickback')
      t.equal(one.must('getent passwd ada'), 'ada:*:2001:2000::/tmp:/bin/sh\n', 'early at boot she is there')
      proxy = follow(one)
      await until(() => filesOf(one).length === FILES.length, 'the proxy publishes what it kept')
      t.ok(isIn(one, 'ada', 'lovelace'), 'after the boot')
      t.notOk(isIn(one, 'ada', 'byron'))
    })

    await t.test('a node that no rule names any more has none', async (t) => {
      serve('[passwords]\nn1 = ["eve"]\n')
      await until(() => filesOf(one).length === 0, 'the hashes are removed', 90_000)
      t.equal(seen(one, 'ada'), '')
      t.notOk(isIn(one, 'ada', 'lovelace'))
      t.ok(isIn(other, 'eve', 'elsewhere'), 'the node with a rule keeps its own')
    })
  },
)

/** Certificates for the key of a node that are not good: of an authority of another cluster, and one that has ended. Their paths. */
async function certificates(
  node: Machine,
  dir: string,
): Promise<{ readonly foreign: string; readonly expired: string }> {
  const { publicKey, subjectAltName } = new X509Certificate(node.must('cat /var/lib/kickback/node.crt'))
  const subject = parseSubject(subjectAltName)
  if (subject === undefined) throw new Error('the node has no certificate')
  const now = Date.now()
  const kept = async (name: string, stateDir: string, time: number): Promise<string> => {
    const { authority } = await openAuthority(stateDir, 'm1')
    const path = join(dir, `${name}.crt`)
    writeFileSync(path, new X509Certificate(await issued(authority, subject, publicKey, time)).toString())
    return path
  }
  mkdirSync(join(dir, 'others'))
  return {
    foreign: await kept('foreign', join(dir, 'others'), now),
    expired: await kept('expired', join(dir, 'master'), now - 31 * 86_400_000),
  }
}

/** What a master answers to a machine that asks for hashes, a line for each question. */
function asked(from: Machine, port: string, ...shown: readonly string[]): string {
  const { code, stdout, stderr } = from.run(
    process.execPath,
    join(import.meta.dirname, 'shadow-asker.ts'),
    MASTER,
    port,
    ...shown,
  )
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** An sshd that asks PAM, as Debian sets it up. */
function serveSsh(node: Machine): void {
  node.must('rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -A; mkdir -p /run/sshd; chmod 755 /run/sshd; rm -f /run/nologin')
  node.must(
    '$(command -v sshd) -f /dev/null -E /run/sshd.log -o PidFile=/run/sshd.pid -o UsePAM=yes -o PasswordAuthentication=yes -o KbdInteractiveAuthentication=no',
  )
}

/** A login from a machine on the first node with a password, and who one is then. */
function ssh(from: Machine, name: string, password: string) {
  from.must(
    `mkdir -p /run/ask && printf '#!/bin/sh\\necho %s\\n' '${password}' >/run/ask/pass && chmod 700 /run/ask/pass`,
  )
  const options = [
    ...['PreferredAuthentications=password', 'NumberOfPasswordPrompts=1', 'StrictHostKeyChecking=no'],
    ...['UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=20'],
  ]
  const line = `SSH_ASKPASS=/run/ask/pass SSH_ASKPASS_REQUIRE=force setsid -w ssh -F none ${options.map((o) => `-o ${o}`).join(' ')} ${name}@10.20.30.11 id -un`
  return from.run('sh', '-c', line)
}
