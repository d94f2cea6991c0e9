import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { KickbackProxy, ProxyOptions } from '../../src/daemon/proxy.ts'
import { filesIn, readSnapshot } from '../../src/kickback/files/folders.ts'
import { replaceFile } from '../../src/kickback/files/replacement.ts'
import { Trust } from '../../src/kickback/node/trust.ts'
import type { KickbackServer } from '../../src/kickback/service/server.ts'
import type { Place } from '../../src/kickback/transport/link.ts'
import type { PublicContents } from '../../src/resolver/databases/contents.ts'
import { buildPublic, DATABASES, headerOf, type IdRule, layout, Snapshot, stamp } from '../../src/resolver/index.ts'
import { monotonic } from '../../src/values/index.ts'
import { ip } from '../addresses.ts'
import { folder, type Tap } from '../folder.ts'
import { clusterKey } from '../keys.ts'
import { client, contents, logOf, publicSnapshot, server, user } from '../kickback/cluster.ts'
import { until } from '../patience.ts'
import { pattern } from '../resolver/pattern.ts'
import { heard } from './fronts/heard.ts'
import { node } from './nodes/node.ts'

const { pem, sign, key } = clusterKey()
const signed = (generation: number, users = 5): Snapshot => publicSnapshot(generation, users, sign)

/** A master in this process, and where it is. */
async function master(t: Tap, first = signed(1)): Promise<{ server: KickbackServer; place: Place }> {
  const one = server(t, { sign }, first)
  return { server: one, place: await one.listen('network', { host: '127.0.0.1', port: 0 }) }
}

/** A proxy with what it took and told, in folders of its own. */
async function proxy(t: Tap, masters: readonly Place[], options: Partial<ProxyOptions> = {}) {
  const taken: number[] = []
  const lines: string[] = []
  const made = await node(t, masters, {
    trust: new Trust({ key }),
    log: logOf(lines),
    ...options,
    fronts: [heard(({ generation }) => void taken.push(generation))],
  })
  /** Waits until the proxy answers from this generation. */
  const took = (generation: number): Promise<void> =>
    until(() => taken.includes(generation), `generation ${generation}`)
  return { ...made, taken, lines, took }
}

/** A master in a process of its own. */
async function distantMaster(
  t: Tap,
  port = 0,
): Promise<{ child: ChildProcess; place: Place; publish: (generation: number) => Promise<void> }> {
  const child = fork(join(import.meta.dirname, '../kickback/master.ts'), [pem.privateKey, String(port)])
  t.teardown(() => child.kill('SIGKILL'))
  const [{ place }] = (await once(child, 'message')) as [{ place: Place }]
  const publish = async (generation: number): Promise<void> => {
    child.send({ generation, users: 5 })
    await once(child, 'message')
  }
  return { child, place, publish }
}

t.test('a proxy takes the signed snapshot, publishes it byte for byte in both folders, and answers', async (t) => {
  const { server, place } = await master(t, signed(1, 3000))
  const { took, runDir, stateDir } = await proxy(t, [place])
  await took(1)
  const bytes = Buffer.from(server.current?.bytes ?? [])
  for (const dir of [runDir, stateDir]) {
    const path = filesIn(dir).snapshot
    await until(async () => (await readSnapshot(path)).snapshot !== undefined)
    const { snapshot } = await readSnapshot(path)
    t.ok(snapshot && bytes.equals(snapshot.bytes))
    const file = readFileSync(path)
    t.ok(file.subarray(0, layout.OWN_START).equals(bytes.subarray(0, layout.OWN_START)))
    t.equal(file.readUInt32LE(layout.HEADER.at.uid_floor), 100, 'the floor of this node, for the module')
  }
  const asker = await client(t, { path: filesIn(runDir).socket })
  t.ok(await asker.lookup('passwd', 'user3000'))
})

