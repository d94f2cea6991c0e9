// Clients that mean harm, against a real server; services that mean harm, against our client.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { KickbackServer } from '../../src/kickback/service/server.ts'
import { type Limits, LOCAL_LIMITS, NETWORK_LIMITS } from '../../src/kickback/service/shares/limits.ts'
import type { Place } from '../../src/kickback/transport/link.ts'
import { encodeFrame } from '../../src/kickback/wire/message.ts'
import { CHUNK_MAX, OPERATIONS } from '../../src/kickback/wire/protocol.ts'
import { folder, type Tap } from '../folder.ts'
import { buffersUsed } from '../memory.ts'
import { until } from '../patience.ts'
import { connected, ended, service } from '../sockets.ts'
import { client, publicSnapshot, server } from './cluster.ts'
import { fetchSnapshot } from './fetch.ts'
import { framed } from './framed.ts'

/** A server on TCP and on a Unix socket. */
async function open(
  t: Tap,
  limits: Partial<Limits> = {},
  users = 5,
): Promise<{ server: KickbackServer; tcp: Place; unix: Place }> {
  const made = server(
    t,
    { limits: { network: { ...NETWORK_LIMITS, ...limits }, local: { ...LOCAL_LIMITS, ...limits } } },
    publicSnapshot(1, users),
  )
  const tcp = await made.listen('network', { host: '127.0.0.1', port: 0 })
  const unix = await made.listen('local', { path: join(folder(t), 'socket') })
  return { server: made, tcp, unix }
}

t.test('garbage of any kind ends its own connection and harms no other', async (t) => {
  const { tcp } = await open(t, { perAddress: 1000 })
  const good = await client(t, tcp)
  const junk = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 400 }), { numRuns: 150, seed: 7 })
  const inFrames = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 80 }), { numRuns: 150, seed: 8 })
  for (const bytes of [...junk, ...inFrames.map((body) => framed(body))]) {
    const socket = await connected(t, tcp)
    socket.end(bytes)
    if (!(await good.lookup('passwd', 'user1'))) t.fail('an answer is missing')
    socket.destroy()
  }
  t.ok(await good.lookup('passwd', 'user5'))
})

t.test('more connections than an address may have are turned away, and counted', async (t) => {
  const { server, tcp } = await open(t, { perAddress: 3 })
  const sockets = [await connected(t, tcp), await connected(t, tcp), await connected(t, tcp)]
  await until(() => server.report().connections === 3)
  const fourth = await connected(t, tcp)
  await ended(fourth)
  t.equal(server.report().refused, 1)
  sockets[0]?.destroy()
  await until(() => server.report().connections === 2)
  t.ok(await (await client(t, tcp)).lookup('passwd', 'user1'))
})

t.test('where all connections are taken the one that is idle the longest makes room', async (t) => {
  const { server, unix } = await open(t, { connections: 3 })
  const idle = await connected(t, unix)
  const follower = await client(t, unix)
  await follower.subscribe(() => {})
  const busy = await client(t, unix)
  await busy.hello()
  const newcomer = await client(t, unix)
  t.ok(await newcomer.lookup('passwd', 'user1'))
  await ended(idle)
  t.ok(await follower.hello(), 'who follows stays')
  t.ok(await busy.hello())
  t.equal(server.report().connections, 3)
})

t.test('with followers in all places a newcomer is turned away', async (t) => {
  const { unix } = await open(t, { connections: 2 })
  for (const _ of [1, 2]) await (await client(t, unix)).subscribe(() => {})
  const socket = await connected(t, unix)
  await ended(socket)
  t.pass('turned away')
})

t.test('subscribers are bounded in number; one that leaves makes room', async (t) => {
  const { unix } = await open(t, { subscribers: 2 })
  const first = await client(t, unix)
  await first.subscribe(() => {})
  await (await client(t, unix)).subscribe(() => {})
  const third = await client(t, unix)
  await t.rejects(
    third.subscribe(() => {}),
    { code: 'busy' },
  )
  first.close()
  for (;;) {
    const isIn = await third
      .subscribe(() => {})
      .then(
        () => true,
        () => false,
      )
    if (isIn) break
  }
  t.pass('there is room again')
})

t.test('half-sent frames are ended in time, by the hundred', async (t) => {
  const { server, unix } = await open(t, { halfSent: 50 })
  const sockets = await Promise.all(Array.from({ length: 200 }, () => connected(t, unix)))
  for (const socket of sockets) socket.write(Buffer.of(0, 0, 1, 0, 0x82))
  await Promise.all(sockets.map(ended))
  await until(() => server.report().refused === 200)
  t.ok(await (await client(t, unix)).lookup('passwd', 'user1'))
})

t.test('who says nothing for too long is ended', async (t) => {
  const { unix } = await open(t, { idle: 40 })
  await ended(await connected(t, unix))
  t.pass('ended')
})

t.test(
  'clients that ask for gigabytes and read nothing cost bounded memory, and no other client its answers',
  async (t) => {
    const { tcp, unix } = await open(t, {}, 20_000)
    const greedy = await Promise.all(Array.from({ length: 20 }, () => connected(t, tcp)))
    const asked = encodeFrame({ id: 1, op: OPERATIONS.SNAPSHOT, kind: 1, offset: 0, length: CHUNK_MAX })
    const before = buffersUsed()
    for (const socket of greedy) {
      socket.pause()
      socket.write(Buffer.concat(Array.from({ length: 500 }, () => asked)))
    }
    const good = await client(t, unix)
    for (let i = 1; i <= 300; i++) if (!(await good.lookup('passwd', `user${i}`))) t.fail('an answer is missing')
    const grown = buffersUsed() - before
    t.ok(grown < 25e6, `${Math.round(grown / 1e6)} MB for 2.6 GB that were asked for`)
    t.ok(Buffer.from(await fetchSnapshot(good, 1)).length > 1e6)
  },
)

