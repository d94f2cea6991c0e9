/**
 * An attacker on the kickback protocol: `SEED RATE MOST PLACE ADDRESS...` opens so many connections a second to PLACE (a path, or
 * HOST:PORT from its own addresses; `127` stands for any address of 127.0.0.0/8), each of a kind of its own, and keeps MOST at most.
 */
import { existsSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { encodeFrame } from '../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../src/kickback/wire/protocol.ts'
import { DATABASE_NAMES } from '../../src/resolver/index.ts'
import { Chance, crowd, endWithParent, loopback } from './attacker.ts'

const [, , seed = '1', rate = '10', most = '100', place = '', ...addresses] = process.argv
const chance = new Chance(Number(seed))
let id = 0
const ask = (op: keyof typeof OPERATIONS, fields: object = {}): Buffer =>
  encodeFrame({ id: ++id, op: OPERATIONS[op], ...fields })
const many = (times: number, one: () => Buffer): Buffer => Buffer.concat(Array.from({ length: times }, one))
const DATABASES = ['\x1b[2J', ...DATABASE_NAMES] as const

/** A header that the cluster's key signed, where this machine has one: an asker may say that it holds it, or what became of it. */
const SNAPSHOT = '/run/kickback/snapshot.1'
const signed = existsSync(SNAPSHOT) ? readFileSync(SNAPSHOT).subarray(0, 192) : undefined

function otherHeader(): Buffer {
  const header = Buffer.from(signed ?? chance.bytes(192))
  for (let times = 1 + chance.below(3); times > 0; times--) header[chance.below(header.length)] = chance.below(256)
  return header
}

/** A frame that is right but for what chance makes of it. */
function odd(): Buffer {
  const db = chance.of(DATABASES)
  const key = chance.of<unknown>([
    'ada',
    1000,
    chance.bytes(4),
    chance.bytes(16),
    'x'.repeat(60_000),
    -1,
    2 ** 53,
    1.5,
    null,
    {},
    '',
  ])
  return chance.of([
    () => ask('LOOKUP', { db, key }),
    () =>
      ask('ENUMERATE', {
        db,
        cursor: chance.of<unknown>([{ generation: 1, position: 2 ** 40 }, 7, {}, { generation: -1 }]),
        limit: chance.of([0, 1, -1, 2 ** 50]),
      }),
    () => ask('INNETGR', { netgroup: 'cluster', host: key, user: key, domain: key }),
    () =>
      ask('SNAPSHOT', {
        kind: chance.below(4),
        offset: chance.of([0, -1, 2 ** 52, 1e9]),
        length: chance.of([0, 1, 2 ** 40]),
      }),
    () => ask('RELOAD', { force: true, config: '/etc/shadow' }),
    () => ask('NODES', { limit: 1e9, cursor: -5 }),
    () =>
      ask('ALIVE', {
        nonce: chance.bytes(chance.of([0, 31, 32, 33])),
        held: chance.bytes(chance.of([0, 191, 192, 4000])),
      }),
    () =>
      ask('SHADOW', {
        nonce: chance.bytes(chance.of([0, 31, 32, 33, 4000])),
        held: chance.bytes(chance.of([0, 31, 32, 4000])),
        node: chance.below(200),
        wait: chance.of<unknown>([true, false, 7, null]),
      }),
    () =>
      ask('HELLO', {
        versions: Array.from({ length: 500 }, (_, i) => i),
        software: '\x1b]0;owned\x07',
        generation: -1,
      }),
  ])()
}

function drip(socket: Socket, bytes: Buffer): void {
  let at = 0
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 100)
  socket.once('close', () => clearInterval(timer))
}

/** Maps within maps, 20,000 deep: no end of the stack may be reached. */
const deep = Buffer.concat([
  Buffer.from([0, 0, 0x9c, 0x40]),
  ...Array.from({ length: 20_000 }, () => Buffer.of(0x81, 0x91)),
])

