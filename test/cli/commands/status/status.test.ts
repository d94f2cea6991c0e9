import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import t from 'tap'
import { statusLines } from '../../../../src/cli/commands/status/picture.ts'
import {
  type DhcpReport,
  type NamedNode,
  type NodeReport,
  type StatusReport,
  warningsOf,
} from '../../../../src/kickback/index.ts'
import { HostKeys, hostKeyInText } from '../../../../src/resolver/index.ts'
import { builtMain } from '../../../built.ts'
import { until } from '../../../patience.ts'
import { fileOf } from '../../../resolver/configs.ts'
import { Scratch } from '../../scratch.ts'

const ERROR = {
  file: 'config',
  line: 3,
  column: 1,
  end: 6,
  severity: 'error',
  code: 'some-code',
  message: 'wrong',
  related: [],
} as const
const report: StatusReport = {
  role: 'master',
  software: 'kickback 1.2.3',
  pid: 77,
  uptime: 7300,
  generation: 1_700_000_005,
  digest: 'ab'.repeat(32),
  signed: true,
  records: { passwd: 3, hosts: 35 },
  listening: ['/run/kickback/socket', '10.20.30.1:3045'],
  dns: ['10.20.30.1:53'],
  failures: {},
  connections: 4,
  subscribers: 2,
  refused: 1,
  denied: 0,
  kept: 0,
  unread: 0,
  questions: 1234,
  rate: 12.34,
  operations: { LOOKUP: 1230, STATUS: 4 },
  reload: { outcome: 'refused', time: 1_700_000_000, reason: '1 error: config:3:1: …', errors: [ERROR] },
  reported: 2,
  behind: 1,
}
const nodes: readonly NodeReport[] = [
  { address: '10.20.30.100', software: 'kickback 1.2.3', generation: 1_700_000_005, behind: false },
  { address: '10.20.30.101', software: 'kickback 1.2.3', generation: 1_700_000_002, behind: true },
]

/** The picture of a report in a pipe; `missing` are configured nodes that do not follow. */
function statusText(report: StatusReport, nodes: readonly NamedNode[] = [], missing?: readonly string[]): string {
  const census = missing && { configured: missing.length, inStep: [], behind: [], missing }
  const facts = { report, nodes, census, warnings: warningsOf(report, nodes), now: 1_700_003_600 }
  return statusLines(facts, undefined)
    .map((line) => `${line}\n`)
    .join('')
}

t.test('a report tells generation, counts, who is behind, and how the last reload went', async (t) => {
  t.equal(
    statusText(report, nodes),
    `kickback 1.2.3, master, process 77, up 2 hours
REFUSED      the last reload was refused: 1 error: config:3:1: …
             what to do: if a file has an error, correct it: kickback check shows each, and the change is seen by itself. If the loss limit refused it and the loss is right: kickback reload --force. Else do what the line above says, then kickback reload
generation   1700000005, signed
digest       ${'ab'.repeat(32)}
nodes        2 reported, 1 behind
behind       10.20.30.101: kickback nodes --state behind shows what they have
last reload  refused at 2023-11-14T22:13:20.000Z, 1 hour ago
listening    /run/kickback/socket, 10.20.30.1:3045
DNS          10.20.30.1:53
records      passwd 3, hosts 35
questions    1234, 12.3 a second
connections  4, of which 2 follow; 1 refused, 0 denied
`,
  )
})

