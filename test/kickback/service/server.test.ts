import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { KickbackClient } from '../../../src/kickback/node/client.ts'
import type { ReloadOptions } from '../../../src/kickback/service/question.ts'
import { KickbackServer } from '../../../src/kickback/service/server.ts'
import { CHUNK_MAX } from '../../../src/kickback/wire/protocol.ts'
import type { NodeReport } from '../../../src/kickback/wire/report.ts'
import {
  buildPublic,
  DATABASES,
  type DatabaseName,
  headerOf,
  layout,
  Snapshot,
  stamp,
} from '../../../src/resolver/index.ts'
import { ip } from '../../addresses.ts'
import { folder, type Tap } from '../../folder.ts'
import { until } from '../../patience.ts'
import { bare, client, contents, logOf, publicSnapshot, served, server, shadowSnapshot, user } from '../cluster.ts'
import { fetchSnapshot } from '../fetch.ts'

t.test('a look-up by name, id, address and MAC gives the record that the snapshot holds', async (t) => {
  const { client } = await served(t)
  const snapshot = publicSnapshot(1)
  t.same(await client.lookup('passwd', 'user2'), snapshot.lookup('passwd', { name: 'user2' }))
  t.same(await client.lookup('passwd', 1002), snapshot.lookup('passwd', { id: 1002 }))
  t.same(await client.lookup('hosts', Uint8Array.of(10, 0, 0, 12)), snapshot.lookup('hosts', { name: 'n2' }))
  const mac = Uint8Array.of(0, 0xa0, 0xd1, 0xe9, 0x87, 0xca)
  t.same(await client.lookup('ethers', mac), snapshot.lookup('ethers', { mac }))
})

t.test('a name in any spelling finds its host', async (t) => {
  const { client } = await served(t)
  const record = publicSnapshot(1).lookup('hosts', { name: 'n3' })
  for (const name of ['n3', 'N3', '.3', 'n3.', 'n3.cluster.internal', 'n3.cluster.internal.']) {
    t.same(await client.lookup('hosts', name), record, name)
  }
})

t.test('a miss is not found, not an error', async (t) => {
  const { client } = await served(t)
  t.equal(await client.lookup('passwd', 'nobody'), undefined)
  t.equal(await client.lookup('group', 4242), undefined)
  t.equal(await client.lookup('hosts', Uint8Array.of(192, 0, 2, 1)), undefined)
  t.equal(await client.lookup('ethers', 'n4'), undefined)
})

t.test('a miss in a database that is not complete is no fact', async (t) => {
  const snapshot = publicSnapshot(1)
  t.ok(snapshot.isComplete('passwd'))
  const { client } = await served(t, {}, incomplete())
  t.ok(await client.lookup('passwd', 'user1'))
  await t.rejects(client.lookup('passwd', 'nobody'), { code: 'incomplete' })
})

function incomplete(): ReturnType<typeof publicSnapshot> {
  const bytes = buildPublic({ ...contents(5), complete: new Set() })
  stamp(bytes, { generation: 1 })
  return Snapshot.open(bytes)
}

t.test('names that are no UTF-8 are asked as bytes', async (t) => {
  const name = Buffer.from([0x6d, 0xfc, 0x6c]).toString('latin1')
  const bytes = buildPublic({ ...contents(1), passwd: [{ ...user(1), name }] })
  stamp(bytes, { generation: 1 })
  const { client } = await served(t, {}, Snapshot.open(bytes))
  const record = await client.lookup('passwd', Buffer.from(name, 'latin1'))
  t.equal(record && DATABASES.passwd.decode(record).name, name)
})

t.test('enumeration gives every record once and in order, however small the batches are', async (t) => {
  const { client, server } = await served(t, {}, publicSnapshot(1, 700))
  const expected = [...(server.current?.entries('passwd') ?? [])].map((entry) => entry.name)
  t.equal(expected.length, 700)
  for (const limit of [undefined, 1, 7, 256, 100_000]) {
    const names: string[] = []
    for await (const { records, isRestarted } of client.enumerate('passwd', limit)) {
      t.notOk(isRestarted)
      for (const record of records) names.push(DATABASES.passwd.decode(record).name)
    }
    t.same(names, expected)
  }
  t.same(await client.list('shadow').catch((error) => error.code), 'denied')
})

