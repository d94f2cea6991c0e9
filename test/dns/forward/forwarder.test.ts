import t, { type Test } from 'tap'
import { FORWARD_LIMITS, Forwarder, type ForwardLimits } from '../../../src/dns/forward/forwarder.ts'
import type { Client } from '../../../src/dns/forward/own-servers.ts'
import { isFault, type Query, readQuery } from '../../../src/dns/wire/query.ts'
import { type Endpoint, handlers } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import { until } from '../../patience.ts'
import { opt, query } from '../client.ts'
import { endpoint } from '../cluster.ts'
import { decode } from '../decode.ts'
import { answering, FakeServer } from '../fake-server.ts'

function asked(request: Buffer): Query {
  const read = readQuery(request)
  if (read === undefined || isFault(read)) throw new Error('no query')
  return read
}

/** What a client's request needs. */
const needs = (
  request: Buffer,
  { limit = 1232, cookie = undefined as Uint8Array | undefined, exists = false } = {},
) => ({
  query: asked(request),
  limit,
  cookie,
  exists,
})
const client = (host: string, port = 40_000): Client => ({ address: endpoint(host, port).address, port })
const NODE = client('10.0.0.7')
const REQUEST = query('www.Example.org', 'A', { id: 77, opt: opt(1232) })
/** A question of its own for each number. */
const numbered = (i: number): Buffer => query(`q${i}.example.org`, 'A', { id: i })
/** The first answer of a reply; the code where there is none. */
const told = (reply: Buffer | number) => (typeof reply === 'number' ? reply : decode(reply).answers[0]?.data)

/** A forwarder to servers of the test, and its clock. */
async function forwarding(t: Test, servers: readonly FakeServer[], limits: Partial<ForwardLimits> = {}) {
  const endpoints = await Promise.all(servers.map((server) => server.listen()))
  t.teardown(() => {
    for (const server of servers) server.close()
  })
  return from(endpoints, limits)
}

function from(endpoints: readonly Endpoint[], limits: Partial<ForwardLimits> = {}) {
  const clock = new HandClock()
  return { clock, endpoints, forwarder: new Forwarder(endpoints, clock, { ...FORWARD_LIMITS, ...limits }) }
}

const good = () => new FakeServer((request) => [answering(request)])
const silent = () => new FakeServer(() => [])

t.test("the reply is the client's own: its id, its letters, recursion available", async (t) => {
  const { forwarder } = await forwarding(t, [good()])
  const reply = await forwarder.ask(needs(REQUEST), NODE)
  t.match(typeof reply !== 'number' && decode(reply), {
    id: 77,
    ra: true,
    rd: true,
    questions: [{ name: 'www.Example.org.' }],
    answers: [{ data: '192.0.2.1' }],
  })
})

t.test('ids and ports differ from question to question', async (t) => {
  const server = good()
  const { forwarder } = await forwarding(t, [server])
  await Promise.all(Array.from({ length: 40 }, (_, i) => forwarder.ask(needs(numbered(i)), NODE)))
  t.ok(new Set(server.requests.map(({ port }) => port)).size > 30)
  t.ok(new Set(server.requests.map(({ request }) => request.readUInt16BE(0))).size > 30)
})

t.test('a reply with another id or question is no reply, and a request is none', async (t) => {
  const server = new FakeServer((request) => {
    const forged = { address: '192.0.2.66' }
    const otherId = answering(request, forged)
    otherId.writeUInt16BE((otherId.readUInt16BE(0) + 1) & 0xffff, 0)
    const otherName = answering(request, forged)
    otherName[17] = (otherName[17] ?? 0) ^ 1
    const otherType = answering(request, forged)
    otherType[30] = 28
    return [otherId, otherName, otherType, request, Buffer.alloc(3), answering(request)]
  })
  const { forwarder } = await forwarding(t, [server])
  t.equal(told(await forwarder.ask(needs(REQUEST), NODE)), '192.0.2.1')
})

t.test('a reply in small letters is a reply, and the client sees its own', async (t) => {
  const server = new FakeServer((request) => {
    const reply = answering(request)
    reply.write('example', 17, 'latin1')
    return [reply]
  })
  const { forwarder } = await forwarding(t, [server])
  const reply = await forwarder.ask(needs(REQUEST), NODE)
  t.match(typeof reply !== 'number' && decode(reply).answers, [{ name: 'www.Example.org.', data: '192.0.2.1' }])
})

