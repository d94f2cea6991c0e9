/**
 * A rogue master: `MASTER FROM OWN...` listens on each OWN and treats each connection in another way. In half of them it sits between node
 * and true master (which it dials from FROM), so that its proofs are true and what follows is not.
 */
import { connect, createServer, type Socket } from 'node:net'
import { decodeMessage, encodeFrame, type Fields } from '../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../src/kickback/wire/protocol.ts'
import { Chance, count, endWithParent } from './attacker.ts'
import { frames } from './frames.ts'

const [, , master = '', from = '', ...own] = process.argv
const chance = new Chance(99)
const ESCAPES = '\x1b[2J\x1b]0;owned\x07\u202e\n<0>forged\r'

const fieldsOf = (socket: Socket, each: (fields: Fields) => void): void =>
  frames(socket, (body) => each(decodeMessage(body, 100_000)))

/** Writes bytes one at a time, ten a second, or one a turn. */
function drip(socket: Socket, bytes: Buffer, everyMs: number): void {
  let at = 0
  const timer = setInterval(() => {
    if (at >= bytes.length || socket.destroyed) clearInterval(timer)
    else socket.write(bytes.subarray(at, ++at))
  }, everyMs)
}

/** An answer to ALIVE that was true once. */
let recorded: Fields | undefined

const junkReply = (id: unknown): object => ({
  id,
  status: chance.of([1, 0, -1, -2, 77]),
  error: ESCAPES,
  message: ESCAPES.repeat(500),
  header: chance.of([chance.bytes(192), recorded?.header ?? chance.bytes(10)]),
  signature: chance.bytes(64),
  generation: chance.of([2 ** 52, 0, -1]),
  record: chance.bytes(60),
  data: chance.bytes(100),
  size: 2 ** 40,
  software: ESCAPES,
  known: true,
  conflict: false,
})

/** What a rogue without the true master behind it does. */
const ALONE: Record<string, (node: Socket) => void> = {
  silent: () => {},
  ends: (node) => node.end(),
  denied: (node) => node.end(encodeFrame({ id: 0, status: -1, error: ESCAPES, message: ESCAPES.repeat(1000) })),
  random: (node) => node.write(chance.bytes(5000)),
  hugeLength: (node) => node.write(Buffer.of(0xff, 0xff, 0xff, 0xff)),
  halfLength: (node) => {
    node.write(Buffer.of(0, 0xff, 0xff, 0xff))
    const timer = setInterval(() => node.write(Buffer.alloc(64_000, 0x90)), 50)
    node.on('close', () => clearInterval(timer))
  },
  deep: (node) =>
    node.write(
      Buffer.concat([Buffer.of(0, 3, 0x0d, 0x40), ...Array.from({ length: 100_000 }, () => Buffer.of(0x81, 0x91))]),
    ),
  largeMap: (node) => node.write(Buffer.of(0, 0, 0, 5, 0xdf, 0xff, 0xff, 0xff, 0xff)),
  unasked: (node) =>
    fieldsOf(node, () =>
      node.write(Buffer.concat(Array.from({ length: 1000 }, (_, i) => encodeFrame({ id: 5000 + i, status: 1 })))),
    ),
  junk: (node) => fieldsOf(node, ({ id }) => node.write(encodeFrame(junkReply(id)))),
  replay: (node) => fieldsOf(node, ({ id }) => node.write(encodeFrame({ ...(recorded ?? junkReply(id)), id }))),
  dripped: (node) => fieldsOf(node, ({ id }) => drip(node, encodeFrame({ ...(recorded ?? junkReply(id)), id }), 100)),
  neverReads: (node) => node.pause(),
}

type Twist = (reply: Fields, op: unknown, node: Socket) => Fields | undefined

const onSnapshot =
  (twist: (reply: Fields) => Fields | undefined): Twist =>
  (reply, op) =>
    op === OPERATIONS.SNAPSHOT && reply.data instanceof Uint8Array ? twist(reply) : reply
const data = (reply: Fields): Buffer => (reply.data instanceof Uint8Array ? Buffer.from(reply.data) : Buffer.alloc(0))

