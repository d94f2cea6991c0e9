/**
 * Who may come in by TCP, from addresses of a network of its own: tests that test/root/visitors.test.ts runs in a network namespace.
 * Its loopback interface has the addresses below, so that connections come from them without any wire.
 */
import type { Socket } from 'node:net'
import t from 'tap'
import type { KickbackServer } from '../../src/kickback/service/server.ts'
import type { ServerOptions } from '../../src/kickback/service/server-options.ts'
import { type Limits, NETWORK_LIMITS } from '../../src/kickback/service/shares/limits.ts'
import { decodeMessage, encodeFrame, type Fields, REPLY_VALUES_MAX } from '../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../src/kickback/wire/protocol.ts'
import { ip } from '../addresses.ts'
import type { Tap } from '../folder.ts'
import { clusterKey } from '../keys.ts'
import { client, logOf, server } from '../kickback/cluster.ts'
import { until } from '../patience.ts'
import { connected, ended } from '../sockets.ts'

const MASTER = '10.0.0.1'
const STORAGE = '10.0.0.9'
const NODES = ['10.0.0.11', '10.0.0.12', '10.0.0.13'] as const
const STRANGER = '192.0.2.7'
const ALLOWED = ['192.0.2.100', '192.0.2.101', '192.0.2.102'] as const
const allow = [
  {
    first: ip('192.0.2.100'),
    last: ip('192.0.2.199'),
  },
] as const

/** A connection from an address, and a local port where it is said. */
function from(t: Tap, localAddress: string, port: number, localPort = 0, host: string = MASTER): Promise<Socket> {
  return connected(t, { host, port }, { localAddress, localPort })
}

/** A master that listens on its own address, and its port. */
async function master(
  t: Tap,
  limits: Partial<Limits> = {},
  options: Partial<ServerOptions> = {},
  host: string = MASTER,
): Promise<{ made: KickbackServer; port: number }> {
  const made = server(t, { policy: { allow }, limits: { network: { ...NETWORK_LIMITS, ...limits } }, ...options })
  const place = await made.listen('network', { host, port: 0 })
  return { made, port: 'port' in place ? place.port : 0 }
}

/** The first reply that comes; undefined where the connection ends without one. */
async function reply(socket: Socket): Promise<Fields | undefined> {
  let bytes = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
  })
  const isWhole = (): boolean => bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE()
  await until(() => isWhole() || socket.closed)
  return isWhole() ? decodeMessage(bytes.subarray(4, 4 + bytes.readUInt32BE()), REPLY_VALUES_MAX) : undefined
}

const question = (op: keyof typeof OPERATIONS, fields: Fields = {}): Buffer =>
  encodeFrame({ id: 1, op: OPERATIONS[op], ...fields })

t.test('a stranger gets one frame that says why, and the end; nothing that it sends is read', async (t) => {
  const lines: string[] = []
  const { made, port } = await master(t, {}, { log: logOf(lines) })
  for (let i = 0; i < 20; i++) {
    const socket = await from(t, STRANGER, port)
    socket.write(question('HELLO', { versions: [1], software: 'x'.repeat(60_000) }))
    t.match(await reply(socket), {
      id: 0,
      status: -1,
      error: 'denied',
      message: /^192\.0\.2\.7 may not .*setting allow/,
    })
    await ended(socket)
  }
  t.match(made.report(), { denied: 20, refused: 0, questions: 0, connections: 0, kept: 0 })
  t.equal(lines.filter((line) => line.includes('denied')).length, 1, 'logged once in ten seconds')
})

t.test('control: a node, a device and an address of the setting allow are no strangers', async (t) => {
  const { made, port } = await master(t)
  for (const address of [NODES[0], STORAGE, ALLOWED[0]]) {
    const socket = await from(t, address, port)
    socket.write(question('LOOKUP', { db: 'hosts', key: 'n1' }))
    t.match(await reply(socket), { id: 1, status: 1 }, address)
  }
  t.equal(made.report().denied, 0)
})

t.test('an address that is not loopback takes nobody that comes from loopback', async (t) => {
  const { port } = await master(t, {}, {}, '0.0.0.0')
  for (const address of ['127.0.0.1', '127.0.0.9', '127.255.255.254']) {
    const denied = await from(t, address, port)
    t.match(
      await reply(denied),
      { id: 0, error: 'denied', message: /may not ask here: a program on this machine/ },
      address,
    )
    const here = await from(t, address, port, 0, '127.0.0.1')
    here.write(question('LOOKUP', { db: 'passwd', key: 'user1' }))
    t.match(await reply(here), { id: 1, status: 1 }, `${address} to 127.0.0.1`)
  }
})

t.test('a user of a node who holds all its places keeps its root out from no port below 1024', async (t) => {
  const { made, port } = await master(t)
  for (let i = 0; i < 40; i++) await from(t, NODES[0], port)
  await until(() => made.report().refused === 8)
  const user = await from(t, NODES[0], port)
  await ended(user)
  const root = await from(t, NODES[0], port, 777)
  root.write(question('SUBSCRIBE'))
  t.match(await reply(root), { id: 1, status: 1 })
  const other = await from(t, NODES[1], port)
  other.write(question('SUBSCRIBE'))
  t.match(await reply(other), { id: 1, status: 1 }, 'nor another node')
})

t.test('control: without places for low ports root is kept out', async (t) => {
  const { made, port } = await master(t, { reserved: 0 })
  for (let i = 0; i < 32; i++) await from(t, NODES[0], port)
  await until(() => made.report().connections === 32)
  const root = await from(t, NODES[0], port, 778)
  root.write(question('SUBSCRIBE'))
  t.equal(await reply(root), undefined)
})

