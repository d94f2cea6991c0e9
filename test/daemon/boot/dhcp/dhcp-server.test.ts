// What the DHCP of a master does with dnsmasq: when it is told, when it is started again, and when it is not started.
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { BootPlans } from '../../../../src/boot/index.ts'
import { parseConfig } from '../../../../src/config/index.ts'
import { DhcpServer } from '../../../../src/daemon/boot/dhcp/dhcp-server.ts'
import type { Engine, EngineState } from '../../../../src/daemon/boot/dhcp/engine.ts'
import { dhcpFiles } from '../../../../src/daemon/boot/dhcp/written-files.ts'
import type { Clock } from '../../../../src/values/index.ts'
import { ip } from '../../../addresses.ts'
import { folder, type Tap } from '../../../folder.ts'
import { until } from '../../../patience.ts'

const CONFIG =
  'interface eth1 10.0.0.1 255.255.0.0\nnodes 20000\niprange 10.0.1.0 10.0.90.0\nmasterorder - 10.0.0.1 10.0.0.2\n'

function served(lines: string) {
  const { cluster } = parseConfig(Buffer.from(CONFIG + lines))
  return { cluster, plans: new BootPlans(cluster) }
}

/** A clock whose time stands still. */
const STILL: Clock = { now: () => 0, after: () => () => {} }

/** A clock that is turned by hand, and lets what is due run. */
function turned() {
  let now = 0
  const due: (() => void)[] = []
  const clock: Clock = {
    now: () => now,
    after: (_, then) => {
      due.push(then)
      return () => {}
    },
  }
  const wake = async (ms: number): Promise<void> => {
    now += ms
    for (const then of due.splice(0)) then()
    await setImmediate()
  }
  return { clock, wake }
}

/** A DHCP whose dnsmasq only counts; other servers at `foreign` answer. */
function dhcp(
  t: Tap,
  foreign: readonly string[] = [],
  beside = false,
  clock: Clock = STILL,
  own = () => [ip('10.0.0.1')],
) {
  const did: string[] = []
  const usual = { by: 'child' as const, pid: 1, since: 9, restarts: 0, reason: undefined, ended: undefined }
  const engine: Engine & { state: EngineState } = {
    state: usual,
    restart: async () => void did.push('restart'),
    hangup: async () => void did.push('hangup'),
    look: async () => {},
    close: async () => {},
  }
  const files = dhcpFiles(folder(t))
  const errors: string[] = []
  const error = (_: object, message: string): void => void errors.push(message)
  const log = { debug() {}, info() {}, warn() {}, error }
  const server = new DhcpServer({
    settings: { listen: null, dhcp: { server: 'dnsmasq', networks: [], dns: [], lease: 60, beside, tftp: null } },
    ...{
      files,
      stateDir: folder(t),
      domain: 'x.internal',
      dns: [],
      log,
      own,
      isUp: () => false,
      wallClock: () => 0,
    },
    ...{ clock, append: async () => [] },
    engine: async () => engine,
    probe: async () => foreign.map((server) => ({ server: ip(server), interface: 'eth1' })),
  })
  return { server, did, files, engine, errors }
}

t.test('an addition is told by a signal, any other change by a new start, and no change not at all', async (t) => {
  const { server, did, files } = dhcp(t)
  await server.open(served('node 1 2:0:0:0:0:1\n'))
  t.teardown(() => server.close())
  await server.follow(served('node 1 2:0:0:0:0:1\nnode 2 2:0:0:0:0:2\n'))
  await server.follow(served('# the same\nnode 1 2:0:0:0:0:1\nnode 2 2:0:0:0:0:2\n'))
  await server.follow(served('node 1 2:0:0:0:0:1\nnode 2 2:0:0:0:0:3\n'))
  await server.follow(served('node 1 2:0:0:0:0:1\n'))
  await server.follow(served('node 1 2:0:0:0:0:1\ninterface eth2 10.9.0.1 255.255.0.0\n'))
  t.same(did, ['restart', 'hangup', 'restart', 'restart', 'restart'])
  t.equal(readFileSync(files.hosts, 'utf8'), '02:00:00:00:00:01,10.0.1.1,n1\n')
})