t.test(
  'accounts of nodes with other ids are told by node, the first of many, and counted for who sees no nodes',
  async (t) => {
    const [first] = nodes
    if (first === undefined) throw new Error('there is no node')
    const accounts = [
      { kind: 'user', name: 'slurm', id: 64_030, cluster_id: 450 },
      { kind: 'group', name: 'munge', id: 451, cluster_name: 'disk' },
    ]
    const teller = { ...first, name: 'n0', other_ids: { count: 5, accounts } }
    const told = { ...report, other_ids: 1 }
    t.match(
      statusText(told, [teller, ...nodes.slice(1)]),
      `
OTHER ID     n0 (10.20.30.100): user "slurm" has the id 64030 there, and 450 in the cluster
OTHER ID     n0 (10.20.30.100): group "munge" has the id 451 there, which is the id of "disk" in the cluster
OTHER ID     n0 (10.20.30.100): 3 more: kickback check there shows all
             what to do: on the node: usermod`,
    )
    const many = Array.from({ length: 12 }, () => ({
      ...teller,
      other_ids: { count: 1, accounts: accounts.slice(0, 1) },
    }))
    const text = statusText({ ...report, other_ids: 12 }, many)
    t.equal(text.match(/"slurm"/g)?.length, 10)
    t.match(text, /^OTHER ID {5}2 more nodes with other ids than the cluster: /m)
    t.match(statusText(told), /^OTHER ID {5}1 node with other ids than the cluster: /m)
    t.notMatch(statusText({ ...report, other_ids: 0 }, nodes), /OTHER ID/)
  },
)

t.test('of a refused reload with several errors each is told in a line', async (t) => {
  const reload = { outcome: 'refused', time: 0, reason: '2 errors: …', errors: [ERROR, { ...ERROR, line: 9 }] } as const
  t.match(
    statusText({ ...report, reload }),
    /: 2 errors: …\n[\s\S]*last reload .*\n {13}config:3:1: error: wrong \[some-code\]\n {13}config:9:1: error: wrong \[some-code\]\n/,
  )
})

t.test("a proxy's report tells whom it follows", async (t) => {
  const { reload: _, generation: ___, digest: ____, ...rest } = report
  const master = '10.20.30.1:3045'
  const following = {
    master,
    state: 'searching',
    seconds: 61,
    reason: 'no route',
    insecure: true,
    masters: [{ master, state: 'lost', reason: 'no route', proof: 70, generation: 7, digest: 'ab'.repeat(32) }],
    refusals: [{ generation: 7, digest: '', reason: 'generation 7 would lose 40 of 100 records of passwd' }],
    dropped: { users: 1, groups: 2, names: ['munge', 'disk'] },
  } as const
  const text = statusText({ ...rest, role: 'proxy', reported: 0, behind: 0, following })
  t.match(text, /generation {3}none yet\n/)
  t.match(text, /INSECURE {5}this node believes any machine/)
  t.match(text, /master {7}10\.20\.30\.1:3045, searching for 1 minute: no route\n/)
  t.match(text, / {2}10\.20\.30\.1:3045 lost, generation 7 \(abababababab\), proved 1 minute ago: no route\n/)
  t.match(text, /REFUSED {6}generation 7 would lose 40 of 100 records of passwd\n/)
  t.match(text, /left out {5}1 user and 2 groups with ids below the floor of this node, such as munge, disk\n/)
})

t.test('how old the data of a node is, in words and as seconds', async (t) => {
  const { reload: _, ...rest } = report
  const master = '10.20.30.1:3045'
  const text = (state: 'following' | 'searching', age?: number): string => {
    const following = {
      master,
      state,
      seconds: 5,
      insecure: false,
      masters: [],
      refusals: [],
      ...(age !== undefined && { age }),
    }
    return statusText({ ...rest, role: 'proxy', following, written: 1_700_000_000 })
  }
  t.match(text('following', 12), /data {9}a master was in step with it 12 seconds ago\n/)
  t.match(text('searching', 3 * 86_400 + 5), /data {9}a master was in step with it 3 days ago\n/)
  t.match(
    text('searching', 3 * 86_400 + 5),
    /OUT OF TOUCH no master is in step with this node for 5 seconds now, and the last one was 3 days ago\n/,
  )
  t.match(text('searching'), /OUT OF TOUCH .*, and none ever was\n/)
  t.match(text('searching'), /data {9}no master was ever in step with it\n/)
  t.match(text('following', 0), /generation {3}1700000005, signed, written 2023-11-14T22:13:20\.000Z, 1 hour ago\n/)
  t.match(statusText({ ...rest, written: 0 }), /generation {3}1700000005, signed, of unknown time\n/)
})

