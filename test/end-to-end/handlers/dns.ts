/** Scenarios of DNS. */

import { createSocket } from 'node:dgram'
import { connect, createServer, Server, type Socket } from 'node:net'
import { Flight, type FlightPlan } from '../../../src/dns/forward/flight.ts'
import { askServer } from '../../../src/dns/forward/upstream.ts'
import { LocalSockets } from '../../../src/dns/local-sockets.ts'
import { SocketErrors } from '../../../src/dns/socket-errors.ts'
import { listenTcp, TCP_LIMITS, type TcpHandler, unreadReplies } from '../../../src/dns/tcp.ts'
import { GUEST_KINDS, TcpConnections } from '../../../src/dns/tcp-connections.ts'
import { History } from '../../../src/dns/transfer/history.ts'
import { listenUdp } from '../../../src/dns/udp.ts'
import { framed } from '../../../src/dns/wire/frames.ts'
import { Zones } from '../../../src/resolver/index.ts'
import { background, type Endpoint, monotonic, Turns } from '../../../src/values/index.ts'
import { hurried } from '../../clocks.ts'
import { query } from '../../dns/client.ts'
import { endpoint, SILENT, snapshotOf, startServer } from '../../dns/cluster.ts'
import type { Tap } from '../../folder.ts'
import type { Scenarios } from './scenario.ts'

const CONFIG = 'nodes 5\niprange 10.1.1.0 10.1.1.99\n'
const QUERY = query('n1.cluster.internal', 'A')
const LOOPBACK = { host: '127.0.0.1', port: 0 }
const QUESTION = { key: '', bytes: QUERY, withoutEdns: QUERY }

/** A listener of ours that answers with `handle`. */
async function listener(t: Tap, handle: TcpHandler['tcp'], limits = TCP_LIMITS) {
  const made = await listenTcp(LOOPBACK, {
    handler: { tcp: handle, guest: () => 'other' },
    connections: new TcpConnections({ opened() {}, closed() {}, refused() {} }),
    unread: unreadReplies(),
    turns: new Turns(background, GUEST_KINDS),
    clock: background,
    onError: () => {},
    limits,
  })
  t.teardown(() => made.close())
  return made
}

