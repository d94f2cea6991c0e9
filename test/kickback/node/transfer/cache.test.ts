// A node, its master, and a cache in front of it that is good, or lies, or is of no use in every way that it can be.
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { Cache } from '../../../../src/kickback/node/transfer/cache.ts'
import { fetchSnapshot } from '../../../../src/kickback/node/transfer/delta-transfer.ts'
import { deltaOf, type Snapshot } from '../../../../src/resolver/index.ts'
import { type Clock, monotonic, parseHttpAddress } from '../../../../src/values/index.ts'
import { HandClock } from '../../../clocks.ts'
import { until } from '../../../patience.ts'
import { client, logOf } from '../../cluster.ts'
import { master } from '../masters.ts'
import { honest, middle } from '../middle.ts'
import { bodyOf, type Conduct, type FakeCache, fakeCache, honestly, naming } from './caches.ts'

/** A node with a cache, the master that serves the generation which it wants, and what each was asked. */
interface Scene {
  readonly cache: FakeCache
  readonly node: Cache
  readonly wanted: Snapshot
  readonly masterAsked: readonly string[]
  readonly lines: readonly string[]
  readonly fetch: (held?: Snapshot, signal?: AbortSignal) => Promise<Uint8Array>
}

/** `users` is how large the wanted generation is. */
async function scene(
  t: Test,
  conduct: (wanted: Snapshot) => Conduct,
  { users = 500, clock = monotonic as Clock } = {},
) {
  const cache = await fakeCache(t, (_, response) => void response.destroy())
  const before = naming(cache.url, 1, users - 1)
  const wanted = naming(cache.url, 2, users)
  cache.conduct = conduct(wanted)
  const { server, place } = await master(t, before)
  server.serve(wanted)
  const between = await middle(t, place, honest)
  const lines: string[] = []
  const node = new Cache({ clock, log: logOf(lines), random: () => 0.5 })
  const asking = await client(t, between.place, { clock, timeout: 1e9 })
  const fetch = (held?: Snapshot, signal?: AbortSignal) =>
    fetchSnapshot({ client: asking, cache: node, clock, signal }, wanted.header, held)
  const made: Scene = { cache, node, wanted, masterAsked: between.asked, lines, fetch }
  return made
}

/** How often the master was asked for bytes: twice for the URL of the cache. */
const bytesAsked = ({ masterAsked }: Scene): number => masterAsked.filter((asked) => asked === 'SNAPSHOT').length

t.test('an empty node learns the cache from the generation itself, and takes the rest from there', async (t) => {
  const made = await scene(t, honestly)
  t.ok(made.wanted.bytes.length > 50_000)
  t.equal(Buffer.compare(await made.fetch(), made.wanted.bytes), 0)
  t.same([bytesAsked(made), made.cache.asked.length, made.lines], [2, 1, []])
})

t.test('a cache that sends bodies without a coding is as good', async (t) => {
  const made = await scene(t, (wanted) => (_, response) => void response.end(bodyOf(wanted)))
  t.equal(Buffer.compare(await made.fetch(), made.wanted.bytes), 0)
  t.same([bytesAsked(made), made.lines], [2, []])
})

