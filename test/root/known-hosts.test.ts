// The ssh host keys of proven nodes, from their sshd to a known_hosts that a real ssh believes, and what a changed key does to that.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { root } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { connect, type Machine, machine } from './machine.ts'

const MASTER = '10.20.30.1'
const CONFIG = `nodes 4
interface br0 ${MASTER} 255.255.255.0
iprange 10.20.30.11 10.20.30.14
iprange 0 fd00:20:30::11 fd00:20:30::14
nodename node%2N
`
/** The configuration of ssh that the page shows. */
const SSH_CONFIG = (/^Host \*\n(?: .*\n)+/m.exec(readFileSync(join(root, 'docs/ssh-keys.md'), 'utf8')) ?? [''])[0]
/** ssh as a user of the cluster runs it with that; the keys are proved before the login. */
const SSH = 'ssh -F /run/ssh_config -o BatchMode=yes -o UserKnownHostsFile=none -o ConnectTimeout=10'

/** A master and two nodes of its cluster with certificates, each with an sshd. */
async function cluster(t: Test) {
  const dir = mkdtempSync(join(tmpdir(), 'known-hosts-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'config'), CONFIG)
  const [master, one, other] = [await machine(t, 'm1'), await machine(t, 'node00'), await machine(t, 'node01')]
  connect(
    [master, `${MASTER}/24`],
    [
      [one, '10.20.30.11/24'],
      [other, '10.20.30.12/24'],
    ],
  )
  const files = ['--config', join(dir, 'config'), '--state-dir', join(dir, 'master')]
  master.start('kickback', 'serve', ...files)
  const key = join(dir, 'master/root.pub')
  await until(() => existsSync(key) && master.run('kickback', 'status').code !== 1)
  const follow = (node: Machine, ...more: readonly string[]): void => {
    const flags = ['--master', MASTER, '--key', key, '--certificate', '--state-dir', join(dir, node.name)]
    node.start('kickback', 'proxy', ...flags, ...more)
  }
  const keys = (...words: readonly string[]) => master.run('kickback', 'keys', ...words, '--state-dir', files[3] ?? '')
  const exported = () => master.run('kickback', 'export', 'known_hosts', ...files)
  return { dir, master, one, other, follow, keys, exported }
}

/** Makes the key of a node in its state dir, and gives its mark: who is approved before it asks is not pending for half a minute. */
function newKey(stateDir: string): string {
  mkdirSync(stateDir, { recursive: true })
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(join(stateDir, 'node.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('hex').slice(0, 32)
}

/** New host keys, and an sshd that has them. */
function serveSsh(node: Machine): void {
  node.must('rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -A; mkdir -p /run/sshd; chmod 755 /run/sshd')
  node.must(
    '$(command -v sshd) -f /dev/null -o PidFile=/run/sshd.pid -o UsePAM=no -o PasswordAuthentication=no -o "HostKey=/etc/ssh/ssh_host_ed25519_key" -o "HostKey=/etc/ssh/ssh_host_ecdsa_key"',
  )
}

/** What ssh on the master says to a node under this name. `isBelieved`: that it went as far as to the login. */
function says(master: Machine, name: string, address: string): string {
  const { stderr } = master.run(
    'sh',
    '-c',
    `${SSH} -o HostName=${address} ${name === address ? '' : `-o HostKeyAlias=${name}`} root@${name} true`,
  )
  return /Permission denied \(publickey/.test(stderr) ? 'believed' : stderr
}

t.test('a real ssh believes the keys that a proven node told, and no others', async (t) => {
  const { dir, master, one, other, follow, keys, exported } = await cluster(t)
  t.teardown(() => {
    for (const node of [one, other]) node.run('sh', '-c', 'kill $(cat /run/sshd.pid)')
  })
  for (const node of [one, other]) serveSsh(node)
  for (const node of [one, other]) {
    const mark = newKey(join(dir, node.name))
    t.match(keys('approve', node.name, mark), { code: 0 })
  }
  t.match(exported(), { code: 0, stdout: '' }, 'nobody has told anything')
  follow(one)
  follow(other, '--host-keys', 'none')
  await until(() => exported().stdout !== '', 'the node tells its keys', 90_000)

  const lines = exported().stdout.trim().split('\n')
  const hosts = 'node00,node00.cluster.internal,n0,n0.cluster.internal,10.20.30.11,fd00:20:30::11'
  t.same(
    lines.map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['ecdsa-sha2-nistp256', 'ssh-ed25519', 'ssh-rsa'].map((type) => `${hosts} ${type}`),
    'a line for each key of the node that tells them',
  )
  writeFileSync(join(dir, 'known_hosts'), exported().stdout)
  writeFileSync(join(dir, 'ssh_config'), SSH_CONFIG.replaceAll('/srv/', '/run/'))
  master.must(`mkdir -p /run/cluster && cp '${join(dir, 'ssh_config')}' /run/ssh_config`)
  master.must(`cp '${join(dir, 'known_hosts')}' /run/cluster/known_hosts`)
  for (const name of ['node00', 'n0', 'node00.cluster.internal', '10.20.30.11', 'fd00:20:30::11'])
    t.equal(says(master, name, '10.20.30.11'), 'believed', name)
  t.match(says(master, 'node01', '10.20.30.12'), /^Host key verification failed/, 'who told none is unknown')
  t.match(says(master, 'node00', '10.20.30.12'), /REMOTE HOST IDENTIFICATION HAS CHANGED/, 'another machine is not it')

  one.must('kill $(cat /run/sshd.pid)')
  serveSsh(one)
  // A node looks whenever a master is in step: a new generation makes it one.
  t.match(master.run('kickback', 'reload', '--force'), { code: 0 })
  await until(() => /waiting/.test(keys('hosts').stdout), 'the node tells its other keys', 90_000)
  t.equal((keys('hosts', 'node00').stdout.match(/ waiting /g) ?? []).length, 3)
  t.same(exported().stdout.trim().split('\n'), lines, 'what counted does so until the others are approved')
  t.match(says(master, 'node00', '10.20.30.11'), /REMOTE HOST IDENTIFICATION HAS CHANGED/)
  const shown = one.must('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub').split(' ')[1] ?? ''
  t.ok(keys('hosts').stdout.includes(shown), 'the fingerprint is the one that ssh-keygen shows')
  t.match(keys('approve-host', 'node00', `SHA256:${'A'.repeat(43)}`), { code: 1, stderr: /no such key waits/ })
  t.match(keys('approve-host', 'node00'), { code: 0, stdout: /approved/ })
  master.must(
    `kickback export known_hosts --config '${join(dir, 'config')}' --state-dir '${join(dir, 'master')}' >/run/cluster/known_hosts`,
  )
  t.equal(says(master, 'node00', '10.20.30.11'), 'believed')
  t.notOk(
    lines.some((line) => exported().stdout.includes(line.split(' ')[2] ?? '')),
    'the keys before are out',
  )
  const audit = master.must(`cat '${join(dir, 'master/audit')}'`)
  t.match(audit, /keys hosts told.*keys hosts waiting.*keys approve-host/s)

  t.match(keys('revoke', 'node00'), { code: 0 })
  t.match(exported(), { code: 0, stdout: '' }, 'the keys of a node whose certificate was revoked are out')
})