t.test('an enumeration that was begun goes on in its own generation while that is kept', async (t) => {
  const { client, server } = await served(t, {}, publicSnapshot(1, 10))
  const all: string[] = []
  for await (const { records, isRestarted } of client.enumerate('passwd', 4)) {
    t.notOk(isRestarted)
    all.push(...records.map((record) => DATABASES.passwd.decode(record).name))
    if (all.length === 4) server.serve(publicSnapshot(2, 3))
  }
  t.equal(all.length, 10)
})

t.test('an enumeration goes on in its generation, whatever comes meanwhile', async (t) => {
  const { client, server } = await served(t, {}, publicSnapshot(1, 10))
  let names = 0
  let newest = 1
  for await (const { isRestarted, records } of client.enumerate('passwd', 4)) {
    t.notOk(isRestarted)
    names += records.length
    for (let i = 0; i < 3; i++) server.serve(publicSnapshot(++newest, 3))
  }
  t.equal(names, 10)
  t.equal((await client.list('passwd')).length, 3)
})

t.test('an enumeration whose generation is gone starts again, and says so', async (t) => {
  const { client: other, server, place } = await served(t, {}, publicSnapshot(1, 10))
  // All who come by one socket are one client, for whom one old generation is kept: the one that was begun with first.
  await other.ask('ENUMERATE', { db: 'passwd', limit: 4 })
  server.serve(publicSnapshot(2, 10))
  const one = await client(t, place)
  let restarts = 0
  let batches = 0
  for await (const { isRestarted } of one.enumerate('passwd', 4)) {
    if (isRestarted) restarts++
    if (batches++ === 0) for (const generation of [3, 4]) server.serve(publicSnapshot(generation, 3))
  }
  t.equal(restarts, 1)
  t.equal((await one.list('passwd')).length, 3)
})

t.test(
  'a snapshot that is asked for by its number is that one, or it is gone: no other is sent in its place',
  async (t) => {
    const { client, server } = await served(t, {}, publicSnapshot(1, 10))
    const numbered = (generation: number) =>
      client.ask('SNAPSHOT', { kind: layout.KINDS.PUBLIC, generation, offset: 0, length: layout.HEADER.size })
    server.serve(publicSnapshot(2, 3))
    for (const generation of [1, 2]) {
      const { data = Buffer.alloc(0) } = await numbered(generation)
      t.equal(headerOf(Buffer.from(data)).generation, generation)
    }
    server.serve(publicSnapshot(3, 3))
    for (const generation of [0, 1, 4]) await t.rejects(numbered(generation), { code: 'generation' })
  },
)

t.test('initgroups gives the groups of a member, and no record for other users, known or not', async (t) => {
  const { client } = await served(t)
  const record = await client.lookup('initgroups', 'user1')
  t.same(record && DATABASES.initgroups.decode(record).gids, [101])
  t.equal(await client.lookup('initgroups', 'user5'), undefined)
  t.equal(await client.lookup('initgroups', 'nobody'), undefined)
})

t.test('innetgr tells whether a netgroup holds a triple', async (t) => {
  const { client } = await served(t)
  t.ok(await client.innetgr('nodes', { host: 'n1', user: 'anyone' }))
  t.notOk(await client.innetgr('nodes', { host: 'n2' }))
  t.notOk(await client.innetgr('none'))
})

t.test(
  'a snapshot is had byte for byte, with several chunks on their way at once, by Unix socket and by TCP',
  async (t) => {
    const { client: local, server } = await served(t, {}, publicSnapshot(7, 60_000))
    const distant = await client(t, await server.listen('network', { host: '127.0.0.1', port: 0 }))
    for (const asker of [local, distant]) {
      const bytes = await fetchSnapshot(asker, layout.KINDS.PUBLIC)
      t.ok(bytes.length > 20 * CHUNK_MAX)
      t.ok(bytes.equals(server.current?.bytes ?? Buffer.alloc(0)))
    }
  },
)

t.test('hello tells version, software and generation', async (t) => {
  const { client } = await served(t, {}, publicSnapshot(2 ** 33 + 5))
  const reply = await client.hello()
  t.same([reply.version, reply.software, reply.generation], [1, 'kickback test', 2 ** 33 + 5])
})

t.test('subscribers are told of the current generation and of each new one', async (t) => {
  const { client, server } = await served(t)
  const told: number[] = []
  await client.subscribe((generation) => told.push(generation))
  // Those who were told a moment ago are told of the next one a moment later.
  for (const generation of [2, 3]) {
    server.serve(publicSnapshot(generation))
    await until(() => told.at(-1) === generation)
  }
  t.same(told, [1, 2, 3])
})

