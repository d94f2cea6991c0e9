import t from 'tap'
import { freePort } from '../../free-port.ts'
import { askUdp, opt, query, rcodeOf } from '../client.ts'
import { endpoint, snapshotOf, startServer } from '../cluster.ts'
import { decode } from '../decode.ts'
import { answering, FakeServer } from '../fake-server.ts'

const SNAPSHOT = snapshotOf('nodes 2\niprange 10.1.1.1 10.1.1.9\n')

t.test('a server forwards what is not ours; where nobody answers it says that it could not find out', async (t) => {
  const upstream = new FakeServer((request) => [answering(request, { rcode: request.includes('Example') ? 0 : 2 })])
  const server = await startServer(SNAPSHOT, { forward: [await upstream.listen()] })
  t.teardown(async () => {
    upstream.close()
    await server.close()
  })
  const port = server.endpoints[0]?.port ?? 0
  const reply = await askUdp(port, query('www.Example.org', 'A', { opt: opt(1232) }))
  t.match(reply && decode(reply), { aa: false, ra: true, answers: [{ data: '192.0.2.1' }] })
  for (const _ of [1, 2]) {
    const none = await askUdp(port, query('silent.org', 'A'))
    t.equal(none && rcodeOf(none), 2)
  }
  t.match(server.counters, { forwarded: 3 })
  t.equal(upstream.requests.length, 2)
})

t.test('a server that is itself is not asked, and the question ends', async (t) => {
  const port = await freePort()
  const own = endpoint('127.0.0.1', port)
  const server = await startServer(SNAPSHOT, { listen: [own], forward: [own] })
  t.teardown(() => server.close())
  const reply = await askUdp(port, query('www.example.org', 'A'))
  t.equal(reply && rcodeOf(reply), 2)
  t.equal(server.counters.udp, 1)
})

t.test('two servers that forward to each other end by themselves', async (t) => {
  const [port, other] = [await freePort(), await freePort()]
  const first = await startServer(SNAPSHOT, {
    listen: [endpoint('127.0.0.1', port)],
    forward: [endpoint('127.0.0.1', other)],
  })
  const second = await startServer(SNAPSHOT, {
    listen: [endpoint('127.0.0.1', other)],
    forward: [endpoint('127.0.0.1', port)],
  })
  t.teardown(() => Promise.all([first.close(), second.close()]))
  const reply = await askUdp(port, query('www.example.org', 'A'))
  t.equal(reply && rcodeOf(reply), 2)
  const again = await askUdp(other, query('www.example.org', 'A'))
  t.equal(again && rcodeOf(again), 2)
  t.ok(
    first.counters.udp <= 5 && second.counters.udp <= 5,
    `${first.counters.udp} and ${second.counters.udp} questions`,
  )
})
