// The master, a node with a distribution of its own, and a switch that can only ask DNS.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { questions } from '../end-to-end/questions.ts'
import type { Outcome } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { example } from './example.ts'
import { connect, installModule, type Machine, machine } from './machine.ts'

const getent = (m: Machine, db: string, key: string): Outcome => m.run('getent', db, key)
const knows = (m: Machine, name: string): boolean => getent(m, 'hosts', name).code === 0

t.test('three machines', async (t) => {
  const { dir, config, accounts } = example(t, 'interface br0 10.20.30.1 255.255.255.0\n')
  const master = await machine(t, 'master')
  const node = await machine(t, 'n15')
  const pdu = await machine(t, 'pdu1')
  connect(
    [master, '10.20.30.1/24'],
    [
      [node, '10.20.30.115/24'],
      [pdu, '10.20.30.90/24'],
    ],
  )
  for (const target of [master, node]) installModule(target)

  const serve = ['kickback', 'serve', '--config', config, ...accounts, '--dns', '10.20.30.1:53'] as const
  const daemon = master.start(...serve)
  await until(() => master.run('kickback', 'status').code === 0, 'the master answers')

  const key = join(dir, 'cluster.pub')
  writeFileSync(key, master.must('cat /var/lib/kickback/signing.pub'))
  const proxy = node.start('kickback', 'proxy', '--master', '10.20.30.1:3045', '--key', key)
  await until(() => knows(node, 'smartswitch'), "the node has the master's generation")

  const asks = (target: Machine): void => {
    for (const { db, key, stdout, code } of questions) {
      // What the machine's own files answer first is theirs.
      if (['root', '0', 'munge', 'nobody', '65534', 'adm', 'sudo', '27', 'users', '100', 'nogroup'].includes(key))
        continue
      const seen = getent(target, db, key)
      // A node has no shadow entries, so that its pw_passwd says that there is none: `*`.
      const wanted = target === node ? stdout.replace(/^(\w+):x:(?=.*:\/)/, '$1:*:') : stdout
      t.same({ stdout: seen.stdout, code: seen.code }, { stdout: wanted, code }, `${target.name}: ${db} ${key}`)
    }
  }
  asks(master)
  asks(node)

  t.test('self and master are worked out for who asks', async (t) => {
    for (const name of ['self', '.-2', 'n-2', 'self.cluster.internal']) {
      t.equal(getent(node, 'hosts', name).stdout, '10.20.30.115    n15\n', `the node: ${name}`)
      t.equal(getent(master, 'hosts', name).stdout, '10.20.30.1      master\n', `the master: ${name}`)
    }
    for (const name of ['master', '.-1', 'n-1']) t.equal(getent(node, 'hosts', name).stdout, '10.20.30.1      master\n')
  })

  t.test('programs of the node see the cluster through nsswitch.conf', async (t) => {
    t.equal(node.must('id ada'), 'uid=1000(ada) gid=1000(ada) groups=1000(ada),2000(physics),2001(compilers)\n')
    mkdirSync(join(dir, 'data'))
    node.must(`chown 1003:2000 '${join(dir, 'data')}'`)
    t.match(node.must(`ls -ld '${join(dir, 'data')}'`), / katherine physics /)
    const python =
      "import pwd, grp, socket; print(pwd.getpwuid(1003).pw_name, grp.getgrnam('physics').gr_gid, socket.gethostbyname('n31'))"
    t.equal(node.run('python3', '-c', python).stdout, 'katherine 2000 10.20.30.131\n')
    t.match(node.must('getent passwd'), /^root:[\s\S]*^ada:\*:1000:/m)
  })

  const dig = (...args: string[]): Outcome => pdu.run('dig', '@10.20.30.1', '+tries=1', '+time=2', '+short', ...args)
  t.equal(dig('n15.cluster.internal').stdout, '10.20.30.115\n')
  t.equal(dig('-x', '10.20.30.5').stdout, 'smartswitch.cluster.internal.\n')

  t.test('the master is killed: the node goes on, first with its proxy, then without', async (t) => {
    daemon.kill('SIGKILL')
    await until(() => dig('n15.cluster.internal').code !== 0, 'the master is gone')
    asks(node)
    proxy.kill('SIGKILL')
    asks(node)
    t.equal(getent(node, 'hosts', 'nosuch').code, 2)
  })

  t.test('both come back, and a new host reaches the node', async (t) => {
    appendFileSync(config, 'host 00:A0:D1:E3:FD:4B 10.20.30.92 pdu3\n')
    master.start(...serve)
    node.start('kickback', 'proxy', '--master', '10.20.30.1:3045', '--key', key)
    await until(() => knows(node, 'pdu3'), 'after a restart')
    appendFileSync(config, 'host 00:A0:D1:E3:FD:4C 10.20.30.93 pdu4\n')
    t.equal(master.run('kickback', 'reload').code, 0)
    await until(() => knows(node, 'pdu4'), 'after a reload')
  })
})