/** The generations in the files of a run dir and a state dir, as a program reads them that starts now. */
const inFiles = ({ runDir, stateDir }: { readonly runDir: string; readonly stateDir: string }): readonly number[] =>
  [runDir, stateDir].map(
    (dir) => headerOf(readFileSync(filesIn(dir).snapshot).subarray(0, layout.HEADER.size)).generation,
  )

t.test('a master hears that a node has a generation when it is in the files that programs read', async (t) => {
  const { server, place } = await master(t)
  const node = await proxy(t, [place], { clock: monotonic })
  const isInStep = (): boolean => server.report().reported === 1 && server.report().behind === 0
  // Generations that come at once are written with a pause between them.
  for (const generation of [1, 2, 3]) {
    if (generation > 1) server.serve(signed(generation, generation))
    await until(isInStep, `generation ${generation} is told`)
    t.same(inFiles(node), [generation, generation])
  }
})

t.test('what a node is told to take by force is in the files that programs read when that is answered', async (t) => {
  const { server, place } = await master(t, signed(1, 100))
  const node = await proxy(t, [place], { clock: monotonic })
  await until(() => server.report().behind === 0 && server.report().reported === 1)
  server.serve(signed(2, 10))
  await until(() => (node.proxy.report().following?.refusals?.length ?? 0) > 0, 'the loss is refused')
  t.same(inFiles(node), [1, 1])
  const admin = await client(t, { path: filesIn(node.runDir).adminSocket })
  t.match(await admin.reload({ force: true }, 30_000), { outcome: 'published', generation: 2 })
  t.same(inFiles(node), [2, 2])
})

t.test('a proxy follows each new generation, and the master knows who is in step', async (t) => {
  const { server, place } = await master(t)
  const { took, taken, proxy: node } = await proxy(t, [place])
  await took(1)
  for (const generation of [2, 3]) {
    server.serve(signed(generation))
    await took(generation)
  }
  t.same(taken, [1, 2, 3])
  await until(() => server.report().reported === 1 && server.report().behind === 0)
  await until(() => node.report().following?.state === 'following')
  t.match(node.report(), { role: 'proxy', generation: 3 })
})

t.test(
  'a master that is killed with -9 costs no answer; when it is back, with a later generation, that is taken',
  async (t) => {
    const first = await distantMaster(t)
    await first.publish(1)
    const { took, runDir, proxy: node } = await proxy(t, [first.place])
    await took(1)
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const asker = await client(t, { path: filesIn(runDir).socket })
    await until(() => node.report().following?.state === 'searching')
    t.ok(await asker.lookup('passwd', 'user1'))
    const again = await distantMaster(t, 'port' in first.place ? first.place.port : 0)
    await again.publish(7)
    await took(7)
    t.pass('it follows again')
  },
)

t.test('a master that is stopped (SIGSTOP) is given up, and the next one followed', async (t) => {
  const stopped = await distantMaster(t)
  await stopped.publish(1)
  const { server: other, place } = await master(t, signed(1))
  const { took, proxy: node } = await proxy(t, [stopped.place, place])
  await took(1)
  await until(() => node.report().following?.state === 'following')
  stopped.child.kill('SIGSTOP')
  other.serve(signed(2))
  await took(2)
  t.match(node.report().following, { master: `127.0.0.1:${'port' in place && place.port}` })
})

t.test('with its first master dead a proxy goes to the next', async (t) => {
  const { place } = await master(t)
  const { took } = await proxy(t, [{ host: '127.0.0.1', port: 1 }, place])
  await took(1)
  t.pass('it took the generation of the second')
})

t.test('a generation that the key does not prove is not taken; the one that is held stays', async (t) => {
  const { server, place } = await master(t)
  const { took, taken, lines, runDir, proxy: node } = await proxy(t, [place])
  await took(1)
  server.serve(publicSnapshot(2))
  await until(() => node.report().following?.reason?.includes('not signed') === true)
  server.serve(publicSnapshot(3, 5, clusterKey().sign))
  const asker = await client(t, { path: filesIn(runDir).socket })
  t.equal((await asker.hello()).generation, 1)
  server.serve(signed(4))
  await took(4)
  t.same(taken, [1, 4])
  t.ok(lines.includes('master is lost'))
})

