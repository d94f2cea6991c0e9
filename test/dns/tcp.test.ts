import { connect } from 'node:net'
import t from 'tap'
import { listenTcp, TCP_LIMITS, type TcpAnswer, type TcpLimits } from '../../src/dns/tcp.ts'
import { askTcp, glued, query } from './client.ts'
import { snapshotOf, startServer } from './cluster.ts'
import { decode } from './decode.ts'
import { until } from './programs.ts'

const CONFIG = 'nodes 200\niprange 10.1.1.0 10.1.1.199\n'
const question = (i: number) => query(`n${i}.cluster.internal`, 'A', { id: i })
const NOBODY = { opened() {}, closed() {}, refused() {} }

/** A listener of the test's own. */
async function listening(handle: (request: Buffer) => TcpAnswer | Promise<TcpAnswer>, limits: Partial<TcpLimits> = {}) {
  const refused = { count: 0 }
  const observer = { ...NOBODY, refused: () => void refused.count++ }
  const all = { ...TCP_LIMITS, ...limits }
  const listener = await listenTcp({ host: '127.0.0.1', port: 0 }, handle, observer, () => {}, all)
  return { listener, refused }
}

t.test('questions are answered however the stream is cut', async (t) => {
  const server = await startServer(snapshotOf(CONFIG))
  t.teardown(() => server.close())
  const port = server.endpoints[0]?.port ?? 0
  const stream = glued(question(1), question(2))
  for (let cut = 0; cut <= stream.length; cut++) {
    const replies = await askTcp(
      port,
      [stream.subarray(0, cut), stream.subarray(cut)].filter(({ length }) => length > 0),
    )
    t.same(
      replies.map((reply) => decode(reply).answers[0]?.data),
      ['10.1.1.1', '10.1.1.2'],
    )
  }
  const bytes = await askTcp(
    port,
    [...stream].map((byte) => Buffer.of(byte)),
  )
  t.equal(bytes.length, 2)
})

t.test('a connection carries many questions, and each has its answer', async (t) => {
  const server = await startServer(snapshotOf(CONFIG))
  t.teardown(() => server.close())
  const questions = Array.from({ length: 200 }, (_, i) => question(i))
  const replies = (await askTcp(server.endpoints[0]?.port ?? 0, [glued(...questions)])).map(decode)
  t.same(
    replies.map(({ id }) => id).sort((a, b) => a - b),
    questions.map((_, i) => i),
  )
  t.ok(replies.every(({ id, answers }) => answers[0]?.data === `10.1.1.${id}`))
  t.equal(server.counters.tcp, 200)
})

t.test('late answers come when they are there, and the connection waits for them', async (t) => {
  let answered = (): void => {}
  const second = new Promise<void>((resolve) => {
    answered = resolve
  })
  const { listener } = await listening(async (request) => {
    if (request[1] === 1) await second
    else setImmediate(answered)
    return request
  })
  t.teardown(() => listener.close())
  const replies = await askTcp(listener.port, [glued(question(1), question(2))])
  t.same(
    replies.map((reply) => reply.readUInt16BE(0)),
    [2, 1],
  )
})

t.test('no more questions are taken than may be under way', async (t) => {
  let underWay = 0
  let most = 0
  const handle = async (request: Buffer) => {
    most = Math.max(most, ++underWay)
    await new Promise((resolve) => setTimeout(resolve, 1))
    underWay--
    return request
  }
  const { listener } = await listening(handle, { inFlight: 3 })
  t.teardown(() => listener.close())
  const replies = await askTcp(listener.port, [glued(...Array.from({ length: 50 }, (_, i) => question(i)))])
  t.equal(replies.length, 50)
  t.equal(most, 3)
})

t.test('what a client does not read is not made', async (t) => {
  let made = 0
  function* messages() {
    for (; made < 10_000; made++) yield Buffer.alloc(16_000)
  }
  const { listener } = await listening(() => messages())
  t.teardown(() => listener.close())
  const socket = connect({ port: listener.port, host: '127.0.0.1' })
  t.teardown(() => socket.destroy())
  socket.pause()
  socket.write(glued(question(1)))
  await until('some are made', () => made > 0)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const before = made
  t.ok(before < 5000, `${before} messages of 16 kB wait in the kernel and here`)
  socket.resume()
  await until('the rest is made', () => made === 10_000)
})

t.test('connections are bounded in number and in time', async (t) => {
  const { listener, refused } = await listening((request) => request, { connectionsPerAddress: 2, idle: 100 })
  t.teardown(() => listener.close())
  const sockets = Array.from({ length: 3 }, () => connect({ port: listener.port, host: '127.0.0.1' }))
  const closed = sockets.map((socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)))
  await Promise.all(closed)
  t.equal(refused.count, 1)
  t.pass('the other two, which said nothing, were ended')
})

t.test('a request that will be too long ends the connection at once', async (t) => {
  const { listener } = await listening((request) => request, { request: 100 })
  t.teardown(() => listener.close())
  t.same(await askTcp(listener.port, [Buffer.of(0, 101)]), [])
})
