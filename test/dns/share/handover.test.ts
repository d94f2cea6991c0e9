import { createHmac } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { DnsServer, DnsSettings } from '../../../src/dns/index.ts'
import { SHARE_SECRET_SIZE } from '../../../src/dns/index.ts'
import { freePort } from '../../free-port.ts'
import { until } from '../../patience.ts'
import { askTcp, glued, opt, query } from '../client.ts'
import { endpoint, snapshotOf, startServer } from '../cluster.ts'
import { decode } from '../decode.ts'
import { answering, FakeServer } from '../fake-server.ts'

const SNAPSHOT = snapshotOf('nodes 10\niprange 10.1.1.0 10.1.1.9\n')
/** How many ask, each from a port of its own: that all of them meet the same of three servers is no chance. */
const ASKERS = 60
const SECRET = new Uint8Array(SHARE_SECRET_SIZE).fill(9)

/** Three servers at one address, the first one first. */
async function three(t: Test, more: Partial<DnsSettings> = {}) {
  const port = await freePort()
  const settings = { ...more, listen: [endpoint('127.0.0.1', port)] }
  const servers: DnsServer[] = []
  for (const isFirst of [true, false, false]) {
    servers.push(await startServer(SNAPSHOT, settings, { share: { of: 3, isFirst, secret: SECRET } }))
  }
  t.teardown(() => Promise.all(servers.map((server) => server.close())))
  const [first] = servers as [DnsServer, ...DnsServer[]]
  for (const server of servers.slice(1)) server.handOverTo(first.handover)
  return { servers, first, port }
}

/** Those who ask, and what came back to each. */
async function askers(t: Test, count = ASKERS): Promise<readonly { socket: Socket; replies: Buffer[] }[]> {
  const all = Array.from({ length: count }, () => ({ socket: createSocket('udp4'), replies: [] as Buffer[] }))
  for (const { socket, replies } of all) {
    socket.on('message', (reply) => replies.push(reply))
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  }
  t.teardown(() => all.map(({ socket }) => socket.close()))
  return all
}

t.test('servers at one address share the requests, and each answers alike', async (t) => {
  const { servers, port } = await three(t)
  const all = await askers(t)
  const request = query('n1.cluster.internal', 'A')
  for (let round = 1; round <= 3; round++) {
    for (const { socket } of all) socket.send(request, port, '127.0.0.1')
    await until(() => all.every(({ replies }) => replies.length === round), 'all are answered')
  }
  t.equal(new Set(all.flatMap(({ replies }) => replies.map((reply) => reply.toString('hex')))).size, 1)
  const counts = servers.map(({ counters }) => counters.udp)
  t.ok(
    counts.every((count) => count > 0),
    `${counts}`,
  )
  t.equal(
    counts.reduce((sum, count) => sum + count),
    3 * ASKERS,
    'each is counted once',
  )
  t.ok(
    servers.every(({ counters }) => counters.batched > 0),
    'in the native part too',
  )
})

t.test('other servers are asked by the first one alone: equal questions once, whoever was asked', async (t) => {
  const upstream = new FakeServer(() => [])
  const { servers, first, port } = await three(t, { forward: [await upstream.listen()] })
  t.teardown(() => upstream.close())
  const all = await askers(t)
  const request = query('www.example.org', 'A')
  for (const { socket } of all) socket.send(request, port, '127.0.0.1')
  await until(() => first.counters.forwarded === ASKERS, 'all wait in the first server')
  for (const { request: asked, send } of upstream.requests) send(answering(asked))
  await until(() => all.every(({ replies }) => replies.length === 1), 'all are answered')
  t.equal(upstream.requests.length, 1)
  t.ok(all.every(({ replies }) => replies[0] && decode(replies[0]).answers[0]?.data === '192.0.2.1'))
  t.equal(
    servers.reduce((sum, { counters }) => sum + counters.udp, 0),
    ASKERS,
    'a request that is handed over is counted once',
  )
  t.ok(servers.slice(1).every(({ counters }) => counters.udp > 0 && counters.forwarded === 0))
})

t.test('a cookie of one is a cookie of all', async (t) => {
  const { port } = await three(t)
  const all = await askers(t)
  const cookie = (hex: string) =>
    query('n1.cluster.internal', 'A', {
      opt: opt(1232, { options: Buffer.concat([Buffer.of(0, 10, 0, hex.length / 2), Buffer.from(hex, 'hex')]) }),
    })
  for (const { socket } of all) socket.send(cookie('0102030405060708'), port, '127.0.0.1')
  await until(() => all.every(({ replies }) => replies.length === 1), 'all are answered')
  const made = all.map(
    ({ replies }) =>
      replies[0]
        ?.subarray(-24)
        .toString('hex')
        .replace(/^(.{24}).{8}/, '$1') ?? '',
  )
  // All are made with one secret: within a second they are the same but for the time in them.
  t.ok(new Set(made).size <= 2, `${[...new Set(made)]}`)
})

