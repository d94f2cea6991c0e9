import { createSocket } from 'node:dgram'
import t from 'tap'
import { askServer, isReplyTo } from '../../../src/dns/forward/upstream.ts'
import type { Tap } from '../../folder.ts'
import { until } from '../../patience.ts'
import { opt, query } from '../client.ts'
import { endpoint } from '../cluster.ts'
import { decode } from '../decode.ts'
import { answering, FakeServer, questionEnd } from '../fake-server.ts'

const NAME = 'www.Example.org'
const QUESTION = { key: '', bytes: query(NAME, 'A', { opt: opt() }), withoutEdns: query(NAME, 'A') }
const REPLY = answering(QUESTION.bytes)
const NEVER = new AbortController().signal
const silent = () => new FakeServer(() => [])

/** Where a server listens until the test ends. */
async function at(t: Tap, server: FakeServer) {
  t.teardown(() => server.close())
  return server.listen()
}

/** What a reply says: its code, whether it is cut, and its first address. */
function said(reply: Buffer | undefined) {
  if (reply === undefined) return undefined
  const { rcode, tc, answers } = decode(reply)
  return { rcode, tc, address: answers[0]?.data }
}

/** A reply with one byte changed. */
function changed(reply: Buffer, at: number, to: number): Buffer {
  const other = Buffer.from(reply)
  other[at] = to
  return other
}

t.test('the question is sent as it is, but for its id, and the reply is given as it came', async (t) => {
  const server = new FakeServer((request) => [answering(request)])
  const reply = await askServer(await at(t, server), QUESTION, NEVER)
  const [{ request } = { request: Buffer.alloc(0) }] = server.requests
  t.same(request.subarray(2), QUESTION.bytes.subarray(2))
  t.same(reply, answering(request))
  t.equal(server.requests.length, 1)
})

t.test('a reply that another socket sends is not taken, though its id and its port are right', async (t) => {
  const server = silent()
  const place = await at(t, server)
  const forger = createSocket('udp4')
  t.teardown(() => forger.close())
  const asked = askServer(place, QUESTION, NEVER)
  await until(() => server.requests.length === 1, 'the server is asked')
  for (const { request, port, send } of server.requests) {
    const forged = answering(request, { address: '192.0.2.66' })
    await new Promise((resolve) => forger.send(forged, port, '127.0.0.1', resolve))
    send(answering(request))
  }
  t.match(said(await asked), { address: '192.0.2.1' })
})

t.test('what is no reply to the question is waited past', async (t) => {
  const server = new FakeServer((request) => {
    const forged = answering(request, { address: '192.0.2.66' })
    return [changed(forged, 1, (forged[1] ?? 0) ^ 1), changed(forged, 14, 0x78), Buffer.alloc(0), answering(request)]
  })
  t.match(said(await askServer(await at(t, server), QUESTION, NEVER)), { address: '192.0.2.1' })
})

t.test('a reply that is cut is fetched by TCP with the same request', async (t) => {
  const byTcp: Buffer[] = []
  const server = new FakeServer(
    (request) => [answering(request, { tc: true })],
    (request) => {
      byTcp.push(Buffer.from(request))
      return answering(request, { address: '192.0.2.99' })
    },
  )
  const reply = await askServer(await at(t, server), QUESTION, NEVER)
  t.same(said(reply), { rcode: 0, tc: false, address: '192.0.2.99' })
  t.same(
    byTcp,
    server.requests.map(({ request }) => request),
  )
})

t.test('where TCP gives no reply to the question the cut one is the reply', async (t) => {
  for (const byTcp of [
    () => Buffer.alloc(0),
    (request: Buffer) => changed(answering(request), 0, (request[0] ?? 0) ^ 1),
    (request: Buffer) => request,
  ]) {
    const server = new FakeServer((request) => [answering(request, { tc: true })], byTcp)
    t.match(said(await askServer(await at(t, server), QUESTION, NEVER)), { tc: true })
  }
})

t.test('a server that does not know EDNS is asked once more, without it', async (t) => {
  for (const rcode of [1, 4]) {
    const server = new FakeServer((request) => [answering(request, { rcode: request[11] === 0 ? 0 : rcode })])
    t.match(said(await askServer(await at(t, server), QUESTION, NEVER)), { rcode: 0, address: '192.0.2.1' })
    t.equal(server.requests.length, 2)
    t.same(server.requests[1]?.request.subarray(2), QUESTION.withoutEdns.subarray(2))
  }
})