t.test('a flood of questions for what is not there gets as many negative answers', async (t) => {
  const { unix } = await open(t)
  const one = await client(t, unix)
  const answers = await Promise.all(Array.from({ length: 5000 }, (_, i) => one.lookup('passwd', `ghost${i}`)))
  t.ok(answers.every((answer) => answer === undefined))
})

const ANSWERS_ODDLY: readonly (readonly [title: string, code: string, bytes: Buffer])[] = [
  ['garbage', 'protocol', Buffer.from('220 mail.example ready\r\n')],
  ['a frame that claims 4 GiB', 'protocol', Buffer.of(255, 255, 255, 255)],
  ['no message', 'protocol', framed(Buffer.of(1))],
  ['an extension', 'protocol', framed(Buffer.from('81a26964d40000', 'hex'))],
  ['no status', 'protocol', encodeFrame({ id: 1 })],
  ['a success without its fields', 'protocol', encodeFrame({ id: 1, status: 1 })],
  ['a field of another type', 'protocol', encodeFrame({ id: 1, status: 1, record: 'text', generation: 1 })],
  ['a refusal', 'busy', encodeFrame({ id: 1, status: -2, error: 'busy', message: 'later' })],
]
for (const [title, code, bytes] of ANSWERS_ODDLY) {
  t.test(`a client that is answered with ${title} says so`, async (t) => {
    const { place } = await service(t, (socket) => socket.once('data', () => socket.write(bytes)))
    await t.rejects((await client(t, place)).lookup('passwd', 'user1'), { name: 'ServiceError', code })
  })
}

t.test('a client takes replies that are cut in two anywhere, or come byte by byte', async (t) => {
  const record = Buffer.from('a record')
  const reply = encodeFrame({ id: 1, status: 1, record, generation: 7 })
  const cuts = Array.from({ length: reply.length }, (_, cut) => [reply.subarray(0, cut), reply.subarray(cut)])
  for (const pieces of [...cuts, Array.from(reply, (byte) => Buffer.of(byte))]) {
    const { place } = await service(t, async (socket) => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise(setImmediate)
      }
    })
    t.same(await (await client(t, place)).lookup('passwd', 'user1'), record)
  }
})

t.test('a client that is hung up on says so, and so do its later questions', async (t) => {
  const { place } = await service(t, (socket) => socket.once('data', () => socket.end()))
  const one = await client(t, place)
  await t.rejects(one.lookup('passwd', 'user1'), { code: 'closed' })
  await t.rejects(one.hello(), { code: 'closed' })
})

t.test('a service that never answers costs a client its time-out, no more', async (t) => {
  const { place } = await service(t, () => {})
  await t.rejects((await client(t, place, { timeout: 30 })).lookup('passwd', 'user1'), { code: 'timeout' })
})

t.test('a service that drips its answer costs a client its time-out, no more', async (t) => {
  const { place } = await service(t, (socket) => {
    const drip = setInterval(() => socket.write(Buffer.of(0)), 5)
    socket.on('close', () => clearInterval(drip))
    socket.write(Buffer.of(0, 1, 0, 0))
  })
  await t.rejects((await client(t, place, { timeout: 60 })).lookup('passwd', 'user1'), { code: 'timeout' })
})

t.test('nobody there is unreachable, at once', async (t) => {
  await t.rejects(client(t, { path: join(folder(t), 'none') }), { code: 'unreachable' })
  await t.rejects(client(t, { host: '127.0.0.1', port: 1 }), { code: 'unreachable' })
})

/** A master in a process of its own, on this Unix socket. */
async function stoppable(t: Tap): Promise<{ child: ChildProcess; place: Place }> {
  const child = fork(join(import.meta.dirname, 'master.ts'), ['', join(folder(t), 'socket')])
  t.teardown(() => child.kill('SIGKILL'))
  const [{ place }] = (await once(child, 'message')) as [{ place: Place }]
  child.send({ generation: 1, users: 5 })
  await once(child, 'message')
  return { child, place }
}

t.test('a daemon that is stopped (SIGSTOP) costs a client its time-out; waking it up, it answers', async (t) => {
  const { child, place } = await stoppable(t)
  child.kill('SIGSTOP')
  await t.rejects((await client(t, place, { timeout: 50 })).lookup('passwd', 'user1'), { code: 'timeout' })
  child.kill('SIGCONT')
  t.ok(await (await client(t, place)).lookup('passwd', 'user1'))
})

t.test('a stopped daemon with its queue of connections full costs the time-out too, and is in use', async (t) => {
  const { child, place } = await stoppable(t)
  child.kill('SIGSTOP')
  const path = 'path' in place ? place.path : ''
  let isFull = false
  for (let i = 0; i < 5000 && !isFull; i++) {
    const socket = connect(path)
    t.teardown(() => socket.destroy())
    isFull = await new Promise((resolve) => {
      socket.on('connect', () => resolve(false))
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EAGAIN'))
    })
  }
  t.ok(isFull, 'the queue is full')
  await t.rejects(client(t, place, { timeout: 60 }), { code: 'timeout' })
  await t.rejects(server(t).listen('local', { path }), { code: 'in-use' })
})

t.test('the socket of a daemon that was killed with -9 is taken over', async (t) => {
  const { child, place } = await stoppable(t)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const path = 'path' in place ? place.path : ''
  t.ok(statSync(path).isSocket(), 'it is still there')
  await server(t).listen('local', { path })
  t.ok(await (await client(t, place)).lookup('passwd', 'user1'))
})