const changed = (wanted: Snapshot, at: number): Buffer => {
  const bytes = bodyOf(wanted)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

/** Each kind of fault, and what the cache does. */
const FAULTS: Readonly<Record<string, (wanted: Snapshot) => Conduct>> = {
  'changes a byte of the table': (wanted) => (_, response) => void response.end(changed(wanted, 50)),
  'changes a byte in the middle': (wanted) => (_, response) => void response.end(changed(wanted, 40_000)),
  'changes the last byte': (wanted) => (_, response) =>
    void response
      .writeHead(200, { 'content-encoding': 'zstd' })
      .end(zstdCompressSync(changed(wanted, bodyOf(wanted).length - 1))),
  'gives an old object': () => (_, response) => void response.end(bodyOf(naming('', 1, 499))),
  'ends too early': (wanted) => (_, response) => void response.end(bodyOf(wanted).subarray(0, 30_000)),
  'breaks off': (wanted) => (_, response) => {
    response.writeHead(200, { 'content-length': bodyOf(wanted).length })
    response.write(bodyOf(wanted).subarray(0, 30_000), () => response.destroy())
  },
  'sends half a frame': (wanted) => (_, response) =>
    void response
      .writeHead(200, { 'content-encoding': 'zstd' })
      .end(zstdCompressSync(bodyOf(wanted)).subarray(0, 9000)),
  'sends another coding': (wanted) => (_, response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bodyOf(wanted))),
  'names a coding that it does not use': (wanted) => (_, response) =>
    void response.writeHead(200, { 'content-encoding': 'zstd' }).end(bodyOf(wanted)),
  'sends an error page': () => (_, response) => void response.end('<html>404</html>'),
  redirects: () => (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  fails: () => (_, response) => void response.writeHead(502).end(),
  'closes the connection': () => (_, response) => void response.destroy(),
  'speaks something else': () => (_, response) => void response.socket?.end('SSH-2.0-OpenSSH\r\n'),
  'sends a header without end': () => (_, response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\n')
    const more = (): void =>
      void (response.socket?.destroyed || response.socket?.write(`x-a: ${'a'.repeat(4000)}\r\n`, more))
    more()
  },
  'sends bytes without end': () => (_, response) => {
    const more = (): void => void (response.destroyed || response.write(randomBytes(65_536), more))
    more()
  },
  'sends a frame that unpacks without end': () => (_, response) => {
    response.writeHead(200, { 'content-encoding': 'zstd' })
    const frame = createZstdCompress()
    frame.pipe(response)
    const more = (): void => void (response.destroyed || frame.write(Buffer.alloc(1 << 20), more))
    more()
  },
  'sends a frame that needs a large window': (wanted) => (_, response) => {
    const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 }
    const frame = createZstdCompress({ params })
    frame.pipe(response.writeHead(200, { 'content-encoding': 'zstd' }))
    frame.write(bodyOf(wanted))
    frame.flush(() => frame.end())
  },
}

for (const [what, conduct] of Object.entries(FAULTS)) {
  t.test(`where the cache ${what}, the master gives the copy, and that is told once`, async (t) => {
    const made = await scene(t, conduct)
    t.equal(Buffer.compare(await made.fetch(), made.wanted.bytes), 0)
    t.ok(bytesAsked(made) > 2)
    t.same(made.lines, ['the cache gives no good copy: the master is asked'])
    const asked = made.cache.asked.length
    await made.fetch()
    t.equal(made.cache.asked.length, asked, 'a cache that failed is left alone for a while')
  })
}

t.test('a cache that has not got the generation is no failure: it may have the next one', async (t) => {
  const made = await scene(t, () => (_, response) => void response.writeHead(404).end())
  await made.fetch()
  await made.fetch()
  t.same([made.cache.asked.length, made.lines], [2, []])
})

t.test('what follows a whole body without end does no harm', async (t) => {
  const made = await scene(t, (wanted) => (_, response) => {
    response.write(bodyOf(wanted))
    const more = (): void => void (response.destroyed || response.write(randomBytes(65_536), more))
    setImmediate(more)
  })
  t.equal(Buffer.compare(await made.fetch(), made.wanted.bytes), 0)
})

t.test('a cache where nobody is, and one that answers nothing, hold a node up for seconds only', async (t) => {
  const clock = new HandClock()
  const made = await scene(t, () => () => {}, { clock })
  const fetched = made.fetch()
  await until(() => made.cache.asked.length === 1, 'the cache is asked')
  clock.turn(3_000)
  for (let i = 0; i < 10; i++) await new Promise(setImmediate)
  clock.turn(15_000)
  t.equal(Buffer.compare(await fetched, made.wanted.bytes), 0)
  t.same(made.lines, ['the cache gives no good copy: the master is asked'])
})

t.test('a cache that is slower than a transfer may be is left for the master', async (t) => {
  const clock = new HandClock()
  let isGone = false
  const conduct = (wanted: Snapshot) => (_: unknown, response: ServerResponse) => {
    response.on('close', () => {
      isGone = true
    })
    response.write(bodyOf(wanted).subarray(0, 1000))
  }
  const made = await scene(t, conduct, { clock })
  const fetched = made.fetch()
  await until(() => made.cache.asked.length === 1, 'the cache is asked')
  for (let i = 0; i < 6; i++) {
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    clock.turn(5_000)
  }
  t.equal(Buffer.compare(await fetched, made.wanted.bytes), 0)
  await until(() => isGone, 'its connection is ended: it holds a place there')
})

