import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { listenTcp, TCP_LIMITS, type TcpHandler, type TcpLimits, unreadReplies } from '../../src/dns/tcp.ts'
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  GUEST_KINDS,
  type Guest,
  TcpConnections,
} from '../../src/dns/tcp-connections.ts'
import { othersTurn } from '../../src/values/clock.ts'
import { handlers, Turns } from '../../src/values/index.ts'
import { TURN_MS } from '../../src/values/turns/turns.ts'
import { HandClock } from '../clocks.ts'
import { buffersUsed } from '../memory.ts'
import { until } from '../patience.ts'
import { connected, ended } from '../sockets.ts'
import { askTcp, glued, query } from './client.ts'
import { endpoint, outsideAddress, snapshotOf, startServer } from './cluster.ts'
import { decode } from './decode.ts'

const CONFIG = 'nodes 200\niprange 10.1.1.0 10.1.1.199\n'
const question = (i: number) => query(`n${i}.cluster.internal`, 'A', { id: i })

/** Turns as a listener takes them. */
type TcpTurns = Parameters<typeof listenTcp>[1]['turns']

/** What a listener of the test's own is given besides the handling of requests. */
interface Plan {
  readonly limits: Partial<TcpLimits>
  readonly connections: Partial<ConnectionLimits>
  readonly guest: (address: string) => Guest
  /** Bytes of replies that may wait for all connections. */
  readonly unread: number
  readonly turns: TcpTurns | undefined
}

/** A listener of the test's own; its clock stands still. */
async function listening(
  handle: TcpHandler['tcp'],
  { limits = {}, connections = {}, guest, unread, turns }: Partial<Plan> = {},
) {
  const count = { open: 0, refused: 0 }
  const observer = {
    opened: () => void count.open++,
    closed: () => void count.open--,
    refused: () => void count.refused++,
  }
  const clock = new HandClock()
  const listener = await listenTcp(
    { host: '127.0.0.1', port: 0 },
    {
      handler: { tcp: handle, guest: guest ?? (() => 'other') },
      connections: new TcpConnections(observer, { ...CONNECTION_LIMITS, ...connections }),
      unread: unreadReplies(unread),
      turns: turns ?? new Turns(clock, GUEST_KINDS),
      clock,
      onError: () => {},
      limits: { ...TCP_LIMITS, ...limits },
    },
  )
  return { listener, count, clock }
}

/** A connection to a port of loopback, and its end. */
async function opened(t: Test, port: number) {
  const socket = await connected(t, { host: '127.0.0.1', port })
  return { socket, ended: ended(socket) }
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
    await othersTurn()
    underWay--
    return request
  }
  const { listener } = await listening(handle, { limits: { inFlight: 3 } })
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
  await until(() => made > 0, 'some are made')
  // A message a turn would be made, were nobody waited for.
  for (let turn = 0; turn < 10_000; turn++) await othersTurn()
  t.ok(made < 5000, `${made} messages of 16 kB wait in the kernel and here`)
  socket.resume()
  await until(() => made === 10_000, 'the rest is made')
})

t.test('a connection that brings nothing is ended after a while, and one that brings a request stays', async (t) => {
  const { listener, clock, count } = await listening((request) => request)
  t.teardown(() => listener.close())
  const [quiet, busy] = [await opened(t, listener.port), await opened(t, listener.port)]
  await until(() => count.open === 2, 'both are open')
  clock.turn(9000)
  const reply = new Promise((resolve) => busy.socket.once('data', resolve))
  busy.socket.write(glued(question(1)))
  await reply
  clock.turn(9000)
  await quiet.ended
  t.equal(count.open, 1)
  clock.turn(1000)
  await busy.ended
})

t.test('who may not ask is turned away before he says anything, and takes no place', async (t) => {
  let asked = 0
  const { listener, count } = await listening(
    (request) => {
      asked++
      return request
    },
    { guest: () => 'stranger' },
  )
  t.teardown(() => listener.close())
  const strangers = await Promise.all(Array.from({ length: 10 }, () => opened(t, listener.port)))
  for (const { socket } of strangers) socket.write(glued(question(1)))
  await Promise.all(strangers.map(({ ended }) => ended))
  t.same([count.open, count.refused, asked], [0, 10, 0])
})