/** So many connections from low ports of the first node, the first of them from this port. */
const lowPorts = (t: Tap, port: number, first: number, count: number): Promise<Socket[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => from(t, NODES[0], port, first + i)))

t.test('a ninth connection from a low port of one address is one of its ordinary ones', async (t) => {
  const { made, port } = await master(t)
  const roots = await lowPorts(t, port, 800, 8)
  await until(() => made.report().connections === 8)
  const ninth = await from(t, NODES[0], port, 808)
  for (let i = 0; i < 31; i++) await from(t, NODES[0], port)
  await until(() => made.report().connections === 40)
  for (const localPort of [0, 809]) await ended(await from(t, NODES[0], port, localPort))
  t.match(made.report(), { connections: 40, refused: 2 }, 'the ninth has one of the 32 places of its address')
  t.notOk(ninth.closed)
  roots[0]?.destroy()
  await until(() => made.report().connections === 39)
  await ended(await from(t, NODES[0], port))
  const tenth = await from(t, NODES[0], port, 810)
  await until(() => made.report().connections === 40)
  t.notOk(tenth.closed, 'the place of one of the eight that has gone is for a low port alone')
})

t.test('control: with places for nine low ports the ninth is one of them', async (t) => {
  const { made, port } = await master(t, { reserved: 9 })
  await lowPorts(t, port, 811, 9)
  for (let i = 0; i < 32; i++) await from(t, NODES[0], port)
  await until(() => made.report().connections === 41)
  t.equal(made.report().refused, 0)
})

t.test(
  'a ninth connection from a low port has the proofs of life of its user, and none of those of its root',
  async (t) => {
    const { made, port } = await master(t, {}, { sign: clusterKey().sign })
    const proof = question('ALIVE', { nonce: Buffer.alloc(32, 7) })
    const roots = await lowPorts(t, port, 820, 8)
    await until(() => made.report().connections === 8)
    const user = await from(t, NODES[0], port)
    user.write(Buffer.concat(Array.from({ length: 40 }, () => proof)))
    await until(() => made.report().operations.ALIVE === 40)
    const ninth = await from(t, NODES[0], port, 828)
    ninth.write(proof)
    t.match(await reply(ninth), { id: 1, error: 'busy' })
    const [root] = roots
    root?.write(proof)
    t.match(root && (await reply(root)), { id: 1, status: 1 }, 'control: one of the eight')
  },
)

t.test('a user of a node who asks for proofs of life without end costs its root none, nor another node', async (t) => {
  const { made, port } = await master(t, {}, { sign: clusterKey().sign })
  const proof = question('ALIVE', { nonce: Buffer.alloc(32, 7) })
  const user = await from(t, NODES[0], port)
  user.write(Buffer.concat(Array.from({ length: 40 }, () => proof)))
  await until(() => made.report().operations.ALIVE === 40)
  const another = await from(t, NODES[0], port)
  another.write(proof)
  t.match(await reply(another), { id: 1, error: 'busy' }, 'control: it is the same user')
  for (const [address, localPort] of [
    [NODES[0], 779],
    [NODES[1], 0],
  ] as const) {
    const other = await from(t, address, port, localPort)
    other.write(proof)
    t.match(await reply(other), { id: 1, status: 1 }, address)
  }
})

t.test('a client of root gets in where a user holds all places of loopback', async (t) => {
  const { made, port } = await master(t, { perAddress: 1 }, {}, '127.0.0.1')
  await from(t, '127.0.0.1', port, 0, '127.0.0.1')
  await until(() => made.report().connections === 1)
  t.match(await (await client(t, { host: '127.0.0.1', port })).hello(1), { status: 1 })
  t.equal(made.report().refused, 0)
})

t.test('a client that is a stranger says why it was turned away', async (t) => {
  const { port } = await master(t, {}, {}, '0.0.0.0')
  const one = await client(t, { host: STRANGER, port })
  await t.rejects(one.lookup('passwd', 'user1'), { name: 'ServiceError', message: /may not ask here/ })
})

t.test('guests who hold all they can, and nodes with many connections, leave each node its place', async (t) => {
  const { made, port } = await master(t, { connections: 40, perAddress: 32, guests: 10 })
  for (const address of ALLOWED) for (let i = 0; i < 20; i++) await from(t, address, port)
  await until(() => made.report().connections === 10)
  for (let i = 0; i < 32; i++) await from(t, NODES[0], port)
  await until(() => made.report().connections === 40)
  for (const address of [NODES[1], NODES[2]]) {
    const node = await from(t, address, port)
    node.write(question('SUBSCRIBE'))
    t.match(await reply(node), { id: 1, status: 1 }, address)
    t.notOk(node.destroyed)
  }
  t.equal(made.report().connections, 40)
})

t.test('subscriptions of one address are bounded, and cost no other node its own', async (t) => {
  const { made, port } = await master(t, { subscribers: 20 })
  const answers: Fields[] = []
  for (let i = 0; i < 32; i++) {
    const socket = await from(t, NODES[0], port)
    socket.write(question('SUBSCRIBE'))
    answers.push((await reply(socket)) ?? {})
  }
  t.equal(answers.filter(({ status }) => status === 1).length, NETWORK_LIMITS.subscribersPerAddress)
  t.equal(answers.filter(({ error }) => error === 'busy').length, 32 - NETWORK_LIMITS.subscribersPerAddress)
  for (let i = 0; i < 8; i++) {
    const node = await from(t, NODES[1], port)
    node.write(question('SUBSCRIBE'))
    t.match(await reply(node), { status: 1 })
  }
  t.equal(made.report().subscribers, 20)
})