t.test('a dnsmasq that could not read its hosts again is started again, and that is told', async (t) => {
  const due: (() => void)[] = []
  const after = (_: number, then: () => void) => {
    due.push(then)
    return () => {}
  }
  const { server, did, engine, errors } = dhcp(t, [], false, { now: () => 0, after })
  await server.open(served('node 1 2:0:0:0:0:1\n'))
  t.teardown(() => server.close())
  engine.state = { ...engine.state, unread: 'the reload failed' }
  t.match(server.dhcp, { unfollowed: 'the reload failed' })
  t.same(did, ['restart'])
  await until(() => {
    for (const then of due.splice(0)) then()
    return did.length > 1
  })
  t.same(did.slice(0, 2), ['restart', 'restart'])
  engine.state = { ...engine.state, unread: undefined }
  t.same(errors, ['dnsmasq did not read its hosts again: it is started again'])
  t.equal(server.dhcp?.unfollowed, undefined)
})

t.test('with more MACs than dnsmasq bears it does not start, and keeps what it has', async (t) => {
  const many = Array.from(
    { length: 10_001 },
    (_, i) => `node ${i} 2:0:0:0:${(i >> 8).toString(16)}:${(i & 255).toString(16)}\n`,
  )
  const { server, did } = dhcp(t)
  t.teardown(() => server.close())
  await t.rejects(server.open(served(many.join(''))), /10001 MAC addresses.*export kea/)
  await server.follow(served(many.slice(1).join('')))
  t.same(did, ['restart'])
  await t.rejects(server.follow(served(many.join(''))), /export kea/)
  t.same(did, ['restart'])
})

t.test('who gives an address to a device of a node only does not give the node its own', async (t) => {
  const { server } = dhcp(t)
  await server.open(undefined)
  t.teardown(() => server.close())
  const device = 'interface eth2 10.1.0.1 255.255.0.0\nnodename n%N-ipmi 0.1.0.0\n'
  const others = served(`${device}node 1 n1-ipmi=2:0:0:0:0:2\nnode 2 2:0:0:0:0:3\n`)
  await server.follow(others)
  t.equal(server.dhcp?.machines, 2)
  t.same(
    [1, 2].map((number) => server.gives(number)),
    [false, true],
  )
})

t.test('another DHCP server ends the start, unless it is a master or the settings say so', async (t) => {
  const foreign = dhcp(t, ['10.0.0.66'])
  t.teardown(() => foreign.server.close())
  await t.rejects(foreign.server.open(served('')), /another DHCP server answers on eth1: 10\.0\.0\.66.*boot\.beside/)
  t.same(foreign.did, [])
  for (const { server, did } of [dhcp(t, ['10.0.0.2']), dhcp(t, ['10.0.0.1']), dhcp(t, ['10.0.0.66'], true)]) {
    t.teardown(() => server.close())
    await server.open(served(''))
    t.same(did, ['restart'])
  }
})

