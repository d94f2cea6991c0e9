// A master and a node that `kickback setup` makes out of machines as they come, and the C library over what it wrote.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { connect, installModule, type Machine, machine } from './machine.ts'

const FIXTURES = join(root, 'test/fixtures/nsswitch')
const CONF = '/etc/nsswitch.conf'
const STOCK = readFileSync(join(FIXTURES, 'debian-12.conf'), 'utf8')
const CONFIG = `nodes 2
iprange 10.20.30.100 10.20.30.101
interface br0 10.20.30.1 255.255.255.0
node 0 00:A0:D1:E9:87:CA
`

/** Gives a machine this nsswitch.conf. */
function put(target: Machine, text: string): void {
  target.must(`cat > ${CONF} <<'END'\n${text.replace(/\n$/, '')}\nEND`)
}

const conf = (target: Machine): string => target.must(`cat ${CONF}`)
const said = (target: Machine, line: string) => target.run('sh', '-c', line)

/** The loader's folder has no module: another run of the tests may have left one in the machine that runs this. */
function withoutModule(target: Machine): void {
  target.must(
    `rm -f "$(sed -n 's|^.* \\(/.*\\)/libc[-.][^/]*$|\\1|p' /proc/self/maps | head -n 1)/libnss_kickback.so.2"`,
  )
}