t.test('another master with other content is told of with both digests, and what to do', async (t) => {
  const same = {
    master: '10.20.30.2:3045',
    state: 'answers',
    generation: 7,
    digest: report.digest ?? '',
    conflict: false,
  } as const
  const other = { ...same, master: '10.20.30.3:3045', digest: 'cd'.repeat(32), time: 1_700_000_000 }
  const text = statusText({ ...report, masters: [same, other, { ...other, master: 'c', conflict: true, time: 0 }] })
  t.match(text, /master {7}10\.20\.30\.2:3045 answers, and has the same content\n/)
  t.match(
    text,
    /OTHER DATA {3}master 10\.20\.30\.3:3045 has other content: generation 7, digest cdcdcdcdcdcd, written 2023-\S+\n {13}what to do: copy the right files to the other master\n[\s\S]*master {7}10\.20\.30\.3:3045 answers, and HAS OTHER CONTENT\n/,
  )
  t.match(
    text,
    /OTHER DATA {3}master c .* of unknown time; it serves no nodes\n.*copy .* there: kickback reload --force\n/,
  )
  const conflict = {
    ...{ generation: 7, digest: 'cd'.repeat(32), time: 0, own_time: 0, own_digest: 'ab'.repeat(32) },
    reason: 'content',
    holders: ['master 10.20.30.3'],
  } as const
  t.match(
    statusText({ ...report, masters: [other], conflict }),
    /CONFLICT {5}master 10\.20\.30\.3 has generation 7, other content, digest cdcdcdcdcdcd, of unknown time \(here: digest abababababab[\s\S]*HAS OTHER CONTENT\n/,
  )
  t.match(
    statusText({ ...report, masters: [{ ...other, state: 'silent', reason: 'no route' }] }),
    /master {7}10\.20\.30\.3:3045 does not answer: no route\n/,
    'what it had before is no fact',
  )
})

t.test('without a daemon status says what the module answers from, and how old that is', async (t) => {
  const scratch = new Scratch(t)
  const daemon = await scratch.serve()
  const { generation, digest } = JSON.parse((await scratch.ask('status', '--json')).stdout)
  await daemon.end()
  const { code, stdout, stderr } = await scratch.ask('status')
  t.equal(code, 1)
  t.match(stderr, /^kickback: no service answers/)
  t.match(
    stdout,
    new RegExp(
      `^module {7}answers from \\S+run/snapshot\\.1\ngeneration {3}${generation}, written \\S+Z\ndigest {7}${digest}\ndata {9}a master was in step with it, or wrote it, \\d+ seconds? ago\n$`,
    ),
  )
  const time = Date.now() / 1000 - 2 * 86_400
  utimesSync(scratch.path('run/snapshot.1'), time, time)
  const { copy } = JSON.parse((await scratch.ask('status', '--json')).stdout)
  t.match(copy, { file: scratch.path('run/snapshot.1'), generation, digest })
  t.equal(Math.round(copy.age / 86_400), 2)
})

t.test('a master that nobody named is told of where other machines can ask it', async (t) => {
  const warning =
    /WARNING {6}the configuration does not name this machine as a master: .*\n.* add its address to the masterorder lines\n/
  t.match(statusText({ ...report, unnamed: true }), warning)
  t.notMatch(statusText(report), warning)
  t.notMatch(statusText({ ...report, unnamed: true, listening: ['127.0.0.1:3045'] }), warning)
})

t.test('of one missing node, one start and one account the words are singular', async (t) => {
  const dns_process = { pid: 7, generation: 1, restarts: 1, failures: {} }
  const text = statusText({ ...report, dns_process }, [], ['n7'])
  t.match(text, /missing {6}1 node does not follow this master: n7\n/)
  const masters = [{ master: '10.20.30.2:3045', state: 'answers' }] as const
  t.match(statusText({ ...report, masters }, [], ['n7']), /this master \(it may follow another one\): n7\n/)
  t.match(text, /started again 1 time\)/)
  t.match(statusText({ ...report, dns_process: { ...dns_process, restarts: 2 } }), /started again 2 times\)/)
})

