// A master and a node that have addresses of IPv6 and none of IPv4 between them.
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../patience.ts'
import { example } from './example.ts'
import { installModule, type Machine, machine } from './machine.ts'

const CONFIG = `nodes 4
iprange fd00:20:30::100 fd00:20:30::103
hostrange fd00:20:30::1:0 fd00:20:30::1:9
host 00:A0:D1:E9:87:CA fd00:20:30::1:5 store
nodename n%N
nodename n%N-ipmi ::1:0:0
interface br0 fd00:20:30::1 64
`

t.test('two machines that have IPv6 alone', { timeout: 180_000 }, async (t) => {
  const { dir, config, accounts } = example(t)
  writeFileSync(config, CONFIG)
  const master = await machine(t, 'master')
  const node = await machine(t, 'n2')
  master.must('ip link add br0 type bridge && ip addr add fd00:20:30::1/64 dev br0 nodad && ip link set br0 up')
  master.must(`ip link add port0 type veth peer name eth0 netns ${node.pid} && ip link set port0 master br0 up`)
  node.must('ip addr add fd00:20:30::102/64 dev eth0 nodad && ip link set eth0 up')
  for (const target of [master, node]) installModule(target)

  const daemon = master.start('kickback', 'serve', '--config', config, ...accounts, '--dns', '[fd00:20:30::1]:53')
  await until(() => master.run('kickback', 'status').code === 0, 'the master answers')
  t.match(master.must('ss -Hltn'), /\[fd00:20:30::1\]:3045 /, 'it listens at the address of the interface line')

  const key = join(dir, 'cluster.pub')
  writeFileSync(key, master.must('cat /var/lib/kickback/signing.pub'))
  const proxy = node.start('kickback', 'proxy', '--master', '[fd00:20:30::1]:3045', '--key', key)
  const print = (target: Machine, db: string, name: string): string => target.run('getent', db, name).stdout
  await until(() => print(node, 'hosts', 'store') !== '', "the node has the master's generation")

  const asks = (t: Test): void => {
    for (const target of [master, node]) {
      for (const name of ['n3', 'N+3', 'n0003', '.3', 'n3.cluster.internal', 'fd00:20:30::103', 'fd00:20:30:0::103'])
        t.equal(print(target, 'hosts', name), 'fd00:20:30::103 n3\n', `${target.name}: ${name}`)
      t.equal(print(target, 'hosts', 'n3-ipmi'), 'fd00:20:30::1:0:103 n3-ipmi\n')
      t.match(print(target, 'ahostsv6', 'n3'), /^fd00:20:30::103 +STREAM n3\n/)
      t.equal(target.run('getent', 'ahostsv4', 'n3').code, 2, 'it is held, and has no such address')
      t.equal(target.run('getent', 'hosts', 'n4').code, 2)
      t.equal(target.run('getent', 'hosts', 'fd00:20:30::104').code, 2)
    }
  }
  asks(t)

  t.test('self and master are worked out for who asks', async (t) => {
    for (const name of ['self', '.-2', 'n-2']) {
      t.equal(print(node, 'hosts', name), 'fd00:20:30::102 n2\n', name)
      t.equal(print(master, 'hosts', name), 'fd00:20:30::1   master\n', name)
    }
    for (const name of ['master', '.-1', 'n-1']) t.equal(print(node, 'hosts', name), 'fd00:20:30::1   master\n', name)
  })

  t.test('the master knows the node by its address', async () => {
    await until(() => master.run('kickback', 'status', '--json').stdout.includes('"fd00:20:30::102"'))
  })

  t.test('DNS answers over IPv6, forwards and back', async (t) => {
    const dig = (...args: string[]) => node.run('dig', '@fd00:20:30::1', '+tries=1', '+time=2', ...args)
    t.equal(dig('+short', 'n3.cluster.internal', 'AAAA').stdout, 'fd00:20:30::103\n')
    t.match(dig('n3.cluster.internal', 'A').stdout, /status: NOERROR.*\n.*ANSWER: 0/, 'the name has no A record')
    t.match(dig('n4.cluster.internal', 'AAAA').stdout, /status: NXDOMAIN/)
    t.equal(dig('+short', '-x', 'fd00:20:30::103').stdout, 'n3.cluster.internal.\n')
    t.equal(
      dig('+short', '+tcp', 'SRV', '_kickback._tcp.cluster.internal').stdout,
      '0 0 3045 master.cluster.internal.\n',
    )
  })

  t.test('a change reaches the node', async (t) => {
    appendFileSync(config, 'host - fd00:20:30::1:6 pdu\n')
    t.equal(master.run('kickback', 'reload').code, 0)
    await until(() => print(node, 'hosts', 'pdu') !== '')
  })

  t.test('an address of one link alone is a stranger, who may not ask', async (t) => {
    const address = /inet6 (fe80:[0-9a-f:]+)/.exec(master.must('ip addr show dev br0'))?.[1] ?? ''
    const dig = node.run('dig', `@${address}%eth0`, '+tries=1', '+time=2', 'n3.cluster.internal', 'AAAA')
    t.not(dig.code, 0, 'nobody listens there')
    node.must('ip addr add fd00:20:30::999/64 dev eth0 nodad')
    const stranger = node.run(
      'dig',
      '-b',
      'fd00:20:30::999',
      '@fd00:20:30::1',
      '+tries=1',
      '+time=2',
      'n3.cluster.internal',
    )
    t.match(stranger.stdout, /status: REFUSED/)
  })

  t.test('without its master, and without its proxy, the node goes on', async (t) => {
    daemon.kill('SIGKILL')
    proxy.kill('SIGKILL')
    t.equal(print(node, 'hosts', 'n3'), 'fd00:20:30::103 n3\n')
    t.equal(node.run('getent', 'hosts', 'nosuch').code, 2)
  })
})
