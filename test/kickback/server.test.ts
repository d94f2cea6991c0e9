import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ReloadOptions } from '../../src/kickback/operations.ts'
import { CHUNK_MAX } from '../../src/kickback/protocol.ts'
import { KickbackServer } from '../../src/kickback/server.ts'
import { fetchSnapshot } from '../../src/kickback/transfer.ts'
import { buildPublic, type DatabaseName, DECODERS, layout, Snapshot, stamp } from '../../src/resolver/index.ts'
import {
  bare,
  client,
  contents,
  folder,
  inet,
  publicSnapshot,
  served,
  server,
  shadowSnapshot,
  user,
} from './cluster.ts'

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
  stamp(bytes, 1)
  return Snapshot.open(bytes)
}

t.test('names that are no UTF-8 are asked as bytes', async (t) => {
  const name = Buffer.from([0x6d, 0xfc, 0x6c]).toString('latin1')
  const bytes = buildPublic({ ...contents(1), passwd: [{ ...user(1), name }] })
  stamp(bytes, 1)
  const { client } = await served(t, {}, Snapshot.open(bytes))
  const record = await client.lookup('passwd', Buffer.from(name, 'latin1'))
  t.equal(record && DECODERS.passwd(record).name, name)
})

t.test('enumeration gives every record once and in order, however small the batches are', async (t) => {
  const { client, server } = await served(t, {}, publicSnapshot(1, 700))
  const expected = [...(server.current?.entries('passwd') ?? [])].map((entry) => entry.name)
  t.equal(expected.length, 700)
  for (const limit of [undefined, 1, 7, 256, 100_000]) {
    const names: string[] = []
    for await (const { records, isRestarted } of client.enumerate('passwd', limit)) {
      t.notOk(isRestarted)
      for (const record of records) names.push(DECODERS.passwd(record).name)
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
    all.push(...records.map((record) => DECODERS.passwd(record).name))
    if (all.length === 4) server.publish(publicSnapshot(2, 3))
  }
  t.equal(all.length, 10)
})

t.test('an enumeration whose generation is gone starts again, and says so', async (t) => {
  const { client, server } = await served(t, {}, publicSnapshot(1, 10))
  let restarts = 0
  let batches = 0
  for await (const { isRestarted } of client.enumerate('passwd', 4)) {
    if (isRestarted) restarts++
    if (batches++ === 0) for (const generation of [2, 3]) server.publish(publicSnapshot(generation, 3))
  }
  t.equal(restarts, 1)
  t.equal((await client.list('passwd')).length, 3)
})

t.test('initgroups gives the groups of a member, none for other users, and not found for strangers', async (t) => {
  const { client } = await served(t)
  t.same(await client.initgroups('user1'), [101])
  t.same(await client.initgroups('user5'), [])
  t.equal(await client.initgroups('nobody'), undefined)
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
  for (const generation of [2, 3]) {
    server.publish(publicSnapshot(generation))
    await client.hello()
  }
  t.same(told, [1, 2, 3])
})

t.test(
  'who follows and told its generation is known to be behind or in step, and named on the private socket',
  async (t) => {
    const { client: node, server } = await served(t)
    const path = await server.listen('private', { path: join(folder(t), 'private') })
    const admin = await client(t, path)
    await node.subscribe(() => {})
    await node.hello(1)
    t.match(await admin.status(), { told: 1, behind: 0, nodes: [{ generation: 1, behind: false, software: 'test' }] })
    server.publish(publicSnapshot(2))
    const status = await node.status()
    t.match(status, { told: 1, behind: 1, generation: 2, role: 'master', subscribers: 1, connections: 2 })
    t.equal(status.nodes, undefined, 'not on the public one')
  },
)

t.test('self and master are worked out for the asker', async (t) => {
  const here = Uint8Array.of(10, 0, 0, 14)
  const { client } = await served(t, { here: () => here })
  const named = async (name: string): Promise<string | undefined> => {
    const record = await client.lookup('hosts', name)
    return record && DECODERS.hosts(record).names[0]
  }
  t.equal(await named('self'), 'n4')
  t.equal(await named('.-2'), 'n4')
  t.equal(await named('master'), 'master')
})

t.test('shadow is for the private socket alone', async (t) => {
  const { client: anyone, server } = await served(t)
  server.publish(shadowSnapshot(1))
  const root = await client(t, await server.listen('private', { path: join(folder(t), 'private') }))
  const record = await root.lookup('shadow', 'user1')
  t.equal(record && DECODERS.shadow(record).passwd, '$6$x')
  await t.rejects(anyone.lookup('shadow', 'user1'), { code: 'denied' })
  await t.rejects(anyone.list('shadow'), { code: 'denied' })
  await t.rejects(fetchSnapshot(anyone, layout.KINDS.SHADOW), { code: 'denied' })
})

t.test('no snapshot yet is try again, not not-found', async (t) => {
  const fresh = new KickbackServer(bare())
  t.teardown(() => fresh.close())
  const one = await client(t, await fresh.listen('local', { path: join(folder(t), 'socket') }))
  fresh.publish(shadowSnapshot(1))
  for (const db of ['passwd', 'hosts', 'shadow'] as const) {
    await t.rejects(one.lookup(db, 'n1'), { code: 'starting' }, db)
  }
})

t.test('reload is for the private socket alone, and brings the report back', async (t) => {
  const asked: ReloadOptions[] = []
  const report = { outcome: 'unchanged', generation: 1, databases: {}, diagnostics: [] } as const
  const reload = async (options: ReloadOptions): Promise<typeof report> => {
    asked.push(options)
    return report
  }
  const { client: anyone, server } = await served(t, { reload })
  const root = await client(t, await server.listen('private', { path: join(folder(t), 'private') }))
  await t.rejects(anyone.reload({}, 1000), { code: 'denied' })
  t.same(await root.reload({ force: true }, 20_000), report)
  t.same(asked, [{ dryRun: false, force: true }])
})

t.test('a reload that throws is an internal failure, and the connection lives on', async (t) => {
  const reload = async (): Promise<never> => {
    throw new Error('no luck')
  }
  const { server } = await served(t, { reload })
  const root = await client(t, await server.listen('private', { path: join(folder(t), 'private') }))
  await t.rejects(root.reload({}, 20_000), { code: 'internal' })
  t.ok(await root.lookup('passwd', 'user1'))
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
  t.same(asker.localAddress, { family: 4, bytes: inet(127, 0, 0, 1).bytes })
  one.publish(shadowSnapshot(1))
  await t.rejects(asker.lookup('shadow', 'user1'), { code: 'denied' })
  await t.rejects(asker.reload({}, 1000), { code: 'denied' })
})

t.test('28: what a message says of its sender changes nothing', async (t) => {
  const { client } = await served(t)
  const claims = {
    via: 'private',
    uid: 0,
    pid: 1,
    node: 4,
    address: Buffer.of(127, 0, 0, 1),
    asker: { via: 'private' },
  }
  await t.rejects(client.ask('LOOKUP', { db: 'shadow', key: 'user1', ...claims }), { code: 'denied' })
  await t.rejects(client.ask('RELOAD', { ...claims }), { code: 'denied' })
  const { report } = await client.ask('STATUS', { ...claims })
  t.equal(report?.nodes, undefined)
})

t.test(
  '29: after a new generation what was removed is gone, its address too, and what was added is there',
  async (t) => {
    const { client, server } = await served(t)
    const address = Uint8Array.of(10, 0, 0, 12)
    t.ok(await client.lookup('hosts', 'n2'))
    t.ok(await client.lookup('hosts', address))
    const { hosts } = contents(5)
    const bytes = buildPublic({ ...contents(6), hosts: hosts.filter(({ names }) => names[0] !== 'n2') })
    stamp(bytes, 2)
    server.publish(Snapshot.open(bytes))
    t.equal(await client.lookup('hosts', 'n2'), undefined)
    t.equal(await client.lookup('hosts', address), undefined)
    t.equal(await client.lookup('hosts', '.2'), undefined)
    t.ok(await client.lookup('passwd', 'user6'))
  },
)

t.test('33: no deadline asks the wall clock, which may jump', async (t) => {
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