t.test('a master and a node by setup alone', async (t) => {
  const [master, node] = [await machine(t, 'master'), await machine(t, 'n0')]
  connect([master, '10.20.30.1/24'], [[node, '10.20.30.100/24']])
  for (const target of [master, node]) {
    target.must('rm -rf /etc/kickback /etc/beowulf /var/lib/kickback')
    withoutModule(target)
    put(target, STOCK)
  }

  await t.test('without the module nothing is changed', async (t) => {
    const { code, stderr } = said(node, 'kickback nsswitch on')
    t.equal(code, 1)
    t.match(
      stderr,
      /^kickback: \/etc\/nsswitch.conf is not changed: the C library cannot load libnss_kickback.so.2 \(.*\): install the module first/,
    )
    t.equal(conf(node), STOCK)
    t.match(said(node, 'kickback setup node --master 10.20.30.1 --insecure').stderr, /cannot load libnss_kickback.so.2/)
    t.equal(said(node, 'ls /etc/kickback').code, 2)
  })
  for (const target of [master, node]) {
    installModule(target)
    put(target, STOCK)
  }
  master.must('useradd -u 4242 ada && groupadd -g 4300 physics && usermod -aG physics ada')

  await t.test('the master: no configuration, a wrong one, and a good one', async (t) => {
    t.match(said(master, 'kickback setup master').stderr, /there is no \/etc\/beowulf\/config: write the configuration/)
    master.must('mkdir -p /etc/beowulf && echo "nodes x" > /etc/beowulf/config')
    t.match(
      said(master, 'kickback setup master').stderr,
      /kickback check finds errors, and nothing was changed\n\/etc\/beowulf\/config:1:/,
    )
    t.equal(conf(master), STOCK)
    master.must(`cat > /etc/beowulf/config <<'END'\n${CONFIG}END`)
    t.match(said(master, 'kickback setup master --dry-run').stdout, /would change \/etc\/nsswitch.conf/)
    t.equal(conf(master), STOCK)
    t.match(
      master.must('kickback setup master --domain c.example'),
      /wrote \/etc\/kickback\/kickback.toml: domain\nchanged \/etc\/nsswitch.conf: kickback answers hosts, ethers, netgroup\n/,
    )
    t.equal(master.must('cat /etc/kickback/kickback.toml'), 'domain = "c.example"\n')
    t.match(master.must('kickback setup master --domain c.example'), /^there is nothing to change\n/)
  })

  const daemon = master.start('kickback', 'serve')
  let log = ''
  daemon.stderr?.on('data', (chunk: Buffer) => {
    log += chunk
  })
  await until(() => said(master, 'kickback status').code === 0, 'the master answers')
  t.equal(master.must('getent passwd | grep -c ^ada:'), '1\n', 'each user once')
  t.match(master.must('getent hosts n1'), /^10\.20\.30\.101 /)

  const token = master.must('kickback keys token 2>/dev/null').trim()
  await t.test('the node learns the key by a token, once', async (t) => {
    const join = 'kickback setup node --master 10.20.30.1 --token-file -'
    t.match(said(node, `echo nonsense | ${join}`).stderr, /that is not a join token/)
    t.match(
      said(node, `echo ${token.replaceAll(/[1-9a-f]/g, '0')} | ${join}`).stderr,
      /this join token is unknown, used or too old/,
    )
    t.equal(said(node, 'ls /etc/kickback').code, 2, 'nothing was written')
    const before = node.must(`echo ${token} | ${join} --dry-run`)
    t.match(before, /would write \/etc\/kickback\/signing.pub/)
    const done = node.must(`echo ${token} | ${join}`)
    t.match(
      done,
      /wrote \/etc\/kickback\/signing.pub: .*\nwrote \/etc\/kickback\/kickback.toml: master, key\nchanged \/etc\/nsswitch.conf: kickback answers passwd/,
    )
    t.equal(node.must('cat /etc/kickback/signing.pub'), master.must('cat /var/lib/kickback/root.pub'))
    t.equal(
      node.must('cat /etc/kickback/kickback.toml'),
      'master = ["10.20.30.1:3045"]\nkey = "/etc/kickback/signing.pub"\n',
    )
    const again = said(node, `echo ${token} | ${join}`)
    t.equal(again.code, 1)
    t.match(again.stderr, /this join token was used before: make a new one; if you did not use it, somebody else did/)
    await until(() => log.includes('a join token was used a second time'), 'the alarm is in the log')
    t.notOk(log.includes(token.replaceAll('-', '')) || log.includes(token), 'no token is in the log')
  })

  node.start('kickback', 'proxy')
  await until(() => said(node, 'getent hosts n1').code === 0, 'the node has the generation of the master')

  for (const file of readdirSync(FIXTURES).filter((name) => name.endsWith('.conf') && name !== 'by-hand.conf')) {
    await t.test(`the C library over ${file}`, async (t) => {
      const stock = readFileSync(join(FIXTURES, file), 'utf8')
      put(node, stock)
      t.equal(said(node, 'getent passwd ada').code, 2, 'not before')
      t.match(node.must('kickback nsswitch on'), /^changed \/etc\/nsswitch.conf: kickback answers /)
      t.match(node.must('getent passwd ada'), /^ada:\*:4242:/)
      t.match(node.must('getent passwd root'), /^root:/)
      t.match(node.must('getent hosts n1'), /^10\.20\.30\.101 /)
      t.match(node.must('getent ethers 00:a0:d1:e9:87:ca'), /n0/)
      t.match(node.must('getent netgroup cluster'), /n1/)
      t.match(node.must('id -Gn ada'), /\bphysics\b/, 'by initgroups')
      t.match(node.must('kickback nsswitch show'), /kickback answers /)
      node.must('kickback nsswitch off')
      t.equal(conf(node), stock)
      t.equal(said(node, 'getent passwd ada').code, 2, 'not after')
    })
  }

  await t.test('what the node’s own files hide is told', async (t) => {
    node.must('useradd -u 5000 ada && echo "127.0.1.1 n0" >> /etc/hosts')
    const { stderr } = said(node, 'kickback nsswitch on')
    t.match(stderr, /\/etc\/passwd hides 1 user of the cluster: ada \(5000 here, 4242 in the cluster\)/)
    t.match(
      stderr,
      /\/etc\/hosts hides 1 host name of the cluster: n0 \(127\.0\.1\.1 here, 10\.20\.30\.100 in the cluster\)/,
    )
    node.must('userdel ada')
  })

  await t.test('off undoes all of it', async (t) => {
    put(node, readFileSync(join(FIXTURES, 'fedora.node'), 'utf8'))
    node.must('kickback setup off')
    t.equal(conf(node), readFileSync(join(FIXTURES, 'fedora.conf'), 'utf8'))
    t.equal(node.must('ls /etc/kickback'), '')
    t.match(node.must('kickback setup off'), /^there is nothing to undo\n/)
    master.must('kickback setup off')
    t.equal(conf(master), STOCK)
  })
})