t.test(
  'what is told of DHCP has the machines, why a configuration is not followed, and no foreign server of before',
  async (t) => {
    const foreign = ['10.0.0.66', '10.0.0.2']
    const { clock, wake } = turned()
    const { server } = dhcp(t, foreign, true, clock)
    t.teardown(() => server.close())
    t.equal(server.dhcp, undefined)
    await server.open(undefined)
    t.match(server.dhcp, { reason: 'no configuration is known' })
    await server.follow(served('node 1 2:0:0:0:0:1\n'))
    t.match(server.dhcp, { by: 'child', pid: 1, since: 9, machines: 1, reason: undefined, unfollowed: undefined })
    const many = Array.from(
      { length: 10_001 },
      (_, i) => `node ${i} 2:0:0:0:${(i >> 8).toString(16)}:${(i & 255).toString(16)}\n`,
    )
    await t.rejects(server.follow(served(many.join(''))))
    t.match(server.dhcp, { machines: 1, unfollowed: /10001 MAC addresses/ })
    await server.follow(served('node 1 2:0:0:0:0:1\n'))
    t.equal(server.dhcp?.unfollowed, undefined)
    await wake(5000)
    await until(() => server.dhcp?.foreign.length === 1, 'the one that is no master is told of')
    t.same(server.dhcp?.foreign, [{ server: '10.0.0.66', interface: 'eth1', time: 0 }])
    foreign.length = 0
    await until(async () => {
      await wake(300_000)
      return server.dhcp?.foreign.length === 0
    }, 'it is gone')
  },
)

/** The same cluster with a count of how often its nodes are asked for. */
function counted({ cluster, plans }: ReturnType<typeof served>) {
  const count = { reads: 0 }
  const { nodes } = cluster
  const get = () => {
    count.reads++
    return nodes
  }
  return { count, now: { plans, cluster: Object.defineProperty({ ...cluster }, 'nodes', { get }) } }
}

t.test('where only stages changed no lease is made, unless the cluster of before was not followed', async (t) => {
  const { server, did, files } = dhcp(t)
  t.teardown(() => server.close())
  const first = served('node 1 c pxe+local pxe 2:0:0:0:0:1\n')
  await server.open(first)
  const second = counted(served('node 1 c pxe+local local 2:0:0:0:0:1\n'))
  await server.follow({ ...second.now, stagesOf: first.cluster })
  t.equal(second.count.reads, 0)
  const third = served('node 2 c pxe+local pxe 2:0:0:0:0:2\n')
  await server.follow({ ...served('node 2 c pxe+local local 2:0:0:0:0:2\n'), stagesOf: third.cluster })
  t.equal(readFileSync(files.hosts, 'utf8'), '02:00:00:00:00:02,10.0.1.2,n2\n')
  t.same(did, ['restart', 'restart'])
})

t.test('a look at a machine that is as it was reads no node, and one at another address follows again', async (t) => {
  const { clock, wake } = turned()
  const own = [ip('10.0.0.1')]
  const { server, did, files } = dhcp(t, [], true, clock, () => own)
  t.teardown(() => server.close())
  const { count, now } = counted(served('node 1 2:0:0:0:0:1\nmasterdelay 0\n'))
  await server.open(now)
  t.match(readFileSync(files.hosts, 'utf8'), /n1/)
  const first = count.reads
  for (let i = 0; i < 10; i++) {
    await wake(5000)
    await setImmediate()
  }
  t.ok(first > 0)
  t.equal(count.reads, first)
  own[0] = ip('10.0.0.9')
  await until(async () => {
    await wake(5000)
    return count.reads > first
  }, 'it has followed')
  await until(
    () => readFileSync(files.hosts, 'utf8') === '',
    'a machine that is no master of the node gives it nothing',
  )
  await until(() => did.length > 1, 'dnsmasq is told')
  t.same(did, ['restart', 'restart'])
})

t.test('what is not followed is told until something else is, however often this machine is looked at', async (t) => {
  const { clock, wake } = turned()
  const { server } = dhcp(t, [], true, clock)
  t.teardown(() => server.close())
  await server.open(served('node 1 2:0:0:0:0:1\n'))
  const many = Array.from(
    { length: 10_001 },
    (_, i) => `node ${i} 2:0:0:0:${(i >> 8).toString(16)}:${(i & 255).toString(16)}\n`,
  )
  await t.rejects(server.follow(served(many.join(''))))
  for (let i = 0; i < 5; i++) await wake(5000)
  t.match(server.dhcp?.unfollowed, /10001 MAC addresses/)
})
