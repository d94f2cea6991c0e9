import t from 'tap'
import { LocalSockets } from '../../src/dns/local-sockets.ts'
import { SocketErrors } from '../../src/dns/socket-errors.ts'
import { HandClock } from '../clocks.ts'
import type { Tap } from '../folder.ts'
import { freePort } from '../free-port.ts'
import { until } from '../patience.ts'
import { askUdp } from './client.ts'
import { SILENT } from './cluster.ts'

/** How often the addresses are looked at, in milliseconds. */
const LOOK_EVERY = 2000

/** Sockets at a port of these addresses, each of which answers a request with the same bytes; and how often they were looked at. */
async function sockets(t: Tap, first: readonly string[]) {
  const [port, clock] = [await freePort(), new HandClock()]
  const state = { addresses: first, looks: 0 }
  const made = new LocalSockets({
    addresses: () => state.addresses,
    port,
    handler: { udp: (request, _, send) => send(request), unanswerable() {}, unsent() {} },
    log: SILENT,
    errors: new SocketErrors(SILENT, clock),
    clock,
    onLook: () => void state.looks++,
  })
  t.teardown(() => made.close())
  return { made, clock, state, port }
}

const REQUEST = Buffer.from('\0\x07 any bytes', 'latin1')

t.test('there is a socket for each address, and it answers from there', async (t) => {
  const { made, port } = await sockets(t, ['127.0.0.1', '127.0.0.2'])
  t.same(made.hosts, [], 'none is opened before the first look')
  await made.follow()
  t.same(made.hosts, ['127.0.0.1', '127.0.0.2'])
  t.same(await askUdp(port, REQUEST), REQUEST)
})

t.test('addresses that come get a socket, and those that go lose theirs, at each look', async (t) => {
  const { made, clock, state } = await sockets(t, ['127.0.0.1', '127.0.0.2'])
  await made.follow()
  state.addresses = ['127.0.0.2', '127.0.0.3']
  clock.turn(LOOK_EVERY - 1)
  t.same([made.hosts, state.looks], [['127.0.0.1', '127.0.0.2'], 1])
  clock.turn(1)
  await until(() => state.looks === 2, 'the second look')
  t.same(made.hosts, ['127.0.0.2', '127.0.0.3'])
  clock.turn(LOOK_EVERY)
  await until(() => state.looks === 3, 'the third look')
})

t.test('an address that cannot be had keeps none of the others away, and is tried at each look', async (t) => {
  // An address of documents (RFC 5737), which no machine can have.
  const { made, state } = await sockets(t, ['192.0.2.1', '127.0.0.1'])
  await made.follow()
  t.same(made.hosts, ['127.0.0.1'])
  state.addresses = ['127.0.0.2', '127.0.0.1']
  await made.follow()
  t.same(made.hosts, ['127.0.0.1', '127.0.0.2'])
})

t.test('after the end nothing is looked at, and what was being opened is closed again', async (t) => {
  const { made, clock } = await sockets(t, ['127.0.0.1'])
  const following = made.follow()
  made.close()
  await following
  t.same([made.hosts, clock.timers], [[], 0])
})