t.test('a fetch that nobody wants any more ends its connection, and is no failure of the cache', async (t) => {
  for (const held of [undefined, 'a generation'] as const) {
    let gone = 0
    const made = await scene(t, () => (_, response) => {
      response.on('close', () => gone++)
      response.writeHead(200)
      response.write('a')
    })
    const unwanted = new AbortController()
    const fetched = made.fetch(held && naming(made.cache.url, 1, 499), unwanted.signal)
    const outcome = t.rejects(fetched, { name: 'AbortError' })
    await until(() => made.cache.asked.length === 1)
    unwanted.abort()
    await outcome
    await until(() => gone === 1)
    const asked = made.masterAsked.length
    for (let i = 0; i < 10; i++) await new Promise(setImmediate)
    t.same([made.masterAsked.length, made.cache.asked.length, made.lines], [asked, 1, []])
  }
})

t.test('a full server is asked again at another moment than it was told, a few times', async (t) => {
  const clock = new HandClock()
  let full = 2
  const made = await scene(
    t,
    (wanted) => (request, response) => {
      if (full-- > 0) response.writeHead(503, { 'retry-after': '4' }).end()
      else honestly(wanted)(request, response)
    },
    { clock },
  )
  const fetched = made.fetch()
  for (const times of [1, 2]) {
    await until(() => made.cache.asked.length === times && clock.timers > 1, 'it was told')
    await until(() => {
      clock.turn(100)
      return made.cache.asked.length > times
    }, 'it asks again')
  }
  t.equal(Buffer.compare(await fetched, made.wanted.bytes), 0)
  t.same([bytesAsked(made), made.lines], [2, []])
})

t.test('a delta is taken from the cache; one that is damaged, of something else or too large is not', async (t) => {
  const rows: readonly (readonly [string, (wanted: Snapshot, held: Snapshot) => Buffer, boolean])[] = [
    ['good', (wanted, held) => zstdCompressSync(deltaOf(held, wanted).bytes), true],
    ['of something else', (wanted, held) => zstdCompressSync(deltaOf(wanted, held).bytes), false],
    ['damaged', () => zstdCompressSync(randomBytes(100)), false],
    ['no frame', () => randomBytes(100), false],
    ['too large', () => randomBytes(5 << 20), false],
    ['a bomb', () => zstdCompressSync(Buffer.alloc(64 << 20)), false],
  ]
  for (const [what, delta, isGood] of rows) {
    const made = await scene(t, () => () => {})
    const held = naming(made.cache.url, 1, 499)
    made.cache.conduct = (request, response) => {
      if (request.url?.startsWith('/1/delta/')) response.end(delta(made.wanted, held))
      else response.writeHead(404).end()
    }
    t.equal(Buffer.compare(await made.fetch(held), made.wanted.bytes), 0, what)
    t.equal(made.masterAsked.length === 0, isGood, what)
    t.equal(made.lines.length === 0, isGood, what)
  }
})

t.test('a cache that failed is asked again after a rest, which is told', async (t) => {
  const clock = new HandClock()
  const made = await scene(t, () => (_, response) => void response.writeHead(502).end(), { clock })
  await made.fetch()
  made.cache.conduct = honestly(made.wanted)
  clock.turn(30_000)
  await made.fetch()
  t.equal(made.cache.asked.length, 2)
  t.match(made.lines, ['the cache gives no good copy: the master is asked', 'the cache gives copies again'])
})

t.test("a node's own setting goes before what the generation names", async (t) => {
  const other = await fakeCache(t, (_, response) => void response.writeHead(404).end())
  const made = await scene(t, honestly)
  const own = parseHttpAddress(other.url)
  const node = new Cache({ clock: monotonic, log: logOf(), random: () => 0, ...(own && { own }) })
  t.equal(await node.body(made.wanted.header, made.cache.url), undefined)
  t.same([other.asked.length, made.cache.asked.length], [1, 0])
})
