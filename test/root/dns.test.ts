import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lacking } from '../dns/programs.ts'
import { root, runIn } from '../end-to-end/served.ts'
import { until } from '../patience.ts'
import { example } from './example.ts'
import { connect, type Machine, machine } from './machine.ts'

/** What dig prints on a machine; empty where the reply does not come from the address that was asked. */
function dig(m: Machine, ...args: readonly string[]): string {
  return m.run('dig', '+short', '+time=1', '+tries=1', ...args).stdout.trim()
}

/** A master that serves the guide's example, with DNS at an endpoint. */
async function startMaster(t: Test, target: Machine, dns: string, ...more: readonly string[]) {
  const { dir, config, accounts } = example(t, 'interface br0 10.20.30.1 255.255.255.0\n')
  const daemon = target.start('kickback', 'serve', '--config', config, ...accounts, '--dns', dns, ...more)
  await until(() => target.run('kickback', 'status').code === 0, 'the master answers')
  return { dir, daemon }
}

t.test('a wildcard address answers from each address, as they come and go', { skip: lacking('dig') }, async (t) => {
  const master = await machine(t, 'master')
  master.must('ip link add br0 type bridge && ip link set br0 up')
  for (const last of [1, 2, 3]) master.must(`ip addr add 10.20.30.${last}/24 dev br0`)
  await startMaster(t, master, '0.0.0.0:53')
  const answers = (address: string) => dig(master, `@${address}`, 'n15.cluster.internal') === '10.20.30.115'
  for (const address of ['127.0.0.1', '10.20.30.1', '10.20.30.2', '10.20.30.3']) {
    await until(() => answers(address), `${address} answers from itself`)
  }
  master.must('ip addr del 10.20.30.2/24 dev br0 && ip addr add 10.20.30.4/24 dev br0')
  await until(() => answers('10.20.30.4'), 'a new address is followed')
  t.notOk(answers('10.20.30.2'))
  t.ok(answers('10.20.30.1'), 'the others are not disturbed')
  master.must('ip addr add 10.20.30.2/24 dev br0')
  await until(() => answers('10.20.30.2'), 'an address that comes back is, too')
})

t.test('a socket for which the system has noted an error goes on', { skip: lacking('dig', 'ss') }, async (t) => {
  const master = await machine(t, 'master')
  master.must('ip link add br0 type bridge && ip link set br0 up && ip addr add 10.20.30.1/24 dev br0')
  await startMaster(t, master, '127.0.0.1:53', '--dns-processes', '2')
  const answers = () => dig(master, '@127.0.0.1', 'n15.cluster.internal') === '10.20.30.115'
  t.ok(answers())
  // It closes no socket for datagrams: it notes ECONNABORTED.
  t.match(master.run('ss', '--kill', '--udp', '--all', 'sport = 53').stdout, /UNCONN/)
  for (let i = 0; i < 12; i++) t.ok(answers(), 'whichever process has the request')
})

/** A datagram to port 53 with a source of one's own choice (IP_HDRINCL, raw(7)); arguments: source address, source port. */
const FORGE = `
import socket, struct, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
query = bytes.fromhex('123401000001000000000000') + b'\\x03n15\\x07cluster\\x08internal\\x00\\x00\\x01\\x00\\x01'
udp = struct.pack('!HHHH', int(sys.argv[2]), 53, 8 + len(query), 0) + query
ip = struct.pack('!BBHHHBBH4s4s', 69, 0, 20 + len(udp), 0, 0, 64, 17, 0, socket.inet_aton(sys.argv[1]), socket.inet_aton('127.0.0.1'))
raw.sendto(ip + udp, ('127.0.0.1', 0))
`

t.test('a datagram from port 0 ends nothing', { skip: lacking('dig', 'python3') }, async (t) => {
  const master = await machine(t, 'master')
  master.must('ip link add br0 type bridge && ip link set br0 up && ip addr add 10.20.30.1/24 dev br0')
  const { daemon } = await startMaster(t, master, '127.0.0.1:53')
  for (const source of ['127.0.0.1', '10.20.30.1']) {
    t.match(master.run('python3', '-c', FORGE, source, '0'), { code: 0 })
  }
  t.equal(dig(master, '@127.0.0.1', 'n15.cluster.internal'), '10.20.30.115')
  t.equal(daemon.exitCode, null)
})