/** A client of root's socket. */
const root = async (t: Tap, server: KickbackServer): Promise<KickbackClient> =>
  client(t, await server.listen('admin', { path: join(folder(t), 'admin') }, { mode: 0o600 }))

/** All nodes that a client is told of, page by page. */
async function pages(client: KickbackClient): Promise<(readonly NodeReport[])[]> {
  const all: (readonly NodeReport[])[] = []
  for await (const page of client.nodes()) all.push(page)
  return all
}

t.test('who follows and told its generation is known to be behind or in step, and named to root alone', async (t) => {
  const { client: node, server } = await served(t)
  const admin = await root(t, server)
  await node.hello(1)
  await node.subscribe(() => {})
  await node.subscribe(() => {})
  t.match(await admin.status(), { reported: 1, behind: 0, subscribers: 1 })
  t.same(await pages(admin), [[{ address: 'local', software: 'test', generation: 1, behind: false }]])
  server.serve(publicSnapshot(2))
  t.match(await node.status(), {
    reported: 1,
    behind: 1,
    generation: 2,
    role: 'master',
    subscribers: 1,
    connections: 2,
  })
  t.same(await pages(admin), [[{ address: 'local', software: 'test', generation: 1, behind: true }]])
  await node.hello(2)
  t.match(await admin.status(), { reported: 1, behind: 0 })
  await t.rejects(node.ask('NODES', {}), { code: 'denied' })
  node.close()
  await until(async () => (await admin.status()).connections === 1)
  t.match(await admin.status(), { reported: 0, behind: 0, subscribers: 0 })
  t.same(await pages(admin), [[]])
})

t.test('the list of nodes comes in pages, whole and in order, whatever comes and goes meanwhile', async (t) => {
  const { server, place } = await served(t)
  const admin = await root(t, server)
  const nodes = await Promise.all(Array.from({ length: 7 }, () => client(t, place)))
  for (const [i, node] of nodes.entries()) {
    await node.subscribe(() => {})
    await node.hello(100 + i)
  }
  const told: number[] = []
  let cursor: number | undefined
  do {
    const page = await admin.ask('NODES', { limit: 3, ...(cursor !== undefined && { cursor }) })
    told.push(...page.nodes.map(({ generation }) => Number(generation)))
    cursor = page.cursor
    if (told.length === 3) {
      nodes[0]?.close()
      await until(async () => (await admin.status()).reported === 6)
    }
  } while (cursor !== undefined)
  t.same(told, [100, 101, 102, 103, 104, 105, 106])
})

t.test('text that a client tells of itself is cut to 100 printable bytes', async (t) => {
  const { server, place } = await served(t)
  const admin = await root(t, server)
  for (const [software, kept] of [
    ['x'.repeat(60_000), 'x'.repeat(100)],
    ['\u001b[2Jé\n\u202e', '?[2J???'],
    ['kickback 1.0', 'kickback 1.0'],
  ]) {
    const node = await client(t, place, { software: software ?? '' })
    await node.subscribe(() => {})
    await node.hello(1)
    t.equal((await pages(admin)).flat()[0]?.software, kept)
    node.close()
    await until(async () => (await admin.status()).reported === 0)
  }
})

t.test('self and master are worked out for the asker', async (t) => {
  const here = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(10, 0, 0, 14)]
  const { client } = await served(t, { here: () => here })
  const named = async (name: string): Promise<string | undefined> => {
    const record = await client.lookup('hosts', name)
    return record && DATABASES.hosts.decode(record).names[0]
  }
  t.equal(await named('self'), 'n4')
  t.equal(await named('.-2'), 'n4')
  t.equal(await named('master'), 'master')
})

t.test('shadow is for the private socket and for root, and the private socket serves nothing else', async (t) => {
  const { client: anyone, server } = await served(t)
  server.serve(shadowSnapshot(1))
  const group = await client(t, await server.listen('private', { path: join(folder(t), 'private') }))
  for (const asker of [group, await root(t, server)]) {
    const record = await asker.lookup('shadow', 'user1')
    t.equal(record && DATABASES.shadow.decode(record).passwd, '$6$x')
    t.equal((await asker.list('shadow')).length, 1)
    t.ok(await fetchSnapshot(asker, layout.KINDS.SHADOW))
  }
  t.equal((await group.hello(1)).status, 1)
  const others: readonly (() => Promise<unknown>)[] = [
    () => group.lookup('passwd', 'user1'),
    () => group.list('group'),
    () => group.lookup('initgroups', 'user1'),
    () => group.innetgr('nodes'),
    () => fetchSnapshot(group, layout.KINDS.PUBLIC),
    () => group.subscribe(() => {}),
    () => group.status(),
    () => group.reload({ force: true }, 1000),
    () => group.ask('NODES', {}),
    () => group.history(),
    () => group.ask('ALIVE', { nonce: Buffer.alloc(32) }),
  ]
  for (const ask of others) await t.rejects(ask(), { code: 'denied' })
  await t.rejects(anyone.lookup('shadow', 'user1'), { code: 'denied' })
  await t.rejects(anyone.list('shadow'), { code: 'denied' })
  await t.rejects(fetchSnapshot(anyone, layout.KINDS.SHADOW), { code: 'denied' })
})

