import t from 'tap'
import { ObjectsFront } from '../../../src/daemon/fronts/objects-front.ts'
import { placeName } from '../../../src/kickback/transport/link.ts'
import { objectPath } from '../../../src/kickback/wire/objects.ts'
import { endpointAt, monotonic } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { HandClock } from '../../clocks.ts'
import { logOf, publicSnapshot, server } from '../../kickback/cluster.ts'
import { get } from '../../kickback/objects/http.ts'
import { until } from '../../patience.ts'

/** A front at these addresses, with its log, its clock, and the service that it answers from. */
function front(addresses: readonly string[], port = 0) {
  const lines: string[] = []
  const clock = new HandClock()
  const service = server(t, {}, publicSnapshot(1))
  const parts = { ...service.shared, clock: monotonic, random: Math.random, log: logOf(lines) }
  const places = addresses.map((address) => endpointAt(ip(address), port))
  return { made: new ObjectsFront(places, parts, clock), lines, clock, service }
}

t.test('objects are given where the settings say, and of each generation that is served', async (t) => {
  const { made, service } = front(['127.0.0.1', '127.0.0.2'])
  t.teardown(() => made.close())
  await made.open()
  t.equal(made.places.length, 2)
  const next = publicSnapshot(2, 6)
  service.serve(next)
  await made.serve()
  for (const place of made.places) t.match(await get(place, objectPath(next.digest)), { status: 200 })
  const { sent = 0, ...report } = made.report ?? {}
  t.match(report, { listening: made.places.map(placeName), requests: { object: 2 }, waiting: 0, refused: 0, denied: 0 })
  t.ok(sent > 0)
})

t.test('without a place nothing is listened on', async (t) => {
  const { made, lines, clock } = front([])
  await made.open()
  t.same([made.places, made.report, lines, clock.timers], [[], undefined, [], 0])
  await made.close()
})

t.test('an address that is not here yet keeps no daemon from its start, and is looked for', async (t) => {
  const { made, lines, clock } = front(['192.0.2.1', '127.0.0.1'])
  t.teardown(() => made.close())
  await made.open()
  t.equal(made.places.length, 1)
  clock.turn(1000)
  await until(() => clock.timers === 1, 'it is tried again')
  t.same(lines.filter((line) => line === 'cannot give objects there yet').length, 1, 'and told once')
  await made.close()
  t.equal(clock.timers, 0)
})

t.test('a port that is taken is an error at the start', async (t) => {
  const first = front(['127.0.0.1'])
  t.teardown(() => first.made.close())
  await first.made.open()
  const second = front(['127.0.0.1'], first.made.places[0]?.port)
  t.teardown(() => second.made.close())
  await t.rejects(second.made.open(), { name: 'TransportError', message: /EADDRINUSE|in use/ })
})
