import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { duplexPair } from 'node:stream'
import t from 'tap'
import { Channel } from '../../../src/daemon/processes/channel/channel.ts'
import { type DnsFigures, dnsWord } from '../../../src/daemon/processes/channel/dns-figures.ts'
import type { ProcessWord } from '../../../src/daemon/processes/channel/words.ts'
import type { DnsStart } from '../../../src/daemon/processes/dns-process.ts'
import { runFrontWorker } from '../../../src/daemon/processes/front-worker.ts'
import { filesIn } from '../../../src/kickback/index.ts'
import { HandClock } from '../../clocks.ts'
import { askUdp, query, rcodeOf } from '../../dns/client.ts'
import { endpoint, SILENT, settingsOf, snapshotOf } from '../../dns/cluster.ts'
import { folder, type Tap } from '../../folder.ts'
import { until } from '../../patience.ts'

type DnsWord = Exclude<ProcessWord<DnsFigures>, { readonly kind: 'ask' }>

const TOLD_EVERY = 1000

/** A worker on a folder of its own, and its daemon, which is the test. */
function worker(t: Tap) {
  const [dir, kept] = [folder(t), folder(t)]
  const [near, far] = duplexPair()
  const words: DnsWord[] = []
  const became: unknown[] = []
  const clock = new HandClock()
  let isClosed = false
  const daemon = new Channel(near, {
    bytesMax: 1 << 16,
    valuesMax: 4096,
    messagesMax: 1000,
    clock,
    heard: (message) => void words.push(dnsWord(message) as DnsWord),
    closed: () => {
      isClosed = true
    },
  })
  t.teardown(() => daemon.close())
  const done = runFrontWorker({
    pair: far,
    folder: dir,
    uid: () => process.geteuid?.() ?? 0,
    become: (user) => void became.push(user),
    named: () => {},
    logger: SILENT,
    clock,
  })
  const start = (more: Partial<DnsStart> = {}) =>
    daemon.send({ dns: settingsOf(), become: null, keptDir: null, ...more })
  /** Writes the file of a generation, as the daemon does. */
  const publish = (generation: number, where = dir): void => {
    const { snapshot } = filesIn(where)
    const { bytes } = snapshotOf('nodes 5\niprange 10.1.1.0 10.1.1.99\n', generation)
    writeFileSync(`${snapshot}.new`, bytes, { mode: 0o644 })
    renameSync(`${snapshot}.new`, snapshot)
  }
  const heard = (count: number): Promise<void> => until(() => words.length >= count, `${count} words`)
  return { daemon, kept, words, became, clock, done, start, publish, heard, isClosed: () => isClosed }
}

const generations = (words: readonly DnsWord[]) =>
  words.map((word) => [word.kind, word.kind === 'failed' ? word.reason : word.figures.generation])

t.test('with a snapshot it is ready once it answers, and says where', async (t) => {
  const { words, start, publish, heard, became } = worker(t)
  publish(7)
  start()
  await heard(1)
  const [word] = words
  if (word?.kind !== 'ready') throw new Error(`it said ${word?.kind}`)
  t.match(word.figures, { generation: 7, places: [{ host: '127.0.0.1' }], counters: { udp: 0 } })
  const reply = await askUdp(word.figures.places[0]?.port ?? 0, query('n1.cluster.internal', 'A'))
  t.equal(reply && rcodeOf(reply), 0)
  t.same(became, [], 'it was not told to become anybody')
})

t.test('without a snapshot it is ready to begin, and says after each look what it answers from', async (t) => {
  const { daemon, words, start, publish, heard } = worker(t)
  start()
  await heard(1)
  t.match(words[0], { kind: 'ready', figures: { generation: 0, places: [], counters: null } })
  for (const generation of [7, 8]) {
    publish(generation)
    daemon.send({ kind: 'look' })
    await heard(generation - 5)
  }
  t.same(generations(words), [
    ['ready', 0],
    ['figures', 7],
    ['figures', 8],
  ])
})

t.test('one that starts early answers from what is kept, until the daemon has a generation', async (t) => {
  const { daemon, kept, words, start, publish, heard } = worker(t)
  publish(6, kept)
  start({ keptDir: kept })
  await heard(1)
  publish(7)
  daemon.send({ kind: 'look' })
  await until(() => words.some((word) => word.kind === 'figures' && word.figures.generation === 7))
  t.match(words[0], { kind: 'ready', figures: { generation: 6, places: [{ host: '127.0.0.1' }] } })
})