t.test('TCP and transfers are of the first one', async (t) => {
  const { servers, port } = await three(t)
  const [reply] = await askTcp(port, [glued(query('cluster.internal', 'AXFR'))])
  t.ok(reply)
  t.strictSame(
    servers.map(({ counters }) => counters.tcp),
    [1, 0, 0],
  )
  const all = await askers(t)
  // An IXFR by UDP has the SOA.
  for (const { socket } of all) socket.send(query('cluster.internal', 'IXFR'), port, '127.0.0.1')
  const asked = () => servers.reduce((sum, { counters }) => sum + counters.udp, 0)
  await until(() => asked() === ASKERS && all.every(({ replies }) => replies.length === 1), 'all are answered')
  t.equal(new Set(all.map(({ replies }) => replies[0]?.toString('hex'))).size, 1)
})

t.test('who has the port of the first one while it is gone can hand over nothing but what it was given', async (t) => {
  const { servers, first, port } = await three(t)
  const thief = createSocket('udp4')
  t.teardown(() => thief.close())
  thief.bind(0, '127.0.0.1')
  await once(thief, 'listening')
  for (const server of servers) server.handOverTo(thief.address().port)
  const all = await askers(t)
  const answered = () => all.reduce((sum, { replies }) => sum + replies.length, 0)
  const transfer = query('cluster.internal', 'IXFR')
  const given = once(thief, 'message') as Promise<[Buffer]>
  for (const { socket } of all) socket.send(transfer, port, '127.0.0.1')
  const [message] = await given
  const other = Buffer.concat([message.subarray(0, -transfer.length), query('n1.cluster.internal', 'A')])
  const changed = Array.from({ length: message.length }, (_, at) =>
    message.map((byte, i) => (i === at ? byte ^ 1 : byte)),
  )
  await until(() => first.counters.udp === answered(), 'the first one has answered what it was asked itself')
  const before = answered()
  for (const forged of [other, ...changed]) thief.send(forged, first.handover, '127.0.0.1')
  thief.send(message, first.handover, '127.0.0.1')
  await until(() => answered() > before, 'what was handed over is answered')
  t.equal(answered(), before + 1, 'and nothing else')
})

t.test('what is handed over without a proof has no answer', async (t) => {
  const { servers, first } = await three(t)
  const [asker] = await askers(t, 1)
  const request = query('n1.cluster.internal', 'A')
  const place = Buffer.from(`127.0.0.1 ${first.endpoints[0]?.port}`)
  const secret = Buffer.from(SECRET.subarray(16))
  const body = (name = place, length = name.length) =>
    Buffer.concat([Buffer.of(length), name, Buffer.alloc(64, 2), request])
  const proved = (message: Buffer) =>
    Buffer.concat([createHmac('sha256', secret).update(message).digest().subarray(0, 16), message])
  const wrong = [
    Buffer.concat([Buffer.alloc(16), body()]),
    Buffer.concat([secret, body()]),
    proved(body(Buffer.from('127.0.0.1 1'))),
    proved(body(place, 255)),
    proved(body()),
    proved(Buffer.of(0)),
    proved(Buffer.alloc(0)),
    secret.subarray(0, 15),
    Buffer.alloc(0),
  ]
  for (const message of wrong) asker?.socket.send(message, first.handover, '127.0.0.1')
  asker?.socket.send(request, first.endpoints[0]?.port ?? 0, '127.0.0.1')
  await until(() => asker?.replies.length === 1, 'the server goes on')
  const sum = (count: (counters: DnsServer['counters']) => number) =>
    servers.reduce((all, { counters }) => all + count(counters), 0)
  t.strictSame([sum(({ udp }) => udp), sum(({ replies }) => replies[0] ?? 0)], [1, 1])
})

t.test(
  'while the first one is gone, a question that it would have answered has no answer, and is counted',
  async (t) => {
    const { servers, first, port } = await three(t, { forward: [endpoint('127.0.0.1', 9)] })
    await first.close()
    for (const server of servers) server.handOverTo(0)
    const all = await askers(t)
    for (const { socket } of all) socket.send(query('www.example.org', 'A'), port, '127.0.0.1')
    await until(() => servers.slice(1).reduce((sum, { counters }) => sum + counters.unsent, 0) === ASKERS)
    for (const { socket } of all) socket.send(query('n2.cluster.internal', 'A'), port, '127.0.0.1')
    await until(() => all.every(({ replies }) => replies.length === 1), 'what is ours is answered')
  },
)
