// Clients that take all there is, against those whose places are theirs: over real sockets. test/root/visitors has other addresses.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { KickbackServer } from '../../src/kickback/service/server.ts'
import { type Limits, LOCAL_LIMITS, NETWORK_LIMITS } from '../../src/kickback/service/shares/limits.ts'
import type { Place } from '../../src/kickback/transport/link.ts'
import { decodeMessage, encodeFrame, REPLY_VALUES_MAX } from '../../src/kickback/wire/message.ts'
import { CHUNK_MAX, OPERATIONS } from '../../src/kickback/wire/protocol.ts'
import { folder, type Tap } from '../folder.ts'
import { buffersUsed, heapUsed } from '../memory.ts'
import { until } from '../patience.ts'
import { connected, ended } from '../sockets.ts'
import { client, publicSnapshot, server } from './cluster.ts'

const port = (place: Place): number => ('port' in place ? place.port : 0)

async function networked(
  t: Tap,
  limits: Partial<Limits> = {},
  more = {},
): Promise<{ made: KickbackServer; at: Place }> {
  const made = server(t, { limits: { network: { ...NETWORK_LIMITS, ...limits } }, ...more })
  return { made, at: await made.listen('network', { host: '127.0.0.1', port: 0 }) }
}

t.test('all of loopback is one address: who connects from many of its addresses has the places of one', async (t) => {
  const { made, at } = await networked(t, { perAddress: 10 })
  const sockets: Socket[] = []
  for (let i = 1; i <= 40; i++) sockets.push(await connected(t, at, { localAddress: `127.0.${i}.${i}` }))
  await until(() => made.report().refused === 30)
  t.equal(made.report().connections, 10)
})

t.test('a local user who holds every connection of the Unix socket keeps nobody out', async (t) => {
  const made = server(t)
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  for (let i = 0; i < LOCAL_LIMITS.connections + 50; i++) {
    await connected(t, place)
  }
  for (let i = 1; i <= 5; i++) t.ok(await (await client(t, place)).lookup('passwd', `user${i}`))
  t.ok(made.report().connections <= LOCAL_LIMITS.connections)
})

/** Everything that a socket receives until it ends. */
async function received(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await ended(socket)
  return Buffer.concat(chunks)
}

t.test('half-sent frames of all connections together have one budget; who sends little keeps its place', async (t) => {
  const budget = 2 ** 20
  const made = server(t, { keptBytes: budget })
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  const path = 'path' in place ? place.path : ''
  const frame = encodeFrame({ id: 1, op: OPERATIONS.LOOKUP, db: 'passwd', key: 'user1' })
  const good = connect(path)
  t.teardown(() => good.destroy())
  good.write(frame.subarray(0, 10))
  await until(() => made.report().kept > 0)
  const half = Buffer.concat([Buffer.of(0, 1, 0, 0), Buffer.alloc(60_000)])
  let greatest = 0
  const sockets: Socket[] = []
  for (let i = 0; i < 100; i++) {
    const socket = connect(path)
    sockets.push(socket)
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(half)
    await once(socket, 'connect')
    greatest = Math.max(greatest, made.report().kept)
  }
  await until(() => made.report().refused > 80)
  t.ok(greatest > budget / 2, 'the attack came near it')
  t.ok(greatest <= budget, `${greatest} bytes were kept at most`)
  good.write(frame.subarray(10))
  const [reply] = (await once(good, 'data')) as [Buffer]
  t.match(decodeMessage(reply.subarray(4), REPLY_VALUES_MAX), { id: 1, status: 1 })
})

t.test('control: without that budget all of it is kept', async (t) => {
  const made = server(t, { keptBytes: Number.POSITIVE_INFINITY })
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  const half = Buffer.concat([Buffer.of(0, 1, 0, 0), Buffer.alloc(60_000)])
  for (let i = 0; i < 50; i++) {
    const socket = connect('path' in place ? place.path : '')
    t.teardown(() => socket.destroy())
    socket.write(half)
  }
  await until(() => made.report().kept >= 50 * 60_000)
  t.pass('kept')
})