t.test('without a key only --insecure takes what is not signed, and then it must be whole', async (t) => {
  const { place } = await master(t, publicSnapshot(5))
  const { took } = await proxy(t, [place], { trust: new Trust({ key: undefined }) })
  await took(5)
  t.pass('taken')
})

/** Waits until a proxy tells such a reason. */
const tells = (node: KickbackProxy, reason: RegExp): Promise<void> =>
  until(() => reason.test(node.report().following?.reason ?? ''))

t.test(
  'equal content is in step whatever its number, and a greater number of it is taken without its bytes',
  async (t) => {
    const { place } = await master(t, signed(9))
    const { took, runDir, stateDir, proxy: node } = await proxy(t, [place])
    await took(9)
    await node.close()
    const { server: old, place: behind } = await master(t, signed(3))
    const { taken, took: tookAgain, proxy: later } = await proxy(t, [behind], { runDir, stateDir })
    await until(() => later.report().following?.state === 'following')
    t.same(taken, [9], 'the last good one alone')
    const before = old.report().operations.SNAPSHOT
    old.serve(signed(12))
    await tookAgain(12)
    t.equal(later.current?.generation, 12)
    t.equal(old.report().operations.SNAPSHOT, before, 'no byte of the body was asked for')
    const found = await readSnapshot(filesIn(runDir).snapshot)
    t.ok(found.snapshot?.verifyDigest())
  },
)

t.test('other content is not taken under a lower number or under the same one, and the node says so', async (t) => {
  const { place } = await master(t, signed(9))
  const { took, runDir, stateDir, proxy: node } = await proxy(t, [place])
  await took(9)
  await node.close()
  for (const [generation, reason] of [
    [3, /it has generation 3, this node has 9/],
    [9, /other content than this node under the same number, 9/],
  ] as const) {
    const { place: other } = await master(t, signed(generation, 6))
    const { taken, proxy: later, lines } = await proxy(t, [other], { runDir, stateDir })
    await tells(later, reason)
    t.equal(later.report().following?.state, 'searching', 'a node that is not in step follows nobody')
    t.same(taken, [9])
    t.ok(lines.includes('master is lost'))
    await later.close()
  }
})

t.test('of two masters the one that is behind is left for the other', async (t) => {
  const { place: behind } = await master(t, signed(3, 6))
  const { server: ahead, place } = await master(t, signed(9))
  const { took, proxy: node } = await proxy(t, [place, behind])
  await took(9)
  await ahead.close()
  await tells(node, /generation 3/)
  t.equal(node.current?.generation, 9)
})

/** A signed snapshot of these contents. */
function signedOf(contents: PublicContents, generation = 2): Snapshot {
  const bytes = buildPublic(contents)
  stamp(bytes, { generation, contentTime: generation }, sign)
  return Snapshot.open(bytes)
}

t.test('a generation with an id that no master may give is refused: root as user, group or membership', async (t) => {
  const group = { passwd: '*', members: ['user1'] }
  const cases = [
    { passwd: [{ ...user(1), uid: 0 }] },
    { passwd: [{ ...user(1), gid: 0 }] },
    { passwd: [{ ...user(1), uid: 0xffffffff }] },
    { group: [{ ...group, name: 'root', gid: 0 }] },
    { group: [{ ...group, name: 'none', gid: 0xffffffff }] },
    { initgroups: [{ name: 'user1', gids: [1000, 0] }] },
  ]
  for (const changed of cases) {
    const { place } = await master(t, signedOf({ ...contents(2), ...changed }))
    const { proxy: node, taken } = await proxy(t, [place])
    await until(() => /a master must not (give|do)/.test(node.report().following?.reason ?? ''))
    t.same(taken, [], JSON.stringify(changed))
  }
})