t.test('one that starts early where nothing is kept is not ready before it is ordered to look', async (t) => {
  const { daemon, kept, words, became, start, publish, heard } = worker(t)
  start({ keptDir: kept, become: { uid: 65534, gid: 65533 } })
  daemon.send({ kind: 'tell' })
  // What it would say of itself comes before the answer to a look.
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.same(words, [])
  publish(7)
  daemon.send({ kind: 'look' })
  await heard(1)
  t.match(words[0], { kind: 'ready', figures: { generation: 7, places: [{ host: '127.0.0.1' }] } })
  t.equal(became.length, 1)
})

t.test(
  'one that starts early and finds no file at the first look goes on without, and one whose daemon ends does so, too',
  async (t) => {
    const { daemon, kept, words, start, heard } = worker(t)
    start({ keptDir: kept })
    daemon.send({ kind: 'look' })
    await heard(1)
    t.match(words[0], { kind: 'ready', figures: { generation: 0, places: [] } })
    const other = worker(t)
    other.start({ keptDir: other.kept })
    other.daemon.close()
    t.equal(await other.done, true)
  },
)

t.test('it gives up its privileges once, when its sockets are open, before it says so', async (t) => {
  const { daemon, words, became, start, publish, heard } = worker(t)
  start({ become: { uid: 65534, gid: 65533 } })
  await heard(1)
  t.same(became, [], 'it still has sockets to open')
  publish(7)
  daemon.send({ kind: 'look' })
  await heard(2)
  t.match(words[1], { figures: { places: [{ host: '127.0.0.1' }] } })
  t.same(became, [{ uid: 65534, gid: 65533 }])
  publish(8)
  daemon.send({ kind: 'look' })
  await heard(3)
  t.equal(became.length, 1)
})

t.test('figures are told when they are asked for, and each second where they changed', async (t) => {
  const { daemon, words, clock, start, publish, heard } = worker(t)
  publish(7)
  start()
  await heard(1)
  clock.turn(TOLD_EVERY)
  await heard(2)
  clock.turn(10 * TOLD_EVERY)
  daemon.send({ kind: 'tell' })
  await heard(3)
  t.equal(words.length, 3, 'nothing had changed: only the order was followed')
  const [ready] = words
  const port = ready?.kind === 'ready' ? (ready.figures.places[0]?.port ?? 0) : 0
  await askUdp(port, query('n1.cluster.internal', 'A'))
  clock.turn(TOLD_EVERY - 1)
  daemon.send({ kind: 'tell' })
  await heard(4)
  clock.turn(1)
  await heard(5)
  t.equal(words.length, 5)
  t.match(words[4], { kind: 'figures', figures: { counters: { udp: 1 } } })
})

t.test('an address that another one has is told with the reason, and ends it', async (t) => {
  const taken = createSocket('udp4')
  t.teardown(() => taken.close())
  taken.bind(0, '127.0.0.1')
  await once(taken, 'listening')
  const { words, clock, done, start, publish, isClosed } = worker(t)
  publish(7)
  start({ dns: settingsOf({ listen: [endpoint('127.0.0.1', taken.address().port)] }) })
  t.equal(await done, false)
  t.match(words, [{ kind: 'failed', reason: /can't listen on 127.*: address already in use/ }])
  t.equal(words.length, 1)
  await until(isClosed, 'the channel is closed, which would keep the process')
  t.equal(clock.timers, 0)
})

t.test('the end of the channel ends it, and its sockets with it', async (t) => {
  const { daemon, words, clock, done, start, publish, heard } = worker(t)
  publish(7)
  start()
  await heard(1)
  const [ready] = words
  const port = ready?.kind === 'ready' ? (ready.figures.places[0]?.port ?? 0) : 0
  daemon.close()
  t.equal(await done, true)
  t.equal(clock.timers, 0, 'nothing is told any more')
  const next = createSocket('udp4')
  t.teardown(() => next.close())
  next.bind(port, '127.0.0.1')
  await once(next, 'listening')
})

t.test('a channel that ends before anything was told is no start, and no success', async (t) => {
  const { daemon, words, done } = worker(t)
  daemon.close()
  t.equal(await done, false)
  t.same(words, [])
})