t.test('strangers who hold all the connections that they can keep no member out', async (t) => {
  const server = await startServer(snapshotOf(CONFIG), { listen: [endpoint('0.0.0.0', 0)] })
  t.teardown(() => server.close())
  const port = server.endpoints[0]?.port ?? 0
  const outside = outsideAddress()
  if (outside === undefined) return t.comment('this machine has loopback alone')
  const held = Array.from({ length: 300 }, () =>
    connect({ port, host: outside, localAddress: outside }).on('error', () => {}),
  )
  t.teardown(() => {
    for (const socket of held) socket.destroy()
  })
  await until(() => server.counters.connectionsRefused === 300, 'all are turned away')
  t.equal(server.counters.connections, 0)
  t.equal((await askTcp(port, [glued(question(1))])).length, 1)
})

t.test('the connection that has been idle for longest makes room', async (t) => {
  const { listener, count } = await listening((request) => request, {
    connections: { connections: 3, reserved: 0, perAddress: 9 },
  })
  t.teardown(() => listener.close())
  const [first, second, third] = [
    await opened(t, listener.port),
    await opened(t, listener.port),
    await opened(t, listener.port),
  ]
  await until(() => count.open === 3, 'all are open')
  const reply = new Promise((resolve) => first.socket.once('data', resolve))
  first.socket.write(glued(question(1)))
  await reply
  await opened(t, listener.port)
  await second.ended
  t.notOk(first.socket.destroyed || third.socket.destroyed)
  await until(() => count.open === 3, 'three are left')
})

t.test('a request that will be too long ends the connection at once', async (t) => {
  const { listener } = await listening((request) => request, { limits: { request: 100 } })
  t.teardown(() => listener.close())
  t.same(await askTcp(listener.port, [Buffer.of(0, 101)]), [])
})

/** Turns that bound nothing: who asks works until all is done. For controls. */
const endless: TcpTurns = {
  newcomer() {},
  forget() {},
  ask(worker) {
    while (worker.work(Number.POSITIVE_INFINITY));
  },
}

/** Calls `each` once in every turn of the event loop, until the test ends. */
function everyTurn(t: Test, each: () => void): void {
  let isOver = false
  t.teardown(() => {
    isOver = true
  })
  const next = (): void => {
    if (isOver) return
    each()
    setImmediate(next)
  }
  setImmediate(next)
}

/** Questions of one connection, in one piece. */
const many = (count: number): Buffer => glued(...Array.from({ length: count }, (_, i) => question(i)))

/** A listener with room for so many connections of one client, whose every question takes 0.1 ms of its clock. */
async function busyListener(t: Test, connections: number, turns?: TcpTurns) {
  const ports: number[] = []
  const made = await listening(
    (request, { port }) => {
      ports.push(port)
      made.clock.turn(QUESTION_MS)
      return request
    },
    { connections: { connections, reserved: 0, perAddress: connections }, turns },
  )
  t.teardown(() => made.listener.close())
  return { ...made, ports }
}

const QUESTION_MS = 0.1

t.test('however many connections ask at once, a turn of the event loop answers no more than it may', async (t) => {
  const stream = many(100)
  for (const turns of [undefined, endless]) {
    const { listener, clock, count } = await busyListener(t, 192, turns)
    const all = await Promise.all(Array.from({ length: 192 }, () => opened(t, listener.port)))
    await until(() => count.open === 192, 'all are open')
    const came = all.map(() => [] as Buffer[])
    for (const [i, { socket }] of all.entries()) socket.on('data', (chunk: Buffer) => came[i]?.push(chunk))
    let [most, before] = [0, 0]
    everyTurn(t, () => {
      most = Math.max(most, clock.now() - before)
      before = clock.now()
    })
    for (const { socket } of all) socket.end(stream)
    await Promise.all(all.map(({ ended }) => ended))
    // A question is its own answer here.
    t.ok(
      came.every((chunks) => Buffer.concat(chunks).equals(stream)),
      'each connection has all its answers, in their order',
    )
    // What is answered before anybody waits, and the turn of those who wait: two turns of Turns, each with a piece more.
    const bound = 2 * (TURN_MS + QUESTION_MS) + 1e-6
    if (turns === undefined) t.ok(most <= bound, `${most} ms in one turn`)
    else t.ok(most > 10 * bound, `control: without turns it is ${most} ms`)
  }
})