/** A cluster with system ids wherever an id can stand. */
const LOW: PublicContents = {
  ...contents(3),
  passwd: [
    { ...user(1), gid: 1000 },
    { ...user(2), uid: 33, gid: 1000 },
    { ...user(3), gid: 6 },
    { ...user(4), name: 'munge', uid: 64, gid: 64 },
  ],
  group: [
    { name: 'people', passwd: '*', gid: 1000, members: ['user1'] },
    { name: 'disk', passwd: '*', gid: 6, members: ['user1'] },
    { name: 'shadow', passwd: '*', gid: 42, members: ['user1'] },
    { name: 'munge', passwd: '*', gid: 64, members: ['user1'] },
  ],
  initgroups: [{ name: 'user1', gids: [1000, 6, 42, 64] }],
}

/** What a node gives of that by each way of asking. */
async function idsOf(t: Tap, ids: IdRule) {
  const { place } = await master(t, signedOf(LOW))
  const { took, runDir, lines } = await proxy(t, [place], { ids })
  await took(2)
  const asker = await client(t, { path: filesIn(runDir).socket })
  const byId = async (db: 'passwd' | 'group', all: readonly number[]): Promise<number[]> => {
    const found = await Promise.all(all.map(async (id) => ((await asker.lookup(db, id)) ? [id] : [])))
    return found.flat()
  }
  const record = await asker.lookup('initgroups', 'user1')
  const dropped = await asker.lookup('initgroups', 'user3')
  return {
    lines,
    users: (await asker.list('passwd')).map((one) => DATABASES.passwd.decode(one).name),
    uids: await byId('passwd', [1001, 33, 1003, 64]),
    groups: (await asker.list('group')).map((one) => DATABASES.group.decode(one).name),
    gids: await byId('group', [1000, 6, 42, 64]),
    record: record && DATABASES.initgroups.decode(record).gids,
    ofDropped: dropped && DATABASES.initgroups.decode(dropped).gids,
  }
}

t.test('a node drops every id below its own floor: users, primary groups, groups and memberships', async (t) => {
  const found = await idsOf(t, { uidMin: 1000, gidMin: 1000, users: [], groups: [] })
  t.match(found, { users: ['user1'], uids: [1001], groups: ['people'], gids: [1000] })
  t.same(found.record, [1000])
  t.equal(found.ofDropped, undefined, 'a user who is dropped has no groups either')
  t.ok(found.lines.some((line) => line.includes('below the floor of this node are left out')))
})

t.test('a node takes the accounts below its floor that its own settings name, and those alone', async (t) => {
  const named = await idsOf(t, { uidMin: 1000, gidMin: 1000, users: ['munge'], groups: ['munge'] })
  t.match(named, { users: ['user1', 'munge'], uids: [1001, 64], groups: ['people', 'munge'], gids: [1000, 64] })
  t.same(named.record, [1000, 64])
  const userAlone = await idsOf(t, { uidMin: 1000, gidMin: 1000, users: ['munge'], groups: [] })
  t.same(userAlone.users, ['user1'], 'a user whose group is dropped is dropped')
  t.same(userAlone.record, [1000])
})

t.test('control: with the least floor there is, the ids that lie above it pass; no floor is lower', async (t) => {
  const low = await idsOf(t, { uidMin: 1, gidMin: 1, users: [], groups: [] })
  t.same(low.users, ['user1'], '33, 6 and 64 are below 100')
  const named = await idsOf(t, { uidMin: 1, gidMin: 1, users: ['user2', 'munge'], groups: ['disk', 'shadow', 'munge'] })
  t.same(named.users, ['user1', 'user2', 'user3', 'munge'])
  t.same(named.record, [1000, 6, 42, 64])
})

