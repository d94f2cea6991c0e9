import { createSocket } from 'node:dgram'
import t from 'tap'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'
import { askTcp, askUdp, glued, opt, query, rcodeOf } from './client.ts'
import { endpoint, outsideAddress, snapshotOf, startServer } from './cluster.ts'
import { decode } from './decode.ts'

const CONFIG = 'nodes 10\niprange 10.1.1.0 10.1.1.9\n'

t.test('a question has the same answer by UDP and TCP, at first and again', async (t) => {
  const server = await startServer(snapshotOf(CONFIG))
  t.teardown(() => server.close())
  const port = server.endpoints[0]?.port ?? 0
  for (const request of [query('n1.cluster.internal', 'A'), query('N1.cluster.internal', 'A', { opt: opt(1232) })]) {
    const replies = [
      await askUdp(port, request),
      await askUdp(port, request),
      ...(await askTcp(port, [glued(request)])),
    ]
    t.match(replies[0] && decode(replies[0]), { id: 0x1234, aa: true, answers: [{ data: '10.1.1.1' }] })
    t.same(replies[1], replies[0])
    t.same(replies[2], replies[0])
  }
  t.match(server.counters, { udp: 4, tcp: 2, ready: 3, refused: 0, dropped: 0 })
  t.equal(server.counters.replies[0], 6)
})

t.test('a publication is what is answered from then on', async (t) => {
  const server = await startServer(snapshotOf(CONFIG, 1))
  t.teardown(() => server.close())
  const port = server.endpoints[0]?.port ?? 0
  const ask = async () =>
    decode((await askUdp(port, query('n1.cluster.internal', 'A'))) ?? Buffer.alloc(0)).answers[0]?.data
  t.equal(await ask(), '10.1.1.1')
  server.serve(snapshotOf('nodes 10\niprange 10.1.2.0 10.1.2.9\n', 2))
  t.equal(await ask(), '10.1.2.1')
})

t.test('who may not ask is refused, briefly and not too often', async (t) => {
  const server = await startServer(snapshotOf(CONFIG), { listen: [endpoint('0.0.0.0', 0)] })
  t.teardown(() => server.close())
  const port = server.endpoints[0]?.port ?? 0
  const outside = outsideAddress()
  if (outside === undefined) return t.comment('this machine has loopback alone')
  const request = query('n1.cluster.internal', 'A', { opt: opt() })
  const replies: Buffer[] = []
  const socket = createSocket('udp4').on('message', (reply) => replies.push(reply))
  await new Promise<void>((resolve) => socket.bind(0, outside, resolve))
  for (let i = 0; i < 50; i++) socket.send(request, port, outside)
  await until(() => server.counters.refused === 50, 'all are refused')
  await until(() => replies.length === 50 - server.counters.limited, 'all replies are there')
  socket.close()
  t.ok(replies.length >= 10 && replies.length < 50, `${replies.length} replies for 50 requests`)
  t.ok(replies.every((reply) => rcodeOf(reply) === 5 && reply.length <= request.length))
})

t.test('a secondary may ask, and copy, wherever it is', async (t) => {
  const outside = outsideAddress()
  if (outside === undefined) return t.comment('this machine has loopback alone')
  const secondaries = [{ endpoint: endpoint(outside, 9), key: undefined }]
  const server = await startServer(snapshotOf(CONFIG), { listen: [endpoint('0.0.0.0', 0)], secondaries })
  t.teardown(() => server.close())
  const [reply] = await askTcp(server.endpoints[0]?.port ?? 0, [glued(query('cluster.internal', 'AXFR'))], outside)
  t.equal(reply && decode(reply).answers.length, 13)
})

t.test('a wildcard address answers from the address that was asked', async (t) => {
  const server = await startServer(snapshotOf(CONFIG), { listen: [endpoint('0.0.0.0', 0), endpoint('::', 0)] })
  t.teardown(() => server.close())
  const [four, six] = server.endpoints
  for (const [host, port] of [
    ['127.0.0.1', four?.port],
    ['::1', six?.port],
  ] as const) {
    const from = await sender(host, port ?? 0, query('n1.cluster.internal', 'A'))
    t.ok(from === host || from === undefined, `${host} is answered by ${from}`)
  }
})

t.test('an address of loopback that is named beside a wildcard answers too', async (t) => {
  const port = await freePort()
  const listen = ['0.0.0.0', '127.0.0.54'].map((host) => endpoint(host, port))
  const server = await startServer(snapshotOf(CONFIG), { listen })
  t.teardown(() => server.close())
  for (const host of ['127.0.0.54', '127.0.0.1']) {
    t.equal(await sender(host, port, query('n1.cluster.internal', 'A')), host)
    t.equal((await askTcp(port, [glued(query('n1.cluster.internal', 'A'))], host)).length, 1, host)
  }
})

/** The address that a reply comes from; undefined where the machine has no such address. */
function sender(host: string, port: number, request: Buffer): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const done = (from?: string): void => {
      clearTimeout(timer)
      socket.close()
      resolve(from)
    }
    const timer = setTimeout(done, 5000)
    socket.on('message', (_, { address }) => done(address))
    socket.on('error', () => done())
    socket.send(request, port, host)
  })
}

t.test('a cookie is answered with one of ours, even without a question', async (t) => {
  const server = await startServer(snapshotOf(CONFIG))
  t.teardown(() => server.close())
  const port = server.endpoints[0]?.port ?? 0
  const cookie = (bytes: string) =>
    opt(1232, { options: Buffer.concat([Buffer.of(0, 10, 0, bytes.length / 2), Buffer.from(bytes, 'hex')]) })
  const ask = async (request: Buffer) => decode((await askUdp(port, request)) ?? Buffer.alloc(0))
  const asked = await ask(query('n1.cluster.internal', 'A', { opt: cookie('0102030405060708') }))
  t.match(asked, {
    rcode: 0,
    answers: [{ data: '10.1.1.1' }],
    additionals: [{ data: /^000a0018010203040506070801000000/ }],
  })
  const again = query('n1.cluster.internal', 'A', { opt: cookie(asked.additionals[0]?.data.slice(8) ?? '') })
  t.match(await ask(again), { rcode: 0, additionals: [{ data: /^000a0018/ }] })
  t.match(await ask(query('n1.cluster.internal', 'A', { opt: cookie('01020304') })), { rcode: 1, answers: [] })
  const none = Buffer.concat([query('n1', 'A').subarray(0, 12), cookie('0102030405060708')])
  none.set([0, 0, 0, 0, 0, 0, 0, 1], 4)
  t.match(await ask(none), { rcode: 0, questions: [], additionals: [{ data: /^000a0018/ }] })
})

t.test('an address that is taken is an error that leaves nothing open', async (t) => {
  const first = await startServer(snapshotOf(CONFIG))
  t.teardown(() => first.close())
  const taken = endpoint('127.0.0.1', first.endpoints[0]?.port ?? 0)
  await t.rejects(startServer(snapshotOf(CONFIG), { listen: [endpoint('127.0.0.1', 0), taken] }), {
    code: 'EADDRINUSE',
  })
})