t.test('one question waits for a few slices of others, however much they ask', async (t) => {
  const { listener, count, ports } = await busyListener(t, 65)
  const busy = await Promise.all(Array.from({ length: 64 }, () => opened(t, listener.port)))
  const { socket } = await opened(t, listener.port)
  await until(() => count.open === 65)
  for (const { socket } of busy) socket.write(many(1000))
  // By then each of them has had a slice, and waits for its next one.
  await until(() => new Set(ports).size === 64)
  const before = ports.length
  socket.write(many(1))
  const own = socket.localPort ?? 0
  await until(() => ports.includes(own))
  const waited = ports.indexOf(own) - before
  t.ok(waited < 4 * (TURN_MS / QUESTION_MS + 1), `after ${waited} others`)
  t.ok(ports.length < 64_000, 'the others had more to do')
})

t.test('a connection is as good as its client: members have turns of their own', async (t) => {
  const told: string[] = []
  let newcomers = 0
  const turns: TcpTurns = {
    newcomer: () => void newcomers++,
    forget() {},
    ask(worker) {
      told.push(worker.kind)
      endless.ask(worker)
    },
  }
  for (const guest of ['member', 'other'] as const) {
    const { listener } = await listening((request) => request, { guest: () => guest, turns })
    t.teardown(() => listener.close())
    t.equal((await askTcp(listener.port, [many(1)])).length, 1)
  }
  t.same([...new Set(told)], ['member', 'other'])
  t.equal(newcomers, 2)
})

t.test('a transfer that has no message for long gives others their turn, and goes on', async (t) => {
  let looked = 0
  function* messages(request: Buffer) {
    for (; looked < 1000; looked++) yield undefined
    yield request
  }
  const { listener } = await listening((request) => (request[1] === 1 ? messages(request) : request), {
    limits: { turn: 1 },
  })
  t.teardown(() => listener.close())
  const slow = askTcp(listener.port, [glued(question(1))])
  await until(() => looked > 0, 'it has begun')
  t.equal((await askTcp(listener.port, [glued(question(2))])).length, 1)
  t.equal((await slow).length, 1)
  t.equal(looked, 1000)
})

t.test('what ends a connection does not take away the answers to what was asked before', async (t) => {
  const { listener } = await listening((request) => (request[1] === 2 ? undefined : request), {
    limits: { request: 100 },
  })
  t.teardown(() => listener.close())
  const good = glued(question(0), question(1))
  for (const bad of [glued(question(2)), Buffer.of(0, 101)]) {
    const replies = await askTcp(listener.port, [Buffer.concat([good, bad])])
    t.same(
      replies.map((reply) => reply.readUInt16BE(0)),
      [0, 1],
    )
  }
})

t.test('a handler that throws costs its connection, and no other one its turn', async (t) => {
  const { listener, count } = await listening((request) => {
    if (request[1] === 1) throw new Error('a fault')
    return request
  })
  t.teardown(() => listener.close())
  const failed = handlers.failures.get('connection turn') ?? 0
  const { socket, ended } = await opened(t, listener.port)
  socket.write(glued(question(1)))
  await ended
  t.equal(handlers.failures.get('connection turn'), failed + 1)
  t.equal((await askTcp(listener.port, [glued(question(2))])).length, 1)
  await until(() => count.open === 0)
})

t.test('replies that nobody reads are kept up to a bound over all connections, late ones too', async (t) => {
  const MAX = 4 * 1024 * 1024
  const EACH = 300
  const before = buffersUsed()
  for (const unread of [MAX, Number.POSITIVE_INFINITY]) {
    let give = (): void => {}
    const given = new Promise<void>((resolve) => {
      give = resolve
    })
    let asked = 0
    const long = Buffer.alloc(60_000)
    const late = async () => {
      asked++
      await given
      return long
    }
    // More than the system keeps for a connection.
    const { listener, count } = await listening(late, { unread, limits: { inFlight: EACH } })
    t.teardown(() => listener.close())
    for (let i = 0; i < 8; i++) {
      const { socket } = await opened(t, listener.port)
      socket.pause()
      socket.write(glued(...Array.from({ length: EACH }, (_, i) => question(i))))
    }
    await until(() => asked === 8 * EACH)
    give()
    if (unread === MAX) {
      await until(() => count.refused >= 4)
      const kept = buffersUsed() - before
      t.ok(kept < 20_000_000, `${kept} bytes are kept`)
    } else {
      await until(() => buffersUsed() - before > 25_000_000)
      t.equal(count.refused, 0, 'control: without that bound all are kept')
    }
  }
})