t.test(
  'a proxy that starts with no master answers from the last good file, and warns if another key signed it; of a damaged one it takes nothing',
  async (t) => {
    const { place, server: gone } = await master(t, signed(6))
    const { took, runDir, stateDir, proxy: node } = await proxy(t, [place])
    await took(6)
    await node.close()
    await gone.close()
    const { proxy: second, taken } = await proxy(t, [place], { runDir: folder(t), stateDir })
    t.same(taken, [6], 'from the state dir alone')
    await second.close()
    const { key: other } = clusterKey()
    const { proxy: third, lines } = await proxy(t, [place], { runDir, stateDir, trust: new Trust({ key: other }) })
    t.equal(third.current?.generation, 6, 'a change of keys loses no data')
    t.ok(lines.includes('the copy is signed by another key: it is served until a master gives one of this key'))
    await third.close()
    for (const dir of [runDir, stateDir]) {
      const bytes = readFileSync(filesIn(dir).snapshot)
      writeFileSync(filesIn(dir).snapshot, bytes.fill(0xff, bytes.length - 8))
    }
    const { proxy: fourth, lines: said } = await proxy(t, [place], {
      runDir,
      stateDir,
      trust: new Trust({ key: other }),
    })
    t.equal(fourth.current, undefined)
    t.ok(said.includes('cannot use a kept snapshot'))
  },
)

t.test('of the files in run dir and state dir the newest is taken at a start, in whichever it is', async (t) => {
  for (const [inRun, inState] of [
    [7, 8],
    [8, 7],
  ] as const) {
    const runDir = folder(t)
    const stateDir = folder(t)
    const once = { mode: 0o644, group: undefined, stateFlags: 0, pid: process.pid }
    await replaceFile(filesIn(runDir).snapshot, signed(inRun, inRun).bytes, once)
    await replaceFile(filesIn(stateDir).snapshot, signed(inState, inState).bytes, once)
    const { proxy: node, taken } = await proxy(t, [{ host: '127.0.0.1', port: 1 }], { runDir, stateDir })
    t.same(taken, [8])
    t.equal(node.current?.count('passwd'), 8)
  }
})

t.test('self is the node whose address the proxy has towards its master; unknown before it met one', async (t) => {
  const bytes = buildPublic({
    ...contents(1),
    hosts: [{ kind: 3, number: 4, names: ['n4'], addresses: [ip('127.0.0.1')] }],
    masterorder: [{ ranges: [{ first: 0, last: 9 }], addresses: [ip('127.9.9.9'), ip('127.0.0.1')] }],
  })
  stamp(bytes, { generation: 1 }, sign)
  const { place } = await master(t, Snapshot.open(bytes))
  const { took, runDir, stateDir, proxy: node } = await proxy(t, [place])
  await took(1)
  await until(() => node.report().following?.state === 'following')
  const asker = await client(t, { path: filesIn(runDir).socket })
  const own = await asker.lookup('hosts', 'self')
  t.equal(own && DATABASES.hosts.decode(own).names[0], 'n4')
  const living = await asker.lookup('hosts', 'master')
  t.same(
    living && DATABASES.hosts.decode(living).addresses[0]?.bytes,
    Uint8Array.of(127, 0, 0, 1),
    'the master that lives',
  )
  await node.close()
  await proxy(t, [{ host: '127.0.0.1', port: 1 }], { runDir, stateDir })
  await t.rejects((await client(t, { path: filesIn(runDir).socket })).lookup('hosts', 'self'), { code: 'starting' })
})