/** What becomes of the true master's replies on their way; undefined: nothing comes. */
const BETWEEN: Record<string, Twist> = {
  honest: (reply) => reply,
  endless: onSnapshot((reply) => ({ ...reply, data: Buffer.alloc(262_144, 0x41), size: 2 ** 50 })),
  byteByByte: onSnapshot((reply) => ({ ...reply, data: data(reply).subarray(0, 1) })),
  nothingEach: onSnapshot((reply) => ({ ...reply, data: Buffer.alloc(0) })),
  flipped: onSnapshot((reply) => ({ ...reply, data: chance.damaged(data(reply)) })),
  lateFlip: onSnapshot((reply) => {
    const bytes = data(reply)
    const at = Math.max(0, bytes.length - 1 - chance.below(200))
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return { ...reply, data: bytes }
  }),
  tooMuch: onSnapshot((reply) => ({ ...reply, data: Buffer.concat([data(reply), Buffer.alloc(5_000_000)]) })),
  size: onSnapshot((reply) => ({ ...reply, size: chance.of([0, -1, 2 ** 52, 1.5, 'x']) })),
  stalled: onSnapshot(() => undefined),
  otherGeneration: onSnapshot((reply) => ({ ...reply, generation: Number(reply.generation) + 1 })),
  wrongType: onSnapshot((reply) => ({ ...reply, data: 'text' })),
  header: (reply, op) =>
    op === OPERATIONS.ALIVE
      ? { ...reply, header: chance.damaged(reply.header instanceof Uint8Array ? reply.header : Buffer.alloc(192)) }
      : reply,
  known: (reply, op) =>
    op === OPERATIONS.ALIVE ? { ...reply, known: true, conflict: reply.conflict !== true } : reply,
  noAnnouncement: (reply, op) =>
    op === OPERATIONS.SUBSCRIBE ? undefined : onSnapshot(() => undefined)(reply, op, null as never),
  announcements: (reply, op, node) => {
    if (op === OPERATIONS.SUBSCRIBE)
      for (let i = 0; i < 3000; i++)
        node.write(encodeFrame({ ...reply, generation: 2 ** 40 + i, digest: chance.bytes(32) }))
    return onSnapshot(() => undefined)(reply, op, node)
  },
  lookups: (reply, op) =>
    op === OPERATIONS.LOOKUP ? lied(reply) : onSnapshot(() => undefined)(reply, op, null as never),
  absent: (reply, op) =>
    op === OPERATIONS.LOOKUP
      ? { ...reply, status: 0, record: undefined }
      : onSnapshot(() => undefined)(reply, op, null as never),
}

/** Another uid than the true one somewhere in the record, the signature left as it was. */
function lied(reply: Fields): Fields {
  return { ...reply, record: reply.record instanceof Uint8Array ? chance.damaged(reply.record) : chance.bytes(40) }
}

function between(node: Socket, twist: Twist): void {
  const [host = '', port = '0'] = master.split(':')
  const true_ = connect({ host, port: Number(port), localAddress: from })
  const ops = new Map<unknown, unknown>()
  node.on('close', () => true_.destroy())
  true_.on('close', () => node.destroy())
  fieldsOf(node, (request) => {
    ops.set(request.id, request.op)
    true_.write(encodeFrame(request))
  })
  fieldsOf(true_, (reply) => {
    const op = ops.get(reply.id)
    if (op === OPERATIONS.ALIVE && reply.status === 1) recorded = reply
    const twisted = twist(reply, op, node)
    if (twisted !== undefined) node.write(encodeFrame(twisted))
  })
}

/** How often it is honest among all ways: a node that knows rogues alone has about forty tries in which to get its copy. */
const HONEST = 6

/** All ways, in an order of chance; then again. */
const ways: string[] = []
function nextWay(): string {
  if (ways.length === 0) {
    const left = [...Object.keys(ALONE), ...Object.keys(BETWEEN), ...Array<string>(HONEST).fill('honest')]
    while (left.length > 0) ways.push(...left.splice(chance.below(left.length), 1))
  }
  return ways.pop() ?? 'silent'
}

function treat(node: Socket): void {
  node.on('error', () => {})
  const way = nextWay()
  count(way)
  const twist = BETWEEN[way]
  if (twist === undefined) ALONE[way]?.(node)
  else between(node, twist)
  // So that each node meets the other ways too; now and then it has the time to find out by itself.
  setTimeout(() => node.destroy(), chance.of([1500, 3000, 3000, 6000, 20_000]))
}

for (const place of own) {
  const [host = '', port = '0'] = place.split(':')
  createServer(treat).listen(Number(port), host)
}
endWithParent()