/** A UDP socket that answers what `answer` makes of each message. */
async function udpServer(t: Tap, answer: (message: Buffer) => Buffer | undefined, port = 0) {
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  socket.on('message', (message, from) => {
    const reply = answer(message)
    if (reply !== undefined) socket.send(reply, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', () => resolve()))
  return endpoint('127.0.0.1', socket.address().port)
}

const replyTo = (message: Buffer, flags = 0x80): Buffer => {
  const reply = Buffer.from(message)
  reply[2] = (reply[2] ?? 0) | flags
  return reply
}

/** A TCP listener of ours that answers with `handle`, and a connection to it. */
async function tcp(t: Tap, handle: TcpHandler['tcp'], limits = TCP_LIMITS): Promise<Socket> {
  const { port } = await listener(t, handle, limits)
  const socket = connect({ host: '127.0.0.1', port })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  await new Promise((resolve) => socket.on('connect', resolve))
  return socket
}

/** Sends a message to a DNS server of ours by UDP. */
function send(t: Tap, port: number, message: Buffer): void {
  const socket = createSocket('udp4')
  t.teardown(() => socket.close())
  socket.send(message, port, '127.0.0.1')
}

/** A server of ours with one secondary that answers nothing, or what `answer` makes of each notification. */
async function notifying(t: Tap, answer: ((message: Buffer) => Buffer) | undefined): Promise<void> {
  const other = await udpServer(t, (message) => answer?.(message))
  const server = await startServer(snapshotOf(CONFIG), { secondaries: [{ endpoint: other, key: undefined }] })
  t.teardown(() => server.close())
}

/** An upstream that cuts its replies by UDP and hands connections to `accept`. */
async function cutting(t: Tap, accept: (socket: Socket) => void) {
  const listener = createServer(accept)
  t.teardown(() => listener.close())
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return udpServer(t, (message) => replyTo(message, 0x82), port)
}

/** The net.Server that `start` makes listen: an error of it can't be brought about from outside. */
async function listening(start: () => Promise<unknown>): Promise<Server> {
  const { listen } = Server.prototype
  let found: Server | undefined
  Server.prototype.listen = function (this: Server, ...args: Parameters<typeof listen>) {
    found = this
    return listen.apply(this, args)
  } as typeof listen
  try {
    await start()
  } finally {
    Server.prototype.listen = listen
  }
  if (found === undefined) throw new Error('nothing listens')
  return found
}

/** Emits an error of a listening socket, as accept(2) makes it where no descriptor is left. */
export async function acceptError(start: () => Promise<unknown>): Promise<void> {
  const server = await listening(start)
  server.emit('error', new Error('accept EMFILE'))
}

/** A question to an upstream, given up after a while. */
function ask(server: Endpoint, patience = 500): Promise<unknown> {
  return askServer(server, QUESTION, AbortSignal.timeout(patience))
}

/** A question under way to a server that says nothing, or what `answer` makes of it. */
async function flight(
  t: Tap,
  plan: Partial<FlightPlan>,
  answer: (message: Buffer) => Buffer | undefined,
): Promise<void> {
  const server = await udpServer(t, answer)
  const told = { onAsked() {}, onEnded() {}, onJudged() {} }
  await new Flight(QUESTION, { clock: monotonic, order: () => [server], patience: 5, tries: 2, ...told, ...plan })
    .outcome
}
const big = Buffer.alloc(60_000)
const closing = (socket: Socket): void => void socket.on('data', () => socket.destroy())
const hold = (socket: Socket): void => void socket.on('error', () => {})

/** The scenarios. */
export const DNS: Scenarios = {
  'DNS socket error': async (t) => {
    const socket = await listenUdp(LOOPBACK, { udp() {}, unanswerable() {}, unsent() {} }, () => {})
    t.teardown(() => socket.close())
    socket.emit('error', new Error('recvmsg ENOMEM'))
  },
  'DNS request by UDP': async (t) => {
    const server = await startServer(snapshotOf(CONFIG))
    t.teardown(() => server.close())
    send(t, server.endpoints[0]?.port ?? 0, QUERY)
  },
  'DNS late answer by UDP': async (t) => {
    const forward = [await udpServer(t, (message) => replyTo(message))]
    const server = await startServer(snapshotOf(CONFIG), { forward })
    t.teardown(() => server.close())
    send(t, server.endpoints[0]?.port ?? 0, query('elsewhere.example', 'A'))
  },
  'DNS listener error': (t) => acceptError(() => listener(t, () => undefined)),
  'DNS connection': (t) => tcp(t, () => undefined),
  'DNS connection error': async (t) => {
    const socket = await tcp(t, () => QUERY)
    socket.write(framed(QUERY), () => setImmediate(() => socket.resetAndDestroy()))
  },
  'DNS connection data': async (t) => (await tcp(t, () => QUERY)).write(framed(QUERY)),
  'DNS connection drain': async (t) => {
    const socket = await tcp(t, () => Array.from({ length: 400 }, () => big))
    socket.write(framed(QUERY))
    // Each turn makes one message at least: by then the kernel's buffers are full, and the rest waits.
    for (let turn = 0; turn < 1000; turn++) await new Promise((resolve) => setImmediate(resolve))
    socket.resume()
  },
  'DNS connection end': async (t) => (await tcp(t, () => QUERY)).end(),
  'DNS connection close': async (t) => (await tcp(t, () => QUERY)).destroy(),
  'DNS connection idle': (t) => tcp(t, () => QUERY, { ...TCP_LIMITS, idle: 5 }),
  'DNS late answer by TCP': async (t) => (await tcp(t, async () => QUERY)).write(framed(QUERY)),
  'DNS addresses': (t) => {
    const handler = { udp() {}, unanswerable() {}, unsent() {} }
    const sockets = new LocalSockets({
      addresses: () => [],
      port: 0,
      handler,
      log: SILENT,
      errors: new SocketErrors(SILENT, hurried),
      clock: hurried,
      onLook() {},
    })
    t.teardown(() => sockets.close())
  },
  'DNS preparation': async (t) => {
    const cuts = [{ family: 4, prefix: Uint8Array.of(10) }] as const
    const server = await startServer(snapshotOf(CONFIG))
    t.teardown(() => server.close())
    server.serve(snapshotOf('nodes 300\niprange 10.1.0.0 10.1.3.0\n', 2, { cuts }))
  },
  'zone comparison': () => {
    const zones = (generation: number): Zones => new Zones(snapshotOf(CONFIG, generation))
    new History(zones(1), setImmediate).add(zones(2), () => {})
  },
  'NOTIFY at start': (t) => notifying(t, undefined),
  'NOTIFY bind': (t) => notifying(t, undefined),
  'NOTIFY connection': (t) => notifying(t, undefined),
  'NOTIFY sent': (t) => notifying(t, undefined),
  'NOTIFY timeout': (t) => notifying(t, undefined),
  'NOTIFY answer': (t) => notifying(t, (message) => replyTo(message)),
  'NOTIFY error': async (t) => {
    // Nobody listens on port 9 of loopback. The second of three messages gets the error of the first.
    const secondaries = [{ endpoint: endpoint('127.0.0.1', 9), key: undefined }]
    const server = await startServer(snapshotOf(`${CONFIG}hostrange 10.9.9.1 10.9.9.9\n`), { secondaries })
    t.teardown(() => server.close())
  },
  'forward wait': (t) => flight(t, {}, () => undefined),
  'forward end': (t) => flight(t, { tries: 1 }, () => undefined),
  'forward answer': (t) => flight(t, { patience: 500 }, replyTo),
  'forward outcome': async (t) => {
    const forward = [await udpServer(t, (message) => replyTo(message))]
    const server = await startServer(snapshotOf(CONFIG), { forward })
    t.teardown(() => server.close())
    send(t, server.endpoints[0]?.port ?? 0, query('elsewhere.example', 'A'))
  },
  'upstream UDP timeout': async (t) => ask(await udpServer(t, () => undefined), 5),
  'upstream UDP message': async (t) => ask(await udpServer(t, (message) => replyTo(message))),
  'upstream UDP error': () => ask(endpoint('127.0.0.1', 9)),
  'upstream UDP connection': async (t) => ask(await udpServer(t, (message) => replyTo(message))),
  'upstream TCP timeout': async (t) => ask(await cutting(t, hold), 50),
  'upstream TCP error': async (t) => ask(await cutting(t, (socket) => socket.resetAndDestroy())),
  'upstream TCP close': async (t) => ask(await cutting(t, closing)),
  'upstream TCP connection': async (t) => ask(await cutting(t, closing)),
  'upstream TCP data': async (t) => {
    const answer = (socket: Socket): void =>
      void socket.on('data', (chunk) => socket.write(framed(replyTo(chunk.subarray(2)))))
    await ask(await cutting(t, answer))
  },
}
