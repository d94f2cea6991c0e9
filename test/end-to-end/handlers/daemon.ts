/** Scenarios of the daemons: in this process where that can be, in a process of their own where the whole process is meant. */

import { EventEmitter } from 'node:events'
import { type FSWatcher, readFileSync, watch, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { buildRules, masterSettings } from '../../../src/cli/daemon-settings.ts'
import { frontProgram as ownProgram } from '../../../src/cli/front/program.ts'
import { LaterSink } from '../../../src/cli/log-sink.ts'
import { createLogger } from '../../../src/cli/logger.ts'
import { resolveSettings } from '../../../src/cli/settings/given.ts'
import type { SettingName } from '../../../src/cli/settings/table.ts'
import { ListedSource } from '../../../src/daemon/accounts/listed-source.ts'
import { nameServiceProgram, ServiceChild } from '../../../src/daemon/accounts/service-child.ts'
import { ChildEngine } from '../../../src/daemon/boot/dhcp/child-engine.ts'
import { DhcpServer } from '../../../src/daemon/boot/dhcp/dhcp-server.ts'
import { LogPipe } from '../../../src/daemon/boot/dhcp/log-pipe.ts'
import { dhcpFiles } from '../../../src/daemon/boot/dhcp/written-files.ts'
import { buildOnThread, expectBuild } from '../../../src/daemon/candidate/build-thread.ts'
import type { BuildOrder } from '../../../src/daemon/candidate/candidate.ts'
import { explainOnThread } from '../../../src/daemon/explanations/explain-thread.ts'
import { NetworkDoors } from '../../../src/daemon/fronts/network-doors.ts'
import { HttpServer } from '../../../src/daemon/http/http-server.ts'
import { Pages } from '../../../src/daemon/http/pages.ts'
import { startMaster } from '../../../src/daemon/index.ts'
import { giveBackMemory } from '../../../src/daemon/memory/allocator.ts'
import { collectAtRest } from '../../../src/daemon/memory/garbage.ts'
import { LoopDelay } from '../../../src/daemon/metrics/loop-delay.ts'
import { disturb } from '../../../src/daemon/pings/neighbours.ts'
import { Pings } from '../../../src/daemon/pings/pings.ts'
import { Reloader, type ReloaderParts } from '../../../src/daemon/reload/reloader.ts'
import { InterfaceWatch } from '../../../src/daemon/sources/interface-watch.ts'
import type { Sources } from '../../../src/daemon/sources/source.ts'
import { readSource } from '../../../src/daemon/sources/source-file.ts'
import { QUIET, WatchedFile } from '../../../src/daemon/sources/watched-file.ts'
import { ServiceManager } from '../../../src/daemon/supervision/service-manager.ts'
import { Starter } from '../../../src/daemon/supervision/starter.ts'
import { Rotation } from '../../../src/daemon/trust/rotation.ts'
import { MasterPeers } from '../../../src/kickback/index.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { headerOf, privateKeyOf, signerOf, stamp } from '../../../src/resolver/index.ts'
import { QueryLog } from '../../../src/values/counts/query-log.ts'
import { type Clock, monotonic } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { Scratch } from '../../cli/scratch.ts'
import { hurried } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { freePort } from '../../free-port.ts'
import { clusterKey } from '../../keys.ts'
import { client, publicSnapshot, server } from '../../kickback/cluster.ts'
import { trustList } from '../../trust-lists.ts'
import { acceptError } from './dns.ts'
import type { Scenario, Scenarios } from './scenario.ts'

/** A logger that says nothing. */
export const silent = createLogger('plain', 'info', { write() {} })
/** An address that no machine has (RFC 5737): a socket can't be bound to it. */
const NOWHERE = '192.0.2.1'

const frontProgram = ownProgram({ logLevel: 'info', logFormat: 'plain' })

/** A master in this process, with its files in a folder of its own. */
export async function master(t: Tap, scratch: Scratch, more: Partial<Record<SettingName, readonly string[]>> = {}) {
  const files = ['config', 'passwd', 'group', 'shadow', 'networks'] as const
  const given: Partial<Record<SettingName, readonly string[]>> = {
    ...Object.fromEntries(files.map((name) => [name, [scratch.path(name)]])),
    loginDefs: [scratch.path('login.defs')],
    runDir: [scratch.path('run')],
    stateDir: [scratch.path('state')],
    listen: ['127.0.0.1:0'],
    ...more,
  }
  const rows = Object.entries(given) as [SettingName, readonly string[]][]
  const settings = masterSettings({ settings: resolveSettings([new Map(rows)]), locations: new Map() })
  const uid = process.geteuid?.() ?? 0
  const made = await startMaster({ settings, version: '0', logger: silent, pid: process.pid, uid, frontProgram })
  t.teardown(() => made.close())
  return made
}

const late = async (): Promise<void> => {}
const QUESTION = { service: 'files', kind: 'passwd-id', key: '0' } as const
const never = () => new Promise<never>(() => {})

/** A process that asks the name service. */
function child(t: Tap, program = nameServiceProgram(), clock: Clock = monotonic): ServiceChild {
  const made = new ServiceChild(program, clock)
  t.teardown(() => made.close())
  return made
}

/** What starts programs. */
function starter(t: Tap, clock: Clock = monotonic): Starter {
  const made = new Starter(clock)
  t.teardown(() => made.close())
  return made
}

/** A file under watch. */
async function watched(t: Tap, quiet = QUIET): Promise<string> {
  const path = join(folder(t), 'watched')
  writeFileSync(path, 'one\n')
  const file = new WatchedFile(await readSource(path), { changed() {}, quiet })
  t.teardown(() => file.close())
  // A watch keeps no process alive; the test has to.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  return path
}

/** Emits an error of the watch that `start` begins: no file system can be made to fail under one. */
export async function watchError(start: () => Promise<unknown>): Promise<void> {
  const probe = watch('/')
  const prototype = Object.getPrototypeOf(probe) as FSWatcher
  probe.close()
  let found: FSWatcher | undefined
  Object.defineProperty(prototype, 'on', {
    configurable: true,
    value(this: FSWatcher, ...args: Parameters<typeof probe.on>) {
      found = this
      return EventEmitter.prototype.on.apply(this, args)
    },
  })
  await start()
  Reflect.deleteProperty(prototype, 'on')
  found?.emit('error', new Error('inotify ENOSPC'))
}

async function http(t: Tap): Promise<HttpServer> {
  const answer = async (_: unknown, response: ServerResponse): Promise<void> => void response.end()
  const made = await HttpServer.start({ host: '127.0.0.1', port: 0 }, answer)
  t.teardown(() => made.close())
  return made
}

/** A thread that has nothing to explain by: it dies. */
const mute: Scenario = () => explainOnThread({ key: 'n1', snapshot: new Uint8Array(), own: [] }).catch(() => {})

/** A thread that has a configuration and nothing else to build from: it dies. */
const dying: Scenario = () => {
  const sources = { config: { bytes: new Uint8Array() } }
  return buildOnThread({ sources, rules: { logins: [] }, before: {} } as unknown as BuildOrder, 64).catch(() => {})
}

/** A sink whose first write ends in this error. */
function sinkOf(first: NodeJS.ErrnoException | null): LaterSink {
  let error = first
  const put = (bytes: Uint8Array, done: (error: Error | null, taken: number) => void): void => {
    const now = error
    error = null
    setImmediate(() => done(now, bytes.length))
  }
  return new LaterSink(put, hurried)
}

const full = Object.assign(new Error('full'), { code: 'EAGAIN' })

/** A master whose content a node has under a greater number of the same key. */
const overtaken: Scenario = async (t) => {
  const scratch = new Scratch(t)
  await master(t, scratch)
  const bytes = Uint8Array.from(readFileSync(scratch.path('run/snapshot.1')))
  const { generation, contentTime } = headerOf(bytes)
  const key = privateKeyOf(scratch.read('state/signing.key'))
  stamp(bytes, { generation: generation + 16, contentTime }, signerOf(key))
  const asker = await client(t, { path: scratch.path('run/socket') })
  await asker.ask('ALIVE', { nonce: new Uint8Array(32), held: headerOf(bytes).bytes })
}

/** A master that is to ask another one. */
const asking: Scenario = async (t) => {
  const peers = new MasterPeers({
    ...{ trust: new Trust({ key: clusterKey().key }), software: 'test', clock: monotonic, log: silent },
    random: () => 0,
    held: () => undefined,
    met: () => {},
  })
  t.teardown(() => peers.close())
  peers.follow([{ host: '127.0.0.1', port: await freePort() }])
}

/** A master that learns of a newer trust list. */
const trusting: Scenario = async () => {
  const root = clusterKey()
  const trust = new Trust({ key: root.key })
  const keys = { trust, isNextCertified: false, promote: () => false }
  new Rotation({ keys, clock: monotonic, changed: async () => {} })
  trust.take(trustList({ roots: [root] }))
}

const unused = (): never => {
  throw new Error('unused')
}

/** A service manager that nobody listens to, which fails first with this error. */
function manager(error?: Error): ServiceManager {
  let isFirst = error !== undefined
  const send = (): void => {
    if (!isFirst) return
    isFirst = false
    throw error
  }
  let beats = 0
  const clock = {
    ...hurried,
    after: (ms: number, then: () => void) => (beats++ < 9 ? hurried.after(ms, then) : () => {}),
  }
  return new ServiceManager({ send, watchdog: 1000, microseconds: () => 0n, clock, log: silent })
}

/** A reloader that serves nothing yet. */
const reloaderParts: ReloaderParts = {
  rules: buildRules({ settings: resolveSettings([]), locations: new Map() }),
  current: () => ({ public: undefined, shadow: undefined }),
  build: unused,
  stamp: unused,
  publish: unused,
  judged: unused,
  logger: silent,
  wallClock: () => 0,
}

/** The scenarios in this process. */
/** The DHCP of a master, whose dnsmasq does nothing. */
async function dhcpServer(t: Tap): Promise<void> {
  const [runDir, stateDir] = [folder(t), folder(t)]
  const engine = {
    state: { by: 'child' as const, pid: 1, since: 0, restarts: 0, reason: undefined, ended: undefined },
    restart: late,
    hangup: late,
    look: late,
    close: late,
  }
  const dhcp = { server: 'dnsmasq', networks: [], dns: [], lease: 3600, tftp: null, beside: false } as const
  const settings = { dhcp, listen: null }
  const places = { files: dhcpFiles(runDir), stateDir, dns: [], domain: 'cluster.internal' }
  const clocks = { clock: hurried, wallClock: () => 0, log: silent }
  const server = new DhcpServer({
    ...places,
    ...clocks,
    settings,
    own: () => [],
    isUp: () => false,
    append: async () => [],
    engine: async () => engine,
  })
  t.teardown(() => server.close())
  await server.open(undefined)
}

export const DAEMON: Scenarios = {
  'queries left out': async () => {
    const queries = new QueryLog({ log: silent, clock: hurried })
    for (let i = 0; i < 1000; i++) queries.tell(() => ({}))
  },
  'event loop sample': async () => void new LoopDelay({ lasts: 0, clock: hurried }).scraped(),
  'garbage collected': async (t) => t.teardown(collectAtRest(hurried)),
  'memory given back': async (t) => t.teardown(giveBackMemory(silent, hurried)),
  'met another generation': overtaken,
  'masters asked': asking,
  'trust changed': trusting,
  'reload by signal': async (t) => (await master(t, new Scratch(t))).hangup(),
  'reload retry': async (t) => {
    const starved = async (): Promise<Sources> => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' })
    }
    const made = new Reloader({ ...reloaderParts, clock: hurried })
    t.teardown(() => made.close())
    await made.reload('request', starved, { dryRun: false, force: false })
  },
  'reload by watch': async (t) => {
    const scratch = new Scratch(t)
    await master(t, scratch)
    scratch.append('passwd', 'late:x:4321:4321::/home/late:/bin/sh\n')
  },
  'doors of a reload': async (t) => {
    const scratch = new Scratch(t)
    scratch.append('config', `server beonss ${await freePort()}\n`)
    const made = await master(t, scratch, { listen: [] })
    made.hangup()
  },
  'DHCP server': async (t) => {
    const dir = folder(t)
    const parts = { main: join(dir, 'conf'), pid: join(dir, 'pid'), log: silent, clock: hurried, program: '/bin/true' }
    const engine = new ChildEngine({ ...parts, wallClock: () => 0 })
    t.teardown(() => engine.close())
    await engine.restart()
  },
  'DHCP log': (t) => {
    const pipe = new LogPipe(join(folder(t), 'log'), () => {})
    t.teardown(() => pipe.close())
    pipe.open()
  },
  'DHCP look': dhcpServer,
  'DHCP of other masters': dhcpServer,
  'ping sent': () => disturb([ip('127.0.0.1')]).catch(() => {}),
  pings: async (t) => {
    const nobody = {
      networks: () => [],
      own: () => [],
      isUp: () => true,
      send: async () => {},
      answered: () => new Map(),
    }
    const made = new Pings({ ...nobody, clock: hurried, wallClock: () => 0, random: () => 0.5, log: silent })
    t.teardown(() => made.close())
    await made.open({ public: undefined, shadow: undefined })
  },
  'host keys counted': (t) => master(t, new Scratch(t)),
  'caches flushed': (t) => master(t, new Scratch(t)),
  'starter output': (t) => starter(t).run(['true'], 10_000),
  'starter end': (t) => {
    const one = starter(t)
    one.begin()
    one.close()
  },
  'starter deadline': (t) => starter(t, hurried).run(['sleep', '1'], 1000),
  'service manager beat': () => manager().ready(() => 'serves'),
  'service manager retry': () => manager(full).ready(() => 'serves'),
  'interface look': (t) => {
    const watch = new InterfaceWatch({ addressesOf: () => [], changed() {}, clock: hurried })
    t.teardown(() => watch.close())
    watch.follow('eth0', [])
  },
  'name service reply': async (t) => void (await child(t).ask(QUESTION, 10_000)),
  'name service end': async (t) => void (await child(t, '/bin/true').ask(QUESTION, 100)),
  // What it says is the question, and no answer.
  'name service deadline': async (t) => void (await child(t, '/bin/cat', hurried).ask(QUESTION, 10)),
  'accounts look': (t) => {
    const file = { origin: '', believed: undefined, glance: never, read: never, follow() {}, close() {} }
    const list = async () => ''
    const services = { read: never, follow() {}, close() {} }
    const more = { clock: hurried, wallClock: () => 0, log: silent }
    const source = new ListedSource({ database: 'passwd', list, file, services, every: 10, ...more })
    t.teardown(() => source.close())
    source.follow({ changed() {}, restless() {} })
  },
  'watch poll': (t) => watched(t, { ...QUIET, poll: 5 }),
  'watch event': async (t) => writeFileSync(await watched(t), 'two\n'),
  'watch error': (t) => watchError(() => watched(t)),
  'watch settle': (t) => watched(t),
  'log written': () => sinkOf(null).write('line\n'),
  'log retry': () => sinkOf(full).write('line\n'),
  'log deadline': async () => {
    const sink = new LaterSink(() => {}, hurried)
    sink.write('line\n')
    await sink.flush(1000)
  },
  'build message': async (t) => (await master(t, new Scratch(t))).hangup(),
  'explain message': () => explainOnThread({ key: 'n1', snapshot: publicSnapshot(1).bytes, own: [] }).catch(() => {}),
  'explain error': mute,
  'explain end': mute,
  'page sample': async (t) => {
    const ask = async () => ({ counts: {}, totals: {}, names: [] })
    const made = new Pages({ ask, assets: new Map(), clock: hurried })
    t.teardown(() => made.close())
  },
  'build error': dying,
  'build end': dying,
  'build thread unused': async () => expectBuild(hurried),
  'address retry': async (t) => {
    const usual = {
      port: await freePort(),
      addresses: { interfaceAddresses: [ip(NOWHERE)], masters: [] },
    }
    const doors = new NetworkDoors({ server: server(t), named: [], usual: () => usual, logger: silent, clock: hurried })
    t.teardown(() => doors.close())
    await doors.open()
  },
  'HTTP connection': async (t) => {
    const socket = connect({ host: '127.0.0.1', port: (await http(t)).port })
    t.teardown(() => socket.destroy())
  },
  'HTTP connection close': async (t) => {
    connect({ host: '127.0.0.1', port: (await http(t)).port }).end()
  },
  'HTTP response end': async (t) => {
    await fetch(`http://127.0.0.1:${(await http(t)).port}/`)
  },
  'HTTP request': async (t) => {
    const socket = connect({ host: '127.0.0.1', port: (await http(t)).port })
    socket.on('error', () => {})
    socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n')
    await new Promise((resolve) => socket.on('close', resolve))
  },
  'HTTP listener error': (t) => acceptError(() => http(t)),
}
