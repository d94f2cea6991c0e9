import { get } from 'node:http'
import t from 'tap'
import { createLogger } from '../../../src/cli/logger.ts'
import { BootFront } from '../../../src/daemon/http/boot-front.ts'
import type { HostPort } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import type { Tap } from '../../folder.ts'
import { until } from '../../patience.ts'

/** Any port: places of one test differ by their addresses. */
const at = (host: string): HostPort => ({ host, port: 0 })
const [FIRST, SECOND, NOWHERE] = [at('127.0.0.1'), at('127.0.0.2'), at('192.0.2.1')]

/** An endpoint, the lines of its log, and how often it was said to be open. */
function front(t: Tap, listen: readonly HostPort[]) {
  const lines: string[] = []
  const clock = new HandClock()
  const log = createLogger('plain', 'info', { write: (line) => void lines.push(line) })
  let opened = 0
  const made = new BootFront({ listen, ask: async () => ({}), log, clock, opened: () => void opened++ })
  t.teardown(() => made.close())
  const hosts = (): readonly string[] => made.places.map(({ host }) => host)
  return { made, lines, clock, hosts, opened: () => opened }
}

/** Whether somebody answers. */
function answers({ host, port }: HostPort): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host, port, path: '/', agent: false }, (response) => {
      response.resume()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}

t.test('it answers at each place, and a place that is not here does not end the others', async (t) => {
  const { made, lines, clock, hosts, opened } = front(t, [NOWHERE, FIRST, SECOND])
  await made.open()
  t.same(hosts(), ['127.0.0.1', '127.0.0.2'])
  for (const place of made.places) t.equal(await answers(place), true)
  t.match(made.missing, [{ ...NOWHERE, reason: /address not available/ }])
  t.equal(opened(), 1, 'rights are given up though one is missing')
  for (let i = 0; i < 3; i++) {
    clock.turn(1000)
    await until(() => clock.timers === 1, 'it is tried again')
  }
  t.equal(lines.filter((line) => line.startsWith('<3>cannot answer nodes that boot there yet')).length, 1, 'told once')
  t.equal(opened(), 1)
})

t.test('places are opened and closed while it runs, and those that stay are not touched', async (t) => {
  const { made, hosts, clock } = front(t, [FIRST])
  await made.open()
  const [first] = made.places
  await made.listenAt([FIRST, SECOND])
  t.same(hosts(), ['127.0.0.1', '127.0.0.2'])
  t.same(made.places[0], first, 'the same socket')
  const second = made.places[1] ?? FIRST
  t.equal(await answers(second), true)
  await made.listenAt([FIRST])
  t.same(made.places, [first])
  t.equal(await answers(second), false, 'it is closed')
  await made.listenAt([FIRST, NOWHERE])
  t.equal(made.missing.length, 1)
  await made.listenAt([])
  t.same([made.places, made.missing], [[], []], 'what is not wanted is not missing')
  clock.turn(1000)
  t.equal(clock.timers, 0, 'and not tried')
})

t.test('what is told while it opens holds, whatever was told before', async (t) => {
  const { made, hosts } = front(t, [FIRST, NOWHERE])
  await Promise.all([made.open(), made.listenAt([SECOND]), made.listenAt([SECOND, FIRST]), made.listenAt([SECOND])])
  t.same([hosts(), made.missing], [['127.0.0.2'], []])
})

t.test('a port that is taken is an error at the start, and later is told and tried again', async (t) => {
  const other = front(t, [SECOND])
  await other.made.open()
  const [taken = SECOND] = other.made.places
  await t.rejects(front(t, [FIRST, taken]).made.open(), { code: 'EADDRINUSE' })
  const { made, hosts, clock } = front(t, [FIRST])
  await made.open()
  await made.listenAt([taken, FIRST])
  t.match([hosts(), made.missing], [['127.0.0.1'], [{ ...taken, reason: /address already in use/ }]])
  await other.made.close()
  clock.turn(1000)
  await until(() => hosts().length === 2, 'it is had')
  t.same(made.missing, [])
})