t.test('no snapshot yet is try again, not not-found', async (t) => {
  const fresh = new KickbackServer(bare())
  t.teardown(() => fresh.close())
  const one = await client(t, await fresh.listen('local', { path: join(folder(t), 'socket') }))
  fresh.serve(shadowSnapshot(1))
  for (const db of ['passwd', 'hosts'] as const) await t.rejects(one.lookup(db, 'n1'), { code: 'starting' }, db)
  await t.rejects(one.lookup('shadow', 'user1'), { code: 'denied' })
})

t.test('what is kept is listed to root alone, and by a daemon that keeps something', async (t) => {
  const generations = [
    { generation: 6, digest: 'ab', time: 5, cause: 'start', bytes: 9, records: { passwd: 2 }, changes: {} },
  ]
  const pinned = { generation: 6, time: 7 }
  const one = server(t, { generations: () => generations, pinned: () => pinned }, publicSnapshot(8))
  const anyone = await client(t, await one.listen('local', { path: join(folder(t), 'socket') }))
  await t.rejects(anyone.history(), { code: 'denied' })
  t.same(await (await root(t, one)).history(), { generation: 8, generations })
  t.same((await anyone.status()).pinned, pinned)
  const node = server(t, {}, publicSnapshot(8))
  await t.rejects((await root(t, node)).history(), { code: 'operation', message: /a node keeps no generations/ })
  t.notOk('pinned' in node.report())
})

t.test('a return reads nothing: it goes with neither another configuration nor a release', async (t) => {
  const asked: ReloadOptions[] = []
  const report = { outcome: 'unchanged', generation: 8, databases: {}, diagnostics: [] } as const
  const reload = async (options: ReloadOptions) => {
    asked.push(options)
    return report
  }
  const admin = await root(t, server(t, { reload }, publicSnapshot(8)))
  await admin.reload({ back_to: 6 }, 1000)
  await admin.reload({ release: true, force: true }, 1000)
  t.same(asked, [
    { dryRun: false, force: false, backTo: 6 },
    { dryRun: false, force: true, release: true },
  ])
  await t.rejects(admin.reload({ back_to: 6, release: true }, 1000), { code: 'request' })
  await t.rejects(admin.reload({ back_to: 6, dry_run: true, config: '/x' }, 1000), { code: 'request' })
})

t.test("reload is for root's socket alone, and brings the report back", async (t) => {
  const asked: ReloadOptions[] = []
  const report = { outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] } as const
  const reload = async (options: ReloadOptions): Promise<typeof report> => {
    asked.push(options)
    return report
  }
  const { client: anyone, server } = await served(t, { reload })
  const admin = await root(t, server)
  await t.rejects(anyone.reload({}, 1000), { code: 'denied' })
  t.same(await admin.reload({ force: true }, 20_000), report)
  t.same(asked, [{ dryRun: false, force: true }])
})

t.test('a reload that throws is an internal failure, and the connection lives on', async (t) => {
  const reload = async (): Promise<never> => {
    throw new Error('no luck')
  }
  const { server } = await served(t, { reload })
  const admin = await root(t, server)
  await t.rejects(admin.reload({}, 20_000), { code: 'internal' })
  t.ok(await admin.lookup('passwd', 'user1'))
})

t.test('an unknown database, and a key that a database does not have, are told so', async (t) => {
  const { client } = await served(t)
  await t.rejects(client.lookup('services' as DatabaseName, 'ssh'), { code: 'database' })
  await t.rejects(client.lookup('__proto__' as DatabaseName, 'ssh'), { code: 'database' })
  await t.rejects(client.lookup('hosts', Uint8Array.of(1, 2, 3)), { code: 'request' })
})