t.test('a server that is silent or fails is passed over, and rests', async (t) => {
  const failing = new FakeServer((request) => [answering(request, { rcode: 2 })])
  const servers = [silent(), failing, good()]
  const { forwarder, clock } = await forwarding(t, servers)
  const first = forwarder.ask(needs(numbered(1)), NODE)
  await until(() => servers[0]?.requests.length === 1, 'the first is asked')
  clock.turn(1500)
  t.equal(told(await first), '192.0.2.1')
  for (const i of [2, 3]) t.equal(told(await forwarder.ask(needs(numbered(i)), NODE)), '192.0.2.1')
  t.same(
    servers.map(({ requests }) => requests.length),
    [1, 1, 3],
  )
})

t.test('an answer that comes after the next server was asked is an answer', async (t) => {
  const [late, other] = [silent(), silent()]
  const { forwarder, clock } = await forwarding(t, [late, other])
  const reply = forwarder.ask(needs(REQUEST), NODE)
  await until(() => late.requests.length === 1, 'the first is asked')
  clock.turn(1500)
  await until(() => other.requests.length === 1, 'the second is asked')
  const [question] = late.requests
  question?.send(answering(question.request))
  t.equal(told(await reply), '192.0.2.1')
})

t.test('one silent server is asked three times, and then the question has failed', async (t) => {
  const server = silent()
  const { forwarder, clock } = await forwarding(t, [server])
  const reply = forwarder.ask(needs(REQUEST), NODE)
  for (const count of [1, 2, 3]) {
    await until(() => server.requests.length === count, `it is asked ${count} times`)
    clock.turn(1500)
  }
  t.equal(await reply, 2)
  t.equal(server.requests.length, 3)
})

t.test('a server that refuses is asked once for a question', async (t) => {
  const server = new FakeServer((request) => [answering(request, { rcode: 5 })])
  const { forwarder } = await forwarding(t, [server])
  const reply = await forwarder.ask(needs(REQUEST), NODE)
  t.equal(typeof reply !== 'number' && decode(reply).rcode, 5)
  t.equal(server.requests.length, 1)
})

t.test('a server to which there is no way is passed over', async (t) => {
  const server = good()
  t.teardown(() => server.close())
  // Nobody may connect to the broadcast address.
  const { forwarder } = from([endpoint('255.255.255.255', 53), await server.listen()])
  t.equal(told(await forwarder.ask(needs(REQUEST), NODE)), '192.0.2.1')
})

t.test('a server that does not know EDNS is asked without it', async (t) => {
  for (const header of [0x8001, 0x8004]) {
    const server = new FakeServer((request) => {
      if (request[11] === 0) return [answering(request)]
      const error = Buffer.alloc(12)
      error.set(request.subarray(0, 2))
      error.writeUInt16BE(header, 2)
      return [error]
    })
    const { forwarder } = await forwarding(t, [server])
    t.equal(told(await forwarder.ask(needs(REQUEST), NODE)), '192.0.2.1', header.toString(16))
  }
})

t.test('a reply that is no message is the fault of the server', async (t) => {
  const garbage = new FakeServer((request) => {
    const reply = answering(request)
    reply[7] = 9
    return [reply]
  })
  const { forwarder } = await forwarding(t, [garbage])
  t.equal(await forwarder.ask(needs(REQUEST), NODE), 2)
  t.equal(garbage.requests.length, 1)
})

t.test('a reply that is cut is fetched by TCP; one that the client can not take is cut', async (t) => {
  const server = new FakeServer(
    (request) => [answering(request, { tc: true })],
    (request) => answering(request, { address: '192.0.2.99' }),
  )
  const { forwarder } = await forwarding(t, [server])
  const whole = await forwarder.ask(needs(REQUEST), NODE)
  t.match(typeof whole !== 'number' && decode(whole), { tc: false, answers: [{ data: '192.0.2.99' }] })
  const short = await forwarder.ask(needs(REQUEST, { limit: 45 }), NODE)
  t.match(typeof short !== 'number' && decode(short), { id: 77, tc: true, answers: [], additionals: [{ type: 41 }] })
})

