// Nodes that fetch through a real nginx, which is configured as the page for administrators says; and what they do where it is no good.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ObjectsListener } from '../../src/kickback/objects/listener.ts'
import { Objects } from '../../src/kickback/objects/objects.ts'
import type { KickbackServer } from '../../src/kickback/service/server.ts'
import { deltaOf, keyMark, type Snapshot } from '../../src/resolver/index.ts'
import { type HostPort, hex, monotonic } from '../../src/values/index.ts'
import { follows, node, type TestNode } from '../daemon/nodes/node.ts'
import { contents, logOf } from '../kickback/cluster.ts'
import { key, master, signed } from '../kickback/node/masters.ts'
import { until } from '../patience.ts'
import { type Nginx, nginx } from './nginx.ts'

/** How many users the first generation has: its body is larger than what is sent as one piece. */
const USERS = 2000

/** A master that gives objects. */
interface Giving {
  readonly server: KickbackServer
  readonly place: HostPort
  readonly objects: Objects
  readonly http: HostPort
}

async function giving(t: Test): Promise<Giving> {
  const { server, place } = await master(t, signed(1, 1))
  const parts = { ...server.shared, clock: monotonic, random: Math.random, signer: () => keyMark(key), log: logOf() }
  const objects = new Objects(parts)
  const listener = await ObjectsListener.open({ host: '127.0.0.1', port: 0 }, { ...parts, objects })
  t.teardown(async () => {
    objects.close()
    await listener.close()
  })
  return { server, place: place as HostPort, objects, http: listener.place }
}

/** A generation of so many users that names this cache. */
const naming = (url: string, generation: number, users: number): Snapshot =>
  signed(generation, { ...contents(users), objects: url })

/** Serves the next generation, with or without what makes it of the one before. */
function serve({ server, objects }: Giving, next: Snapshot, isDelta = false): void {
  const before = server.current
  server.serve(next, isDelta && before !== undefined ? deltaOf(before, next) : undefined)
  objects.renew()
}

/** How often the master was asked over the kickback protocol for more than the settings of a generation, and by HTTP for what. */
const asked = ({ server, objects }: Giving) => {
  const { SNAPSHOT = 0, DELTA = 0 } = server.report().operations
  return { SNAPSHOT, DELTA, http: Object.fromEntries(objects.counts.requests) }
}

const holds = ({ proxy }: TestNode, { digest }: Snapshot): Promise<void> =>
  until(() => proxy.current !== undefined && hex(proxy.current.digest) === hex(digest), 'the node holds it')

t.test(
  'eight empty nodes get their copy of nginx, and the master sends one; a change is fetched once as well',
  async (t) => {
    const made = await giving(t)
    const cache = await nginx(t, made.http)
    const first = naming(cache.url, 2, USERS)
    serve(made, first)
    const nodes = await Promise.all(Array.from({ length: 8 }, () => node(t, [made.place])))
    await Promise.all(nodes.map(follows))
    t.same(asked(made).http, { object: 1 })
    t.same(asked(made).SNAPSHOT, 16, 'each node asks which cache the generation names, and no more')
    const second = naming(cache.url, 3, USERS + 1)
    serve(made, second, true)
    await Promise.all(nodes.map((one) => holds(one, second)))
    t.same(asked(made), { SNAPSHOT: 16, DELTA: 0, http: { object: 1, delta: 1 } })
    for (const { lines } of nodes) t.notOk(lines.some((line) => line.includes('cache')))
  },
)

/** The file in which nginx keeps an answer that contains these bytes. */
function cachedFile({ cached }: Nginx, digest: Uint8Array): string {
  const files = readdirSync(cached, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const named = files.map(({ parentPath, name }) => join(parentPath, name))
  return named.find((path) => readFileSync(path).includes(`/1/object/${hex(digest)}`)) ?? ''
}

/** Gets a node its first copy through the cache; then `spoil` does something to the cache, and a second node comes, or there is news. */
async function spoiled(
  t: Test,
  change: (config: string) => string,
  spoil?: (cache: Nginx, held: Snapshot) => Promise<void>,
) {
  const made = await giving(t)
  const cache = await nginx(t, made.http, change)
  const first = naming(cache.url, 2, USERS)
  serve(made, first)
  if (spoil !== undefined) {
    await follows(await node(t, [made.place]))
    await spoil(cache, first)
  }
  const before = asked(made).SNAPSHOT
  const late = await node(t, [made.place])
  await holds(late, first)
  return {
    late,
    fromMaster: asked(made).SNAPSHOT - before - 2,
    told: late.lines.filter((line) => line.includes('no good copy')),
  }
}

const same = (config: string): string => config

t.test('the control: a second node gets the same copy from the cache, and nothing from the master', async (t) => {
  const { fromMaster, told } = await spoiled(t, same, async () => {})
  t.same([fromMaster, told], [0, []])
})

t.test('a cache that changes a byte of what it keeps: the master gives the copy', async (t) => {
  const { fromMaster, told } = await spoiled(t, same, async (cache, { digest }) => {
    const path = cachedFile(cache, digest)
    const bytes = readFileSync(path)
    bytes[bytes.length - 100] = (bytes.at(-100) ?? 0) ^ 1
    writeFileSync(path, bytes)
  })
  t.ok(fromMaster > 0)
  t.match(told, [/damaged/])
})

t.test('a cache that gives an old object under the name of a new one: the master gives the copy', async (t) => {
  const made = await giving(t)
  const cache = await nginx(t, made.http, (config) =>
    config.replace('proxy_cache_key $uri$kickback_coding;', 'proxy_cache_key old;'),
  )
  const first = naming(cache.url, 2, USERS)
  serve(made, first)
  await follows(await node(t, [made.place]))
  const second = naming(cache.url, 3, USERS + 1)
  serve(made, second)
  const late = await node(t, [made.place])
  await holds(late, second)
  t.ok(late.lines.some((line) => line.includes('no good copy')))
})

t.test('a cache that is down: the master gives the copy', async (t) => {
  const { fromMaster, told } = await spoiled(t, same, (cache) => cache.stop())
  t.ok(fromMaster > 0)
  t.match(told, [/ECONNREFUSED/])
})

t.test('a cache that withholds the object: the master gives the copy', async (t) => {
  const { fromMaster } = await spoiled(t, (config) => config.replace('limit_except GET { deny all; }', 'return 404;'))
  t.ok(fromMaster > 0)
})

t.test('a cache that is too slow: the master gives the copy', async (t) => {
  const { fromMaster, told } = await spoiled(t, (config) =>
    config.replace('limit_except', 'limit_rate 100; limit_except'),
  )
  t.ok(fromMaster > 0)
  t.match(told, [/too slow|no response/])
})

t.test('a cache cannot hold back news: they come from the master', async (t) => {
  const made = await giving(t)
  const cache = await nginx(t, made.http)
  const first = naming(cache.url, 2, USERS)
  serve(made, first)
  const one = await node(t, [made.place])
  await follows(one)
  await cache.stop()
  const second = naming(cache.url, 3, USERS + 1)
  serve(made, second, true)
  await holds(one, second)
  t.equal(asked(made).DELTA, 1, 'the master gives the difference')
})