t.test('the socket for everyone has mode 0666 whatever the umask, a private one the mode that is asked', async (t) => {
  const one = server(t)
  const path = join(folder(t), 'socket')
  const old = process.umask(0o077)
  t.teardown(() => process.umask(old))
  await one.listen('local', { path })
  t.equal(statSync(path).mode & 0o777, 0o666)
  await one.listen('private', { path: `${path}2` }, { mode: 0o660 })
  t.equal(statSync(`${path}2`).mode & 0o777, 0o660)
})

t.test('a second server on a live socket is refused; on a dead one it takes over', async (t) => {
  const first = server(t)
  const path = join(folder(t), 'socket')
  await first.listen('local', { path })
  await t.rejects(server(t).listen('local', { path }), { code: 'in-use' })
  t.ok(await (await client(t, { path })).lookup('passwd', 'user1'))
})

t.test('a path that is too long for a socket is a clear error', async (t) => {
  const path = join(folder(t), 'x'.repeat(108))
  await t.rejects(server(t).listen('local', { path }), { code: 'path-too-long', message: /107/ })
})

t.test('what is no socket is not removed', async (t) => {
  const path = join(folder(t), 'socket')
  writeFileSync(path, 'precious')
  await t.rejects(server(t).listen('local', { path }), { code: 'not-listening' })
  t.equal(readFileSync(path, 'utf8'), 'precious')
})

t.test('over TCP port 0 is a free port, loopback may ask all that is public, and no more', async (t) => {
  const one = server(t)
  const place = await one.listen('network', { host: '127.0.0.1', port: 0 })
  t.ok('port' in place && place.port > 0 && place.port !== 8000)
  const asker = await client(t, place)
  t.ok(await asker.lookup('passwd', 'user1'))
  t.same(asker.localAddress, { family: 4, bytes: ip('127.0.0.1').bytes })
  one.serve(shadowSnapshot(1))
  await t.rejects(asker.lookup('shadow', 'user1'), { code: 'denied' })
  await t.rejects(asker.reload({}, 1000), { code: 'denied' })
})

t.test('what a message says of its sender changes nothing', async (t) => {
  const { client } = await served(t)
  const claims = {
    via: 'admin',
    uid: 0,
    pid: 1,
    node: 4,
    address: Buffer.of(127, 0, 0, 1),
    asker: { via: 'admin' },
  }
  await t.rejects(client.ask('LOOKUP', { db: 'shadow', key: 'user1', ...claims }), { code: 'denied' })
  await t.rejects(client.ask('RELOAD', { ...claims }), { code: 'denied' })
  await t.rejects(client.ask('NODES', { ...claims }), { code: 'denied' })
})

t.test('after a new generation what was removed is gone, its address too, and what was added is there', async (t) => {
  const { client, server } = await served(t)
  const address = Uint8Array.of(10, 0, 0, 12)
  t.ok(await client.lookup('hosts', 'n2'))
  t.ok(await client.lookup('hosts', address))
  const { hosts } = contents(5)
  const bytes = buildPublic({ ...contents(6), hosts: hosts.filter(({ names }) => names[0] !== 'n2') })
  stamp(bytes, { generation: 2 })
  server.serve(Snapshot.open(bytes))
  t.equal(await client.lookup('hosts', 'n2'), undefined)
  t.equal(await client.lookup('hosts', address), undefined)
  t.equal(await client.lookup('hosts', '.2'), undefined)
  t.ok(await client.lookup('passwd', 'user6'))
})

t.test('no deadline asks the wall clock, which may jump', async (t) => {
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  Date.now = () => {
    throw new Error('the wall clock was asked')
  }
  const { client } = await served(t)
  t.ok(await client.lookup('passwd', 'user1'))
  await client.subscribe(() => {})
  t.ok((await client.status()).uptime >= 0)
})

t.test('a door that is being opened while the service ends is closed again', async (t) => {
  const one = server(t, {}, publicSnapshot(1))
  const opening = one.listen('local', { path: join(folder(t), 'socket') })
  await one.close()
  await t.rejects(opening, { name: 'TransportError', message: /the service ends/ })
  await t.rejects(one.listen('network', { host: '127.0.0.1', port: 0 }), { code: 'not-listening' })
  t.same(one.report().listening, [])
})

t.test('a question that fails again and again does not fill the log', async (t) => {
  const lines: string[] = []
  const reload = async (): Promise<never> => {
    throw new Error('a fault')
  }
  const admin = await root(t, server(t, { reload, log: logOf(lines) }))
  for (let i = 0; i < 50; i++) await t.rejects(admin.reload({}, 20_000), { code: 'internal' })
  t.same(lines, ['a question could not be answered'])
})