t.test('a report warns of loopback alone, of missing nodes and of unexpected errors', async (t) => {
  const listening = ['/run/kickback/socket', '127.0.0.1:3045', '[::1]:3045']
  const missing = Array.from({ length: 12 }, (_, i) => `n${i}`)
  const text = statusText({ ...report, listening, dns: [], failures: { 'watch poll': 2 } }, [], missing)
  t.match(text, /WARNING {6}the master listens on loopback only/)
  t.match(text, /DNS {10}off\n/)
  t.match(text, /missing {6}12 nodes do not follow this master: n0-n11\n/)
  t.match(text, /ERRORS {7}unexpected errors, see the log: watch poll 2\n/)
  const masters = [{ master: '10.20.30.2:3045', state: 'answers' }] as const
  const several = statusText({ ...report, masters, other_keys: ['node 10.20.30.100'] }, [], missing)
  t.match(several, /missing {6}12 nodes do not follow this master \(they may follow another one\): n0-n11\n/)
  t.match(several, /master {7}10\.20\.30\.2:3045 answers\n/)
  t.match(several, /OTHER KEY {4}node 10\.20\.30\.100: they take nothing from this master\n.*give nodes its root\.pub/)
})

t.test('a DNS process that is gone, or has none of its addresses, is told in words', async (t) => {
  const gone = statusText({ ...report, dns: [], dns_process: { pid: 0, generation: 0, restarts: 2, failures: {} } })
  t.match(
    gone,
    /NO ANSWERS {3}DNS is not answered: there is no DNS process now; .*\n[\s\S]*DNS {10}no process now, started again 2 times\n/,
  )
  const waiting = statusText({ ...report, dns: [], dns_process: { pid: 7, generation: 5, restarts: 0, failures: {} } })
  t.match(
    waiting,
    /NO ANSWERS {3}DNS is not answered: it waits for its addresses\n[\s\S]*DNS {10}waits for its addresses \(process 7, generation 5\)\n/,
  )
  const well = statusText({ ...report, dns_process: { pid: 7, generation: 5, restarts: 0, failures: {} } })
  t.match(well, /DNS {10}10\.20\.30\.1:53 \(process 7, generation 5\)\n/)
})

t.test('how DHCP stands is told: the process, what it gives, its last trouble, and other servers', async (t) => {
  const dhcp: DhcpReport = {
    ...{ by: 'child', pid: 7, since: 86_400, restarts: 2, machines: 33, given: 1, strangers: 1, beside: false },
    trouble: { text: 'no address range', time: 86_401 },
    foreign: [{ server: '10.20.30.66', interface: 'eth1', time: 86_402 }],
  }
  const text = statusText({ ...report, dhcp })
  t.match(
    text,
    /DHCP {9}dnsmasq runs as process 7 since 1970-01-02T00:00:00\.000Z, .* ago, started again 2 times; 33 MACs with an address, 1 lease given or renewed, 1 unknown machine asked /,
  )
  t.match(text, /DHCP trouble 1970-01-02T00:00:01\.000Z, .* ago: no address range\n/)
  t.match(text, /OTHER DHCP {3}another DHCP server answers on eth1: 10\.20\.30\.66\n.*boot\.beside/)
  t.match(text, /other DHCP {3}10\.20\.30\.66 on eth1 at 1970-01-02T00:00:02\.000Z, .* ago\n/)
  const allowed = statusText({ ...report, dhcp: { ...dhcp, beside: true } })
  t.match(allowed, /other DHCP {3}10\.20\.30\.66 on eth1 at .*, which boot\.beside allows\n/)
  t.notMatch(allowed, /OTHER DHCP/)
  const reason = 'it ended with 2: failed to bind'
  const down = statusText({ ...report, dhcp: { ...dhcp, by: 'unit', pid: 0, reason } })
  t.match(down, /NO DHCP {6}dnsmasq does not run, so no machine gets an address: it ended with 2: failed to bind\n/)
  t.match(down, /DHCP {9}the dnsmasq of kickback-dhcp\.service does not run since 1970/)
  t.match(statusText({ ...report, dhcp: { ...dhcp, pid: 0 } }), /DHCP {9}dnsmasq is being started, started again/)
})

t.test('a generation that is not in all files is told of, with the reason', async (t) => {
  const unwritten = "can't write /run/kickback/snapshot.1: no space is left on the disk; the last good one is kept"
  t.match(statusText({ ...report, unwritten }), `NOT WRITTEN  ${unwritten}\n             what to do: make room`)
  t.notMatch(statusText(report), 'NOT WRITTEN')
})