t.test('self and master are told by all addresses of a node, its companions too, before it met a master', async (t) => {
  const hosts = [
    { kind: 3, number: 4, names: ['n4'], addresses: [ip('10.0.0.4'), ip('fd00::4')] },
    { kind: 4, number: 4, names: ['n4-ib'], addresses: [ip('10.1.0.4'), ip('fd00::1:4')] },
    { kind: 3, number: 7, names: ['n7'], addresses: [ip('10.0.0.7')] },
    { kind: 1, number: -1, names: ['master0'], addresses: [ip('127.0.9.1')] },
    { kind: 1, number: -1, names: ['master1'], addresses: [ip('127.0.9.2')] },
  ] as const
  const masterorder = [
    { ranges: [{ first: 0, last: 9 }], addresses: [ip('127.0.9.1'), ip('127.0.9.2')] },
    { ranges: [{ first: 4, last: 4 }], addresses: [ip('127.0.9.2'), ip('127.0.9.1')] },
  ]
  const bytes = buildPublic({ ...contents(1), hosts, masterorder, patterns: [pattern('.')] })
  stamp(bytes, { generation: 1 }, sign)
  for (const [addresses, self, first] of [
    [['127.0.0.1', '10.1.0.4'], 'n4', 'master1'],
    [['::1', 'fd00::1:4'], 'n4', 'master1'],
    [['fd00::4'], 'n4', 'master1'],
    [['10.1.0.4', '10.0.0.7'], 'n7', 'master0'],
    [['127.0.9.2'], 'master1', 'master0'],
  ] as const) {
    const [runDir, stateDir] = [folder(t), folder(t)]
    await replaceFile(filesIn(stateDir).snapshot, bytes, { mode: 0o644, group: undefined, stateFlags: 0, pid: 1 })
    await proxy(t, [{ host: '127.0.0.1', port: 1 }], { runDir, stateDir, addresses: () => addresses.map(ip) })
    const asker = await client(t, { path: filesIn(runDir).socket })
    for (const [name, wanted] of [
      ['self', self],
      ['.-2', self],
      ['master', first],
      ['.-1', first],
    ] as const) {
      const record = await asker.lookup('hosts', name)
      t.equal(record && DATABASES.hosts.decode(record).names[0], wanted, `${addresses}: ${name}`)
    }
  }
})

t.test('the masters that what is held names for this node are followed too, with a key alone', async (t) => {
  const { server, place } = await master(t, signed(1))
  if ('path' in place) throw new Error('no port')
  const zones = { ttl: 30, negativeTtl: 5, ns: [], own: [], rname: '', port: place.port, cuts: [] }
  const bytes = buildPublic({
    ...contents(1),
    zones,
    hosts: [{ kind: 3, number: 4, names: ['n4'], addresses: [ip('10.0.0.4')] }],
    masterorder: [{ ranges: [{ first: 0, last: 9 }], addresses: [ip('127.0.0.1')] }],
  })
  stamp(bytes, { generation: 1 }, sign)
  for (const trust of [new Trust({ key }), new Trust({ key: undefined })]) {
    const [runDir, stateDir] = [folder(t), folder(t)]
    await replaceFile(filesIn(stateDir).snapshot, bytes, { mode: 0o644, group: undefined, stateFlags: 0, pid: 1 })
    const dead = { host: '127.0.0.1', port: 1 }
    server.serve(Snapshot.open(bytes))
    const { proxy: node } = await proxy(t, [dead], { runDir, stateDir, trust, addresses: () => [ip('10.0.0.4')] })
    await until(() => /refused/.test(node.report().following?.masters[0]?.reason ?? ''))
    if (trust.key !== undefined) await until(() => node.report().following?.state === 'following')
    t.same(
      node.report().following?.masters.map((one) => one.master),
      trust.key === undefined ? ['127.0.0.1:1'] : ['127.0.0.1:1', `127.0.0.1:${place.port}`],
    )
  }
})

t.test('a second proxy on the same run dir is refused, and names the first', async (t) => {
  const { place } = await master(t)
  const { runDir } = await proxy(t, [place])
  await t.rejects(proxy(t, [place], { runDir }), { name: 'OwnedError', pid: process.pid })
})

t.test('however many processes ask on the node, the master hears nothing of it', async (t) => {
  const { server, place } = await master(t)
  const { took, runDir, proxy: node } = await proxy(t, [place])
  await took(1)
  await until(() => node.report().following?.state === 'following')
  const before = server.report().operations
  for (let i = 0; i < 50; i++) {
    const process = await client(t, { path: filesIn(runDir).socket })
    for (const name of ['user1', 'ghost']) await process.lookup('passwd', name)
    await process.list('group')
    process.close()
  }
  const after = server.report().operations
  t.equal(after.LOOKUP, undefined)
  t.equal(after.ENUMERATE, undefined)
  t.equal(after.SNAPSHOT, before.SNAPSHOT)
})