t.test('who sent no OPT record gets none, and who sent a cookie gets ours', async (t) => {
  const server = new FakeServer((request) => [answering(request, { additional: [opt(4096)] })])
  const { forwarder } = await forwarding(t, [server])
  const plain = await forwarder.ask(needs(query('www.example.org', 'A')), NODE)
  t.match(typeof plain !== 'number' && decode(plain), { answers: [{}], additionals: [] })
  const cookie = Buffer.alloc(24, 7)
  const reply = await forwarder.ask(needs(REQUEST, { cookie }), NODE)
  t.match(typeof reply !== 'number' && decode(reply).additionals, [{ type: 41, data: /^000a001807070707/ }])
  t.notOk(
    server.requests.some(({ request }) => request.includes(cookie)),
    'cookies are between the client and us',
  )
})

t.test('AD is asked for, and told to who asked for it', async (t) => {
  const server = new FakeServer((request) => [answering(request, { ad: ((request[3] ?? 0) & 0x20) !== 0 })])
  const { forwarder } = await forwarding(t, [server])
  const ad = async (flags: number, dnssecOk = false) => {
    const request = query('www.example.org', 'A', { flags, ...(dnssecOk && { opt: opt(1232, { flags: 0x8000 }) }) })
    const reply = await forwarder.ask(needs(request), NODE)
    return typeof reply !== 'number' && ((reply[3] ?? 0) & 0x20) !== 0
  }
  t.same([await ad(0x0120), await ad(0x0100), await ad(0x0100, true)], [true, false, true])
})

t.test('a name that exists for us has no records where others say that it does not exist', async (t) => {
  const { forwarder } = await forwarding(t, [new FakeServer((request) => [answering(request, { rcode: 3 })])])
  const code = async (exists: boolean) => {
    const reply = await forwarder.ask(needs(REQUEST, { exists }), NODE)
    return typeof reply !== 'number' && decode(reply).rcode
  }
  t.same([await code(true), await code(false)], [0, 3])
})

t.test('equal questions are asked once: in any letter case, from any client, with EDNS or without', async (t) => {
  const server = silent()
  const { forwarder } = await forwarding(t, [server])
  const requests = [REQUEST, query('WWW.example.org', 'A', { id: 1 }), query('www.example.ORG', 'A', { id: 2 })]
  const replies = Promise.all(requests.map((request, i) => forwarder.ask(needs(request), client(`10.0.0.${i + 1}`))))
  await until(() => server.requests.length === 1, 'it is asked')
  const [question] = server.requests
  question?.send(answering(question.request))
  const decoded = (await replies).map((reply) => (typeof reply === 'number' ? undefined : decode(reply)))
  t.match(decoded, [
    {
      id: 77,
      questions: [{ name: 'www.Example.org.' }],
      answers: [{ data: '192.0.2.1' }],
      additionals: [{ type: 41 }],
    },
    { id: 1, questions: [{ name: 'WWW.example.org.' }], answers: [{ data: '192.0.2.1' }], additionals: [] },
    { id: 2, questions: [{ name: 'www.example.ORG.' }], answers: [{ data: '192.0.2.1' }], additionals: [] },
  ])
  t.equal(server.requests.length, 1)
})

t.test('questions of another type, or with DO or CD, are others', async (t) => {
  const server = good()
  const { forwarder } = await forwarding(t, [server])
  const others = [
    query('www.example.org', 'A'),
    query('www.example.org', 'AAAA'),
    query('www.example.org', 'A', { flags: 0x0110 }),
    query('www.example.org', 'A', { opt: opt(1232, { flags: 0x8000 }) }),
    query('www.example.net', 'A'),
  ]
  await Promise.all(others.map((request) => forwarder.ask(needs(request), NODE)))
  t.equal(server.requests.length, 5)
})

t.test('six hundred copies of one question with a silent server leave room for other clients', async (t) => {
  const server = new FakeServer((request) => (request.includes('other') ? [answering(request)] : []))
  const { forwarder, clock } = await forwarding(t, [server])
  const copies = Array.from({ length: 600 }, () => forwarder.ask(needs(REQUEST), client('127.0.0.1')))
  t.equal(told(await forwarder.ask(needs(query('other.org', 'A')), client('127.0.0.9'))), 2, 'loopback is one client')
  t.equal(told(await forwarder.ask(needs(query('other.org', 'A')), NODE)), '192.0.2.1')
  clock.turn(10_000)
  t.ok((await Promise.all(copies)).every((reply) => reply === 2))
  t.equal(server.requests.filter(({ request }) => request.includes('Example')).length <= 3, true)
})

