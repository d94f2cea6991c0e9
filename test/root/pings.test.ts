// Machines without a proxy: what kickback nodes tells of one that is on, one that is off, a device, one whose address another has, and nodes that hang.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../patience.ts'
import { example } from './example.ts'
import { connect, machine } from './machine.ts'

/** The short run does not wait for a second round, nor until a frozen node is silent for long enough. */
const isLong = process.env.KICKBACK_LONG !== undefined
const PATIENCE = 180_000

t.test('who follows no master is asked by ARP whether it is there, by a master without any right', async (t) => {
  const { dir, config, accounts } = example(t, 'interface br0 10.20.30.1 255.255.255.0\n')
  appendFileSync(config, 'hostrange 10.99.0.1 10.99.0.9\nhost 02:00:00:00:99:01 10.99.0.1 elsewhere\n')
  const master = await machine(t, 'master')
  const [on, proxied, device, stranger] = [
    await machine(t, 'n0'),
    await machine(t, 'n1'),
    await machine(t, 'smartswitch'),
    await machine(t, 'stranger'),
  ]
  connect(
    [master, '10.20.30.1/24'],
    [
      [on, '10.20.30.100/24'],
      [proxied, '10.20.30.101/24'],
      [device, '10.20.30.5/24'],
      [stranger, '10.20.30.200/24'],
    ],
  )
  // It has the address of node 3 too: a ping proves nothing.
  stranger.must('ip addr add 10.20.30.103/24 dev eth0')
  master.must('sysctl -qw net.ipv4.ping_group_range="1 0"')
  // As the unit of the package has it: neither raw packets nor the administration of the network.
  const bare = ['setpriv', '--bounding-set', '-net_raw,-net_admin', '--inh-caps', '-net_raw,-net_admin']
  master.start(
    bare[0] ?? '',
    ...bare.slice(1),
    'kickback',
    'serve',
    '--config',
    config,
    ...accounts,
    '--state-dir',
    join(dir, 'state'),
  )
  await until(() => master.run('kickback', 'status').code !== 1, 'the master answers', PATIENCE)
  const listed = (...words: readonly string[]) =>
    JSON.parse(master.must(`kickback nodes --json --config '${config}' ${words.join(' ')}`))
  const ofNode = (number: number): string | undefined =>
    listed('--nodes', String(number)).nodes.map(
      ({ state, ping }: { state: string; ping?: string }) => `${state} ${ping}`,
    )[0]
  await until(() => ofNode(0) === 'never up', 'the node that is on answers', PATIENCE)
  t.same([0, 1, 2, 3].map(ofNode), ['never up', 'never up', 'never off', 'never up'])
  const { hosts } = listed('--hosts')
  t.match(hosts.map(({ name, ping }: { name: string; ping?: string }) => `${name} ${ping}`).sort(), [
    'elsewhere undefined',
    'pdu1 off',
    'pdu2 off',
    'smartswitch up',
  ])
  const text = master.must(`kickback nodes --config '${config}'`)
  t.match(text, /\nnever +32: n0-n31\nping up +3: n0-n1, n3\n/)
  if (!isLong) return
  const key = join(dir, 'state/root.pub')
  const proxy = proxied.start('kickback', 'proxy', '--master', '10.20.30.1:3045', '--key', key)
  await until(() => ofNode(1) === 'up undefined', 'its proxy follows', PATIENCE)
  proxy.kill('SIGSTOP')
  await until(() => ofNode(1) === 'down up', 'a node whose proxy hangs is down, and answers', PATIENCE)
  proxied.must('ip link set eth0 down')
  on.must('ip link set eth0 down')
  await until(() => ofNode(1) === 'down off' && ofNode(0) === 'never off', 'what is off answers no more', PATIENCE)
})