/** A connection that asks for far more than it reads, which is nothing. */
async function unreading(t: Tap, path: string): Promise<void> {
  const socket = connect(path)
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  const frame = encodeFrame({ id: 1, op: OPERATIONS.ENUMERATE, db: 'passwd' })
  socket.write(Buffer.concat(Array.from({ length: 100 }, () => frame)))
  await once(socket, 'connect')
  socket.pause()
}

t.test('answers that nobody reads have one budget; who reads gets all of its own', async (t) => {
  const budget = 4 * 2 ** 20
  const made = server(t, { unreadBytes: budget }, publicSnapshot(1, 5000))
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  const network = await made.listen('network', { host: '127.0.0.1', port: 0 })
  const reading = await client(t, network)
  let greatest = 0
  for (let i = 0; i < 60; i++) {
    await unreading(t, 'path' in place ? place.path : '')
    t.equal((await reading.list('passwd')).length, 5000)
    greatest = Math.max(greatest, made.report().unread)
  }
  await until(() => made.report().refused > 40)
  t.ok(greatest > budget / 2, 'the attack came near it')
  t.ok(greatest <= budget, `${greatest} bytes were kept at most`)
  t.equal((await reading.list('passwd')).length, 5000)
})

t.test('control: without that budget all unread answers are kept', async (t) => {
  const made = server(t, { unreadBytes: Number.POSITIVE_INFINITY }, publicSnapshot(1, 5000))
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  for (let i = 0; i < 20; i++) await unreading(t, 'path' in place ? place.path : '')
  await until(() => made.report().unread > 20 * 400_000)
  t.pass('kept')
})

t.test('clients that ask for a part of each generation and read nothing keep none of them in memory', async (t) => {
  const generation = (number: number) => publicSnapshot(number, 4000)
  const made = server(t, {}, generation(1))
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  const size = made.current?.bytes.length ?? 0
  const before = buffersUsed()
  for (let number = 1; number <= 60; number++) {
    const socket = connect('path' in place ? place.path : '')
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    const part = { op: OPERATIONS.SNAPSHOT, kind: 1, generation: number, length: CHUNK_MAX }
    socket.write(Buffer.concat([0, CHUNK_MAX].map((offset) => encodeFrame({ id: 1, offset, ...part }))))
    socket.pause()
    await until(() => made.report().operations.SNAPSHOT === 2 * number)
    made.serve(generation(number + 1))
  }
  const grown = buffersUsed() - before
  t.ok(grown < 10 * size, `${Math.round(grown / size)} generations are in memory`)
  t.ok(made.report().refused > 50)
})

t.test('what clients tell of themselves is bounded in memory, whatever they send', async (t) => {
  const made = server(t)
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  const software = 'x'.repeat(60_000)
  const clients = await Promise.all(Array.from({ length: 500 }, () => client(t, place, { software })))
  const before = heapUsed()
  for (const one of clients) await one.hello(1)
  const grown = heapUsed() - before
  t.ok(grown < 6e6, `${Math.round(grown / 1e6)} MB for 30 MB that were told`)
})

/** Sends this many questions at once, says that nothing more comes, and counts the replies. */
async function halfClosed(t: Tap, socket: Socket, questions: number): Promise<number> {
  t.teardown(() => socket.destroy())
  const asked = Array.from({ length: questions }, (_, id) =>
    encodeFrame({ id, op: OPERATIONS.ENUMERATE, db: 'passwd', limit: 200 }),
  )
  socket.end(Buffer.concat(asked))
  const all = await received(socket)
  let replies = 0
  for (let at = 0; at + 4 <= all.length; at += 4 + all.readUInt32BE(at)) replies++
  return replies
}

t.test(
  'a client that sends nothing more gets an answer to each whole question, by Unix socket and by TCP',
  async (t) => {
    const made = server(t, {}, publicSnapshot(1, 500))
    const unix = await made.listen('local', { path: join(folder(t), 'socket') })
    const tcp = await made.listen('network', { host: '127.0.0.1', port: 0 })
    t.equal(await halfClosed(t, connect('path' in unix ? unix.path : ''), 500), 500)
    t.equal(await halfClosed(t, connect(port(tcp), '127.0.0.1'), 500), 500)
    await until(() => made.report().connections === 0)
  },
)