t.test('an error that has another cause than EDNS is the reply', async (t) => {
  const causes = [
    { rcode: 2 },
    { rcode: 5 },
    { rcode: 3 },
    { rcode: 1, additional: [opt()] },
    { rcode: 4, additional: [opt()] },
  ]
  for (const cause of causes) {
    const server = new FakeServer((request) => [answering(request, cause)])
    t.match(said(await askServer(await at(t, server), QUESTION, NEVER)), { rcode: cause.rcode })
    t.equal(server.requests.length, 1, 'it is asked once')
  }
  const always = new FakeServer((request) => [answering(request, { rcode: 1 })])
  t.match(said(await askServer(await at(t, always), QUESTION, NEVER)), { rcode: 1 })
  t.equal(always.requests.length, 2, 'and no third time')
})

t.test('where nothing listens, and where there is no way, there is no reply', async (t) => {
  // No system chooses port 1 for a socket of anybody, and nobody may connect to the broadcast address.
  for (const nobody of [endpoint('127.0.0.1', 1), endpoint('255.255.255.255', 53)]) {
    t.equal(await askServer(nobody, QUESTION, NEVER), undefined)
  }
})

t.test('a server that is silent is waited for until the signal, and not asked after it', async (t) => {
  const server = silent()
  const place = await at(t, server)
  const signal = new AbortController()
  const asked = askServer(place, QUESTION, signal.signal)
  await until(() => server.requests.length === 1, 'the server is asked')
  signal.abort()
  t.equal(await asked, undefined)
  t.equal(await askServer(place, QUESTION, signal.signal), undefined)
  const soon = new AbortController()
  const early = askServer(place, QUESTION, soon.signal)
  soon.abort()
  t.equal(await early, undefined)
  const last = new AbortController()
  const other = askServer(place, { ...QUESTION, bytes: query('last.example.org', 'A') }, last.signal)
  const isLast = ({ request }: { readonly request: Buffer }) => request.includes('last')
  await until(() => server.requests.some(isLast), 'the last question is there')
  t.equal(server.requests.length, 2, 'none came between the first and the last')
  last.abort()
  t.equal(await other, undefined)
})

t.test('a signal while the reply is fetched by TCP ends that too: the cut one is the reply', async (t) => {
  const signal = new AbortController()
  const server = new FakeServer(
    (request) => [answering(request, { tc: true })],
    (request) => {
      signal.abort()
      return answering(request)
    },
  )
  t.match(said(await askServer(await at(t, server), QUESTION, signal.signal)), { tc: true })
})

t.test(
  'a reply differs from its request in no bit but flags, code, counts of records and the case of letters',
  async (t) => {
    const end = questionEnd(REPLY)
    t.ok(isReplyTo(REPLY, QUESTION.bytes))
    for (let at = 0; at < end; at++) {
      for (let bit = 1; bit < 0x100; bit <<= 1) {
        const isLetter = at > 12 && at < end - 5 && /[a-z]/i.test(String.fromCharCode(REPLY[at] ?? 0))
        const isFree = (at === 2 && bit < 0x08) || at === 3 || (at >= 6 && at < 12) || (isLetter && bit === 0x20)
        const other = changed(REPLY, at, (REPLY[at] ?? 0) ^ bit)
        if (isReplyTo(other, QUESTION.bytes) !== isFree) t.fail(`bit ${bit} of byte ${at}`)
      }
    }
  },
)

t.test('a message that ends in its header or its question is no reply', async (t) => {
  const end = questionEnd(REPLY)
  t.ok(isReplyTo(REPLY.subarray(0, end), QUESTION.bytes))
  for (let length = 0; length < end; length++) {
    if (isReplyTo(REPLY.subarray(0, length), QUESTION.bytes)) t.fail(`${length} bytes`)
  }
})

t.test('a reply without the question can tell an error and nothing else', async (t) => {
  const header = changed(REPLY.subarray(0, 12), 5, 0)
  t.notOk(isReplyTo(header, QUESTION.bytes))
  for (const rcode of [1, 2, 5]) t.ok(isReplyTo(changed(header, 3, rcode), QUESTION.bytes))
  t.notOk(isReplyTo(changed(changed(header, 3, 1), 1, 0), QUESTION.bytes), 'its id still counts')
})
