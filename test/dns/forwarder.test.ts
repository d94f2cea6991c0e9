import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import t from 'tap'
import { FORWARD_LIMITS, Forwarder } from '../../src/dns/forwarder.ts'
import { framed } from '../../src/dns/frames.ts'
import { isFault, type Query, readQuery } from '../../src/dns/query.ts'
import { askUdp, opt, query, rcodeOf } from './client.ts'
import { endpoint, snapshotOf, startServer } from './cluster.ts'
import { decode } from './decode.ts'

/** A name server of the test's own, UDP and TCP on one port. */
class FakeServer {
  readonly requests: { request: Buffer; port: number }[] = []
  readonly #udp: Socket = createSocket('udp4')
  readonly #tcp: Server

  constructor(udp: (request: Buffer) => Buffer[], tcp: (request: Buffer) => Buffer = () => Buffer.alloc(0)) {
    this.#udp.on('message', (request: Buffer, from: RemoteInfo) => {
      this.requests.push({ request, port: from.port })
      for (const reply of udp(request)) this.#udp.send(reply, from.port, from.address)
    })
    this.#tcp = createServer((socket) => socket.on('data', (chunk) => socket.end(framed(tcp(chunk.subarray(2))))))
  }

  async listen() {
    await new Promise<void>((resolve) => this.#tcp.listen(0, '127.0.0.1', () => resolve()))
    const address = this.#tcp.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await new Promise<void>((resolve) => this.#udp.bind(port, '127.0.0.1', () => resolve()))
    return endpoint('127.0.0.1', port)
  }

  close(): void {
    this.#udp.close()
    this.#tcp.close()
  }
}

/** The reply to a request: its header and question, an address, and whether it is cut. */
function answering(request: Buffer, { address = '192.0.2.1', rcode = 0, tc = false } = {}): Buffer {
  const end = request.indexOf(Buffer.of(0, 0, 1, 0, 1)) + 5
  const reply = Buffer.from(request.subarray(0, end))
  reply[2] = 0x81 | (tc ? 2 : 0)
  reply[3] = 0x80 | rcode
  reply.fill(0, 6, 12)
  if (tc || rcode !== 0) return reply
  reply[7] = 1
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)])
  return Buffer.concat([reply, record])
}

function asked(request: Buffer): Query {
  const read = readQuery(request)
  if (read === undefined || isFault(read)) throw new Error('no query')
  return read
}

const REQUEST = query('www.Example.org', 'A', { id: 77, opt: opt(1232) })
const limits = { ...FORWARD_LIMITS, patience: 100 }
const now = () => performance.now()

t.test("the reply is the client's own: its id, its letters, recursion available", async (t) => {
  const server = new FakeServer((request) => [answering(request)])
  const forwarder = new Forwarder([await server.listen()], now, limits)
  t.teardown(() => server.close())
  const reply = await forwarder.ask(asked(REQUEST), 1232)
  t.match(reply && decode(reply), {
    id: 77,
    ra: true,
    rd: true,
    questions: [{ name: 'www.Example.org.' }],
    answers: [{ data: '192.0.2.1' }],
  })
})

t.test('ids and ports differ from question to question', async (t) => {
  const server = new FakeServer((request) => [answering(request)])
  const forwarder = new Forwarder([await server.listen()], now, limits)
  t.teardown(() => server.close())
  await Promise.all(Array.from({ length: 40 }, () => forwarder.ask(asked(REQUEST), 1232)))
  t.ok(new Set(server.requests.map(({ port }) => port)).size > 30)
  t.ok(new Set(server.requests.map(({ request }) => request.readUInt16BE(0))).size > 30)
})

t.test('a reply with another id, question or letter case is no reply', async (t) => {
  const server = new FakeServer((request) => {
    const forged = { address: '6.6.6.6' }
    const otherId = answering(request, forged)
    otherId.writeUInt16BE((otherId.readUInt16BE(0) + 1) & 0xffff, 0)
    const otherCase = answering(request, forged)
    otherCase[17] = (otherCase[17] ?? 0) ^ 0x20
    const otherType = answering(request, forged)
    otherType[30] = 28
    const question = Buffer.from(request)
    return [otherId, otherCase, otherType, question, Buffer.alloc(3), answering(request)]
  })
  const forwarder = new Forwarder([await server.listen()], now, limits)
  t.teardown(() => server.close())
  const reply = await forwarder.ask(asked(REQUEST), 1232)
  t.equal(reply && decode(reply).answers[0]?.data, '192.0.2.1')
})

t.test('a server that is silent or fails is passed over, and rests', async (t) => {
  const silent = new FakeServer(() => [])
  const failing = new FakeServer((request) => [answering(request, { rcode: 2 })])
  const good = new FakeServer((request) => [answering(request)])
  const servers = [silent, failing, good]
  const forwarder = new Forwarder(await Promise.all(servers.map((server) => server.listen())), now, limits)
  t.teardown(() => {
    for (const server of servers) server.close()
  })
  for (let i = 0; i < 3; i++) t.ok(await forwarder.ask(asked(REQUEST), 1232))
  t.same(
    servers.map(({ requests }) => requests.length),
    [1, 1, 3],
  )
})

t.test('a server to which there is no way is passed over', async (t) => {
  const good = new FakeServer((request) => [answering(request)])
  // Nobody may connect to the broadcast address.
  const forwarder = new Forwarder([endpoint('255.255.255.255', 53), await good.listen()], now, limits)
  t.teardown(() => good.close())
  t.ok(await forwarder.ask(asked(REQUEST), 1232))
})

t.test('a reply that is cut is fetched by TCP; one that the client can not take is cut', async (t) => {
  const server = new FakeServer(
    (request) => [answering(request, { tc: true })],
    (request) => answering(request, { address: '192.0.2.99' }),
  )
  const forwarder = new Forwarder([await server.listen()], now, limits)
  t.teardown(() => server.close())
  const reply = await forwarder.ask(asked(REQUEST), 1232)
  t.match(reply && decode(reply), { tc: false, answers: [{ data: '192.0.2.99' }] })
  const short = await forwarder.ask(asked(REQUEST), 45)
  t.match(short && decode(short), { id: 77, tc: true, answers: [], additionals: [{ type: 41 }] })
})

t.test('only so many questions are under way', async (t) => {
  const server = new FakeServer(() => [])
  const forwarder = new Forwarder([await server.listen()], now, { ...limits, inFlight: 5, tries: 1 })
  t.teardown(() => server.close())
  const replies = await Promise.all(Array.from({ length: 20 }, () => forwarder.ask(asked(REQUEST), 1232)))
  t.equal(server.requests.length, 5)
  t.ok(replies.every((reply) => reply === undefined))
})

t.test('a server forwards what is not ours; where nobody answers it says that it could not find out', async (t) => {
  const upstream = new FakeServer((request) => (request.includes('Example') ? [answering(request)] : []))
  const server = await startServer(snapshotOf('nodes 2\niprange 10.1.1.1 10.1.1.9\n'), {
    forward: [await upstream.listen()],
  })
  t.teardown(async () => {
    upstream.close()
    await server.close()
  })
  const port = server.endpoints[0]?.port ?? 0
  const reply = await askUdp(port, REQUEST)
  t.match(reply && decode(reply), { aa: false, ra: true, answers: [{ data: '192.0.2.1' }] })
  const none = await askUdp(port, query('silent.org', 'A'), 6000)
  t.equal(none && rcodeOf(none), 2)
  t.match(server.counters, { forwarded: 2, unanswered: 1 })
})