t.test(
  'the outcome of one question is given to all who wait for it, and not in one turn of the event loop',
  async (t) => {
    const server = silent()
    const { forwarder } = await forwarding(t, [server])
    let turn = 0
    let isOver = false
    const next = (): void => {
      turn++
      if (!isOver) setImmediate(next)
    }
    next()
    const perTurn = new Map<number, number>()
    const copies = Array.from({ length: 1000 }, async (_, i) => {
      const reply = await forwarder.ask(needs(REQUEST), client(`10.0.${i >> 6}.${i & 63}`))
      perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1)
      return told(reply)
    })
    await until(() => server.requests.length === 1, 'it is asked')
    const [question] = server.requests
    question?.send(answering(question.request))
    t.same(new Set(await Promise.all(copies)), new Set(['192.0.2.1']))
    isOver = true
    const most = Math.max(...perTurn.values())
    // The first are told when the reply comes, those after them in the turns that follow: two may fall between two of ours.
    t.ok(most <= 128, `${most} in one turn`)
  },
)

t.test('an unexpected error costs a question its outcome, and whoever waits for it gets a code', async (t) => {
  const { forwarder } = await forwarding(t, [good()])
  handlers.tryWith((name) => {
    if (name === 'forward outcome') throw new Error('a fault')
  })
  t.teardown(() => handlers.tryWith(undefined))
  t.equal(told(await forwarder.ask(needs(REQUEST), NODE)), 2)
  handlers.tryWith(undefined)
  t.equal(told(await forwarder.ask(needs(numbered(1)), NODE)), '192.0.2.1')
})

t.test('only so many questions are under way: of a client, of a server, and in all', async (t) => {
  const count = async (limits: Partial<ForwardLimits>, clients: number) => {
    const server = silent()
    const { forwarder, clock } = await forwarding(t, [server], { ...limits, tries: 1 })
    const place = (i: number) => client(`10.0.0.${1 + (i % clients)}`)
    const replies = Array.from({ length: 20 }, (_, i) => forwarder.ask(needs(numbered(i)), place(i)))
    await until(() => server.requests.length >= 5, 'they are asked')
    clock.turn(10_000)
    t.ok((await Promise.all(replies)).every((reply) => reply === 2))
    return server.requests.length
  }
  t.equal(await count({ perClient: 5 }, 1), 5)
  t.equal(await count({ perClient: 5 }, 3), 15)
  t.equal(await count({ perServer: 6 }, 20), 6)
  t.equal(await count({ inFlight: 7 }, 20), 7)
  t.equal(await count({ waiting: 8 }, 20), 8)
})

t.test('a question that comes back from a server that is asked it gets SERVFAIL', async (t) => {
  const server = silent()
  const { forwarder, endpoints } = await forwarding(t, [server])
  const port = endpoints[0]?.port ?? 0
  void forwarder.ask(needs(REQUEST), NODE)
  await until(() => server.requests.length === 1, 'it is asked')
  t.equal(await forwarder.ask(needs(REQUEST), client('127.0.0.1', port)), 2)
  const own = forwarder.ask(needs(REQUEST), client('127.0.0.1', port + 1))
  const [question] = server.requests
  question?.send(answering(question.request))
  t.equal(told(await own), '192.0.2.1', "another program of the server's machine waits with the others")
})

t.test('what failed is not asked again for five seconds', async (t) => {
  const server = new FakeServer((request) => [answering(request, { rcode: 2 })])
  const { forwarder, clock } = await forwarding(t, [server])
  const ask = () => forwarder.ask(needs(REQUEST), NODE)
  await ask()
  t.equal(await ask(), 2)
  t.equal(server.requests.length, 1)
  clock.turn(4999)
  await ask()
  t.equal(server.requests.length, 1)
  clock.turn(1)
  await ask()
  t.equal(server.requests.length, 2)
})

t.test('a server that is this server itself is not asked', async (t) => {
  const [own, other] = [good(), good()]
  const { forwarder, endpoints } = await forwarding(t, [own, other])
  forwarder.exclude(new Set(endpoints.slice(0, 1)), [])
  t.equal(told(await forwarder.ask(needs(REQUEST), NODE)), '192.0.2.1')
  forwarder.exclude(new Set(endpoints), [])
  t.equal(await forwarder.ask(needs(numbered(1)), NODE), 2)
  t.same([own.requests.length, other.requests.length], [0, 1])
  forwarder.exclude(new Set(), [])
  t.equal(told(await forwarder.ask(needs(numbered(1)), NODE)), '192.0.2.1', 'and is again when it is no more')
})