t.test('the doors of objects are told of with what they gave, and where they wait for an address', async (t) => {
  const used = { connections: 1, refused: 2, denied: 3, waiting: 1, requests: { head: 4, object: 1 }, sent: 900 }
  t.match(
    statusText({ ...report, objects: { ...used, listening: ['10.20.30.1:3047'] } }),
    /objects {6}10\.20\.30\.1:3047 \(1 connection, 2 refused, 3 denied; asked for: head 4, object 1; 900 bytes sent\)\n/,
  )
  t.match(
    statusText({ ...report, objects: { ...used, listening: [] } }),
    /NOT GIVEN {4}no objects .*\n[\s\S]*objects {6}waits for its addresses \(/,
  )
  t.notMatch(statusText(report), /^objects/m)
})

t.test('status exits 0 when all is well, 1 when nothing answers, 3 when the last reload was refused', async (t) => {
  const scratch = new Scratch(t)
  t.match(await scratch.ask('status'), {
    code: 1,
    stdout: '',
    stderr: /no service answers at .*socket: no such file or directory; start kickback serve on a master/,
  })
  const daemon = await scratch.serve()
  t.match(await scratch.ask('status'), { code: 0, stdout: /master, process \d+/ })
  t.match(await scratch.run('status', '--server', daemon.place), { code: 0 })
  scratch.append('config', 'host zz\n')
  await daemon.logged('reload refused')
  t.match(await scratch.ask('status'), {
    code: 3,
    stdout: /REFUSED .*missing-argument[\s\S]*last reload {2}refused at .*; cause: change of/,
  })
  t.match(JSON.parse((await scratch.ask('status', '--json')).stdout), {
    role: 'master',
    reload: { outcome: 'refused' },
  })
})

t.test('what was damaged or waits in the state dir at the start is told', async (t) => {
  const scratch = new Scratch(t)
  const state = (name: string): string => scratch.path(`state/${name}`)
  mkdirSync(state('host-keys'), { recursive: true })
  writeFileSync(state('passwords-given'), 'no')
  const key = hostKeyInText(fileOf('test/fixtures/host-keys/ed25519.pub').toString())
  const other = hostKeyInText(fileOf('test/fixtures/host-keys/ecdsa256.pub').toString())
  if (key === undefined || other === undefined) throw new Error('no keys')
  writeFileSync(state('host-keys/7'), new HostKeys().told([key], 1).told([other], 2).text)
  await scratch.serve()
  const told = await scratch.ask('status')
  t.match(told, { code: 3, stdout: /DAMAGED {6}\S+\/passwords-given\.damaged-\d+ is damaged: / })
  t.match(told.stdout, /HOST KEYS {4}node 7: an ssh host key waits for an approval\n/)
  for (const name of readdirSync(state('')).filter((one) => one.includes('.damaged-'))) rmSync(state(name))
  t.match(await scratch.ask('status'), { code: 0, stdout: /HOST KEYS/ }, 'until it is moved away')
})

/** Runs `status` as a user to whom the mode of a folder applies, even where the tests are run by root. */
function asUser(...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const powers = process.geteuid?.() === 0 ? ['--bounding-set=-dac_override,-dac_read_search'] : []
  const words = [...powers, '--', process.execPath, builtMain(), 'status', ...args]
  const { status, stdout, stderr } = spawnSync('setpriv', words, { encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

t.test(
  "status is told by root's socket with the nodes; who may not use it is told so, and asks the public one",
  async (t) => {
    const scratch = new Scratch(t)
    await scratch.serve()
    const runDir = ['--run-dir', scratch.path('run')]
    t.same(JSON.parse(asUser(...runDir, '--json').stdout).nodes, [])
    t.equal(statSync(scratch.path('run/admin')).mode & 0o777, 0o700)
    chmodSync(scratch.path('run/admin'), 0)
    const kept = asUser(...runDir)
    t.match(kept, { code: 0, stdout: /master, process \d+/ })
    t.match(
      kept.stderr,
      /^kickback: permission denied at .*admin\/socket, so .*run\/socket was asked, which does not give the list of nodes\n$/,
    )
    t.equal(JSON.parse(asUser(...runDir, '--json').stdout).nodes, undefined)
  },
)

t.test("a fault of root's socket is an error that names it, whatever the public one would say", async (t) => {
  const scratch = new Scratch(t)
  await scratch.serve()
  rmSync(scratch.path('run/admin/socket'))
  const gone = await scratch.ask('status')
  t.match(gone, { code: 1, stdout: '', stderr: /^kickback: no service answers at .*admin\/socket: no such file/ })
  const silent = createServer((socket) => socket.end(Buffer.from('220 something else\r\n')))
  silent.listen(scratch.path('run/admin/socket'))
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const other = await scratch.ask('status')
  t.match(other, {
    code: 1,
    stdout: '',
    stderr: /^kickback: no service answers at .*admin\/socket: .*did not answer in the kickback protocol/,
  })
})
t.test(
  'status names the configured nodes that follow nothing, and exits 3 on a node without a generation',
  async (t) => {
    const scratch = new Scratch(t)
    const daemon = await scratch.serve()
    t.match(daemon.stderr, /<4>the master listens on loopback only/)
    t.match(await scratch.ask('status'), {
      stdout: /missing {6}32 nodes do not follow this master: n0-n31\n/,
    })
    t.match(JSON.parse((await scratch.ask('status', '--json')).stdout), {
      listening: { length: 4 },
      missing: { length: 32 },
    })
    const node = scratch.start([
      'proxy',
      '--master',
      '127.0.0.1:9',
      '--insecure',
      '--run-dir',
      scratch.path('node'),
      '--state-dir',
      scratch.path('held'),
    ])
    await node.logged('started')
    t.match(await scratch.run('status', '--run-dir', scratch.path('node')), {
      code: 3,
      stdout: /generation {3}none yet/,
    })
    // A user of the cluster that the node's own file has with another id.
    scratch.write('own', 'ada:x:1500:1500::/:/bin/sh\n')
    scratch.write('node.toml', `passwd = "${scratch.path('own')}"\ngroup = "${scratch.path('none')}"\n`)
    const folders = ['--run-dir', scratch.path('node2'), '--state-dir', scratch.path('held2')]
    const own = ['--settings', scratch.path('node.toml')]
    const following = scratch.start(['proxy', '--master', daemon.place, '--insecure', ...folders, ...own])
    await following.logged('ready')
    const status = ['status', '--run-dir', scratch.path('node2'), ...own]
    const said = /^OTHER ID {5}user "ada" has the id 1500 on this machine, and 1000 in the cluster\n/m
    // A node serves a generation first, and writes it then.
    await until(async () => said.test((await scratch.run(...status)).stdout), 'the copy is written')
    t.match(JSON.parse((await scratch.run(...status, '--json')).stdout), { local_ids: { length: 1 } })
    // The master has heard of it.
    const heard = /^OTHER ID {5}127\.0\.0\.1: user "ada" has the id 1500 there, and 1000 in the cluster\n/m
    const atMaster = async (): Promise<string> => (await scratch.ask('status')).stdout
    await until(async () => heard.test(await atMaster()), 'the master names the account')
    t.match(JSON.parse((await scratch.ask('status', '--json')).stdout), {
      other_ids: 1,
      nodes: [{ other_ids: { count: 1, accounts: [{ kind: 'user', name: 'ada', id: 1500, cluster_id: 1000 }] } }],
    })
    await daemon.logged('a node has accounts of its own')
    t.match(daemon.stderr, /machine="node 127\.0\.0\.1" accounts=1 first=.*ada.* has the id 1500 there, and 1000 in/)
    scratch.write('own', 'ada:x:1000:1000::/:/bin/sh\n')
    t.notMatch((await scratch.run(...status)).stdout, said)
    await until(async () => !/OTHER ID/.test(await atMaster()), 'the master knows that it is mended')
    t.equal(readFileSync(`/proc/${node.process.pid}/comm`, 'utf8'), 'kickback\n', 'its name in ps and pgrep')
  },
)