t.test(
  'programs without modules resolve names in both directions',
  { skip: lacking('busybox', 'musl-gcc') },
  async (t) => {
    const master = await machine(t, 'master')
    const box = await machine(t, 'pdu1')
    connect([master, '10.20.30.1/24'], [[box, '10.20.30.90/24']])
    const { dir } = await startMaster(t, master, '10.20.30.1:53')
    box.must("printf 'nameserver 10.20.30.1\\nsearch cluster.internal\\n' >/etc/resolv.conf")
    box.must("printf 'hosts: dns\\n' >/etc/nsswitch.conf")
    const program = join(dir, 'resolve')
    const built = runIn('/', process.env, 'musl-gcc', ['-static', '-o', program, join(root, 'test/root/resolve.c')])
    t.equal(built.code, 0, built.stderr)
    t.match(box.run(program, 'n15'), { code: 0, stdout: '10.20.30.115\n' })
    t.match(box.run(program, 'n15.cluster.internal'), { code: 0, stdout: '10.20.30.115\n' })
    t.match(box.run(program, '10.20.30.115'), { code: 0, stdout: 'n15.cluster.internal\n' })
    t.match(box.run(program, 'n99'), { code: 1, stdout: '' })
    t.match(box.run('getent', 'hosts', 'smartswitch'), {
      code: 0,
      stdout: /^10\.20\.30\.5 +smartswitch\.cluster\.internal\n$/,
    })
    t.match(box.run('getent', 'hosts', '10.20.30.5'), { code: 0, stdout: /smartswitch\.cluster\.internal/ })
    t.match(box.run('getent', 'ahosts', 'n15'), { code: 0, stdout: /^10\.20\.30\.115 +STREAM n15\.cluster\.internal/ })
    t.match(box.run('busybox', 'nslookup', 'n15.cluster.internal'), { code: 0, stdout: /10\.20\.30\.115/ })
    t.match(box.run('busybox', 'nslookup', '10.20.30.115'), { code: 0, stdout: /n15\.cluster\.internal/ })
  },
)

t.test('a node answers DNS from its own snapshot, master dead or not', { skip: lacking('dig') }, async (t) => {
  const master = await machine(t, 'master')
  const node = await machine(t, 'n15')
  connect([master, '10.20.30.1/24'], [[node, '10.20.30.115/24']])
  const { daemon } = await startMaster(t, master, '10.20.30.1:53')
  node.start('kickback', 'proxy', '--master', '10.20.30.1:3045', '--insecure', '--dns', '127.0.0.54:53')
  const asks = () => [
    dig(node, '@127.0.0.54', 'smartswitch.cluster.internal'),
    dig(node, '@127.0.0.54', 'n15'),
    dig(node, '@127.0.0.54', '+tcp', '-x', '10.20.30.5'),
    dig(node, '@127.0.0.54', '_kickback._tcp.cluster.internal', 'SRV'),
  ]
  const right = ['10.20.30.5', '10.20.30.115', 'smartswitch.cluster.internal.', '0 0 3045 master.cluster.internal.']
  await until(() => asks()[0] === right[0], 'the node answers')
  t.same(asks(), right)
  daemon.kill('SIGKILL')
  const following = () => JSON.parse(node.run('kickback', 'status', '--json').stdout || '{}').following?.state
  await until(() => ![undefined, 'following'].includes(following()), 'the node has seen that its master is gone')
  master.must('ip link set br0 down')
  t.same(asks(), right)
})

/** How many datagrams a machine has received. */
function datagrams(m: Machine): number {
  return Number(m.must("awk '/^Udp: [0-9]/{print $2}' /proc/net/snmp"))
}

/** The response code that dig tells of. */
function code(m: Machine, ...args: readonly string[]): string | undefined {
  return /status: ([A-Z]+)/.exec(m.run('dig', '+time=8', '+tries=1', ...args).stdout)?.[1]
}

t.test('two servers that forward to each other end a question at once', { skip: lacking('dig') }, async (t) => {
  const first = await machine(t, 'master')
  const second = await machine(t, 'n15')
  connect([first, '10.20.30.1/24'], [[second, '10.20.30.115/24']])
  await startMaster(t, first, '10.20.30.1:53', '--forward', '10.20.30.115')
  await startMaster(t, second, '10.20.30.115:53', '--forward', '10.20.30.1')
  for (const [at, address] of [
    [first, '10.20.30.1'],
    [second, '10.20.30.115'],
  ] as const) {
    const before = [datagrams(first), datagrams(second)]
    const name = `loop-at-${at.name}.example`
    t.equal(code(at, `@${address}`, name), 'SERVFAIL')
    t.equal(code(at, `@${address}`, name), 'SERVFAIL')
    const more = [datagrams(first), datagrams(second)].map((count, i) => count - (before[i] ?? 0))
    t.ok(Math.max(...more) <= 8, `${more} datagrams`)
  }
})

t.test(
  'a server to ask whose address becomes our own is not asked while it is',
  { skip: lacking('dig') },
  async (t) => {
    const master = await machine(t, 'master')
    master.must('ip link add br0 type bridge && ip link set br0 up && ip addr add 10.20.30.1/24 dev br0')
    const { daemon } = await startMaster(t, master, '0.0.0.0:53', '--forward', '10.20.30.9')
    let log = ''
    daemon.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    master.must('ip addr add 10.20.30.9/24 dev br0')
    await until(() => dig(master, '@10.20.30.9', 'n15') === '10.20.30.115', 'the new address answers')
    await until(() => log.includes('a server to ask is this server itself'), 'the log says so')
    const before = datagrams(master)
    t.equal(code(master, '@10.20.30.1', 'www.example.org'), 'SERVFAIL')
    t.ok(datagrams(master) - before <= 4, 'the question and its reply')
    master.must('ip addr del 10.20.30.9/24 dev br0')
  },
)