const MANNERS: Record<string, (socket: Socket) => void> = {
  idle: () => {},
  random: (socket) => socket.write(chance.bytes(800)),
  odd: (socket) => socket.write(many(20, odd)),
  mutated: (socket) => socket.write(many(5, () => chance.damaged(odd()))),
  hugeLength: (socket) => socket.write(Buffer.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3)),
  halfFrame: (socket) => socket.write(Buffer.concat([Buffer.of(0, 1, 0, 0), Buffer.alloc(60_000, 0x81)])),
  drip: (socket) => drip(socket, ask('LOOKUP', { db: 'passwd', key: 'ada' })),
  deep: (socket) => socket.write(deep),
  largeMap: (socket) => socket.write(Buffer.of(0, 0, 0, 5, 0xdf, 0xff, 0xff, 0xff, 0xff)),
  neverReads: (socket) => {
    socket.pause()
    socket.write(many(2000, () => ask('ENUMERATE', { db: chance.of(['passwd', 'hosts', 'group']) })))
  },
  neverReadsChunks: (socket) => {
    socket.pause()
    socket.write(many(300, () => ask('SNAPSHOT', { kind: 1, offset: 0 })))
  },
  software: (socket) =>
    socket.write(ask('HELLO', { versions: [1], software: 'S'.repeat(65_000), generation: chance.below(1e9) })),
  subscribe: (socket) => socket.write(many(100, () => ask('SUBSCRIBE'))),
  follow: (socket) =>
    socket.write(
      Buffer.concat([
        ask('HELLO', { versions: [1], software: `n${chance.below(1e6)}`, generation: chance.below(2 ** 31) }),
        ask('SUBSCRIBE'),
      ]),
    ),
  alive: (socket) => socket.write(many(200, () => ask('ALIVE', { nonce: chance.bytes(32) }))),
  held: (socket) =>
    socket.write(
      many(20, () =>
        ask('ALIVE', { nonce: chance.bytes(32), held: chance.of([otherHeader(), signed ?? otherHeader()]) }),
      ),
    ),
  signed: (socket) =>
    socket.write(many(200, () => ask('LOOKUP', { db: 'passwd', key: 'ada', nonce: chance.bytes(32) }))),
  shadow: (socket) =>
    socket.write(many(200, () => ask('SHADOW', { nonce: chance.bytes(32), wait: chance.below(2) === 0 }))),
  /** Keys that nobody has, all different: nothing is known of them before. */
  distinct: (socket) =>
    socket.write(many(300, () => ask('LOOKUP', { db: 'passwd', key: `x${chance.below(2 ** 31)}` }))),
  status: (socket) => socket.write(many(200, () => ask('STATUS'))),
  halfClosed: (socket) => socket.end(many(50, () => ask('ENUMERATE', { db: 'hosts' }))),
  sameId: (socket) => socket.write(many(100, () => encodeFrame({ id: 0, op: OPERATIONS.STATUS }))),
  reset: (socket) => {
    socket.write(many(50, () => ask('STATUS')))
    // A Unix socket has no reset.
    setTimeout(() => (place.startsWith('/') ? socket.destroy() : socket.resetAndDestroy()), 3)
  },
  pipelined: (socket) => {
    const asked = many(50, () => ask('LOOKUP', { db: 'hosts', key: 'n15' }))
    const flood = (): void => {
      for (let times = 0; times < 100 && !socket.destroyed && socket.write(asked); times++);
    }
    socket.on('drain', () => setTimeout(flood, 50))
    flood()
  },
}

function source(): string | undefined {
  const address = addresses[chance.below(Math.max(1, addresses.length))]
  return address === '127' ? loopback(chance) : address
}

function dial(): Socket {
  if (place.startsWith('/')) return connect({ path: place, allowHalfOpen: true })
  const [host, port] = place.split(':')
  return connect({ host, port: Number(port), localAddress: source(), allowHalfOpen: true })
}

endWithParent()
crowd({ rate: Number(rate), most: Number(most), chance, dial, manners: MANNERS })
