import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { KickbackClient } from '../../../../src/kickback/node/client.ts'
import type { KickbackServer } from '../../../../src/kickback/service/server.ts'
import { WAITS_MAX } from '../../../../src/kickback/service/waits/waits.ts'
import type { Place } from '../../../../src/kickback/transport/link.ts'
import { FrameSplitter } from '../../../../src/kickback/wire/frames.ts'
import { decodeMessage, encodeFrame, REPLY_VALUES_MAX } from '../../../../src/kickback/wire/message.ts'
import { OPERATIONS, REPLY_MAX, WAIT_MAX } from '../../../../src/kickback/wire/protocol.ts'
import { buildPublic, Snapshot, stamp } from '../../../../src/resolver/index.ts'
import { ip } from '../../../addresses.ts'
import { folder, type Tap } from '../../../folder.ts'
import { until } from '../../../patience.ts'
import { client, contents, server } from '../../cluster.ts'

/** A snapshot with nodes 0 to 9, of which node 0 has the address of this machine's loopback. */
function snapshot(generation: number, users = 5): Snapshot {
  const all = contents(users)
  const hosts = all.hosts.map((host) => (host.number === 0 ? { ...host, addresses: [ip('127.0.0.1')] } : host))
  const bytes = buildPublic({ ...all, hosts })
  stamp(bytes, { generation, contentTime: generation })
  return Snapshot.open(bytes)
}

/** A master with its doors for root and for the network. */
async function master(t: Tap): Promise<{ made: KickbackServer; admin: Place; network: Place; root: KickbackClient }> {
  const made = server(t, {}, snapshot(1))
  const admin = await made.listen('admin', { path: join(folder(t), 'socket') })
  const network = await made.listen('network', { host: '127.0.0.1', port: 0 })
  return { made, admin, network, root: await client(t, admin, { timeout: 60_000 }) }
}

/** Node 0: it follows, and says what it holds. */
async function follower(t: Tap, network: Place, generation: number): Promise<KickbackClient> {
  const made = await client(t, network)
  await made.subscribe(() => {})
  await made.hello(generation)
  return made
}

/** How many waits a master has open. */
const openWaits = (made: KickbackServer): number => made.shared.service.waits.size

t.test('a wait ends with the report of the last node, without a question between', async (t) => {
  const { made, network, root } = await master(t)
  const node = await follower(t, network, 1)
  t.match(await root.ask('WAIT', { nodes: '0', seconds: 60 }), {
    status: 1,
    generation: 1,
    nodes: 1,
    missing: '',
    behind: '',
  })
  made.serve(snapshot(2, 6))
  const asked = made.report().questions
  const wait = root.ask('WAIT', { nodes: '0', seconds: 60 })
  await until(() => openWaits(made) === 1)
  await node.hello(2)
  t.match(await wait, { generation: 2, missing: '', behind: '' })
  t.equal(made.report().questions - asked, 2, 'the wait and the report')
  t.equal(openWaits(made), 0)
})

t.test('at the end of the time it says who is not connected and who is behind', async (t) => {
  const { made, network, root } = await master(t)
  await follower(t, network, 1)
  made.serve(snapshot(2, 6))
  t.match(await root.ask('WAIT', { seconds: 0 }), { generation: 2, nodes: 10, missing: '1-9', behind: '0' })
  t.match(await root.ask('WAIT', { seconds: 1, nodes: 'n0-n2', generation: 9 }), {
    generation: 9,
    nodes: 3,
    missing: '1-2',
    behind: '0',
  })
  t.match(await root.ask('WAIT', { seconds: 0, nodes: '0', generation: 1 }), { missing: '', behind: '' })
})

t.test('only root of a master may wait, for nodes that there are, and not for ever', async (t) => {
  const { made, network, root } = await master(t)
  const local = await made.listen('local', { path: join(folder(t), 'socket') })
  for (const place of [network, local]) {
    const asker = await client(t, place)
    await t.rejects(asker.ask('WAIT', { seconds: 0 }), { code: 'denied' })
  }
  await t.rejects(root.ask('WAIT', { seconds: 0, nodes: '7-12' }), { code: 'request', message: /no node 10/ })
  await t.rejects(root.ask('WAIT', { seconds: 0, nodes: 'a b' }), { code: 'request' })
  await t.rejects(root.ask('WAIT', { seconds: WAIT_MAX + 1 }), { code: 'request' })
  const node = server(t, { role: 'proxy' }, snapshot(1))
  const place = await node.listen('admin', { path: join(folder(t), 'socket') })
  await t.rejects((await client(t, place)).ask('WAIT', { seconds: 0 }), {
    code: 'operation',
    message: /ask its master/,
  })
})

t.test('who waits may ask something else meanwhile, and many may wait at once', async (t) => {
  const { made, network, root } = await master(t)
  const waits = Array.from({ length: WAITS_MAX }, () => root.ask('WAIT', { nodes: '0', seconds: 60 }))
  await until(() => openWaits(made) === WAITS_MAX)
  t.equal((await root.status()).generation, 1)
  await t.rejects(root.ask('WAIT', { nodes: '0', seconds: 60 }), { code: 'busy' })
  await follower(t, network, 1)
  const late = (await Promise.all(waits)).filter(({ missing, behind }) => `${missing}${behind}` !== '')
  t.same(late, [])
})

t.test('a wait ends with the client that asked', async (t) => {
  const { made, admin } = await master(t)
  const gone = await client(t, admin)
  const wait = gone.ask('WAIT', { nodes: '5', seconds: 60 })
  await until(() => openWaits(made) === 1)
  gone.close()
  await t.rejects(wait, { code: 'closed' })
  await until(() => openWaits(made) === 0)
  t.equal(openWaits(made), 0)
})

t.test('who has no more to ask is answered as it stands', async (t) => {
  const { admin } = await master(t)
  const socket = connect({ path: 'path' in admin ? admin.path : '', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  socket.end(encodeFrame({ id: 1, op: OPERATIONS.WAIT, nodes: '5', seconds: 3600 }))
  const splitter = new FrameSplitter(REPLY_MAX)
  for await (const chunk of socket) splitter.push(chunk as Buffer)
  const body = splitter.next()
  t.match(body && decodeMessage(body, REPLY_VALUES_MAX), { id: 1, status: 1, missing: '5', behind: '' })
})

t.test('the wait of a node that was lost goes on, until it is back', async (t) => {
  const { made, network, root } = await master(t)
  const node = await follower(t, network, 1)
  made.serve(snapshot(2, 6))
  const wait = root.ask('WAIT', { nodes: '0', seconds: 60 })
  await until(() => openWaits(made) === 1)
  node.close()
  await follower(t, network, 2)
  t.match(await wait, { missing: '', behind: '' })
})
