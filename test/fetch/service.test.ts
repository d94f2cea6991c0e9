// `kickback-fetch` and the objects of the real service.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { keyMark } from '../../src/resolver/index.ts'
import { clusterKey } from '../keys.ts'
import { publicSnapshot } from '../kickback/cluster.ts'
import { giver } from '../kickback/objects/http.ts'
import { until } from '../patience.ts'
import { trustList } from '../trust-lists.ts'
import { Fetching } from './fetching.ts'

const url = ({ place }: Awaited<ReturnType<typeof giver>>): string => `http://${place.host}:${place.port}`

t.test('fetches, waits for news, and is known by what it has', async (t) => {
  const past = new Set<number>()
  const made = await giver(t, { history: (generation) => past.has(generation), users: 40 })
  const machine = new Fetching(t, made.key)
  const master = { url: url(made) }
  const first = await machine.run([master])
  t.equal(first.code, 0, first.stderr)
  t.strictSame(machine.snapshot?.bytes, made.service.current?.bytes)
  const waiting = machine.start(['--wait', '--master', master.url])
  await until(() => made.objects.counts.waiting === 1)
  made.serve(publicSnapshot(2, 41, made.key.sign))
  t.equal((await waiting.ended).code, 0)
  t.strictSame(machine.snapshot?.bytes, made.service.current?.bytes)
  made.serve(publicSnapshot(3, 5, made.key.sign))
  t.equal((await machine.run([master])).code, 3, 'it loses too much')
  past.add(2)
  t.equal((await machine.run([master])).code, 0, 'the master knows what it loses')
  t.ok(made.objects.counts.compressed > 0, 'it was sent compressed')
})

t.test('a trust list leads from the root to the signing key', async (t) => {
  const root = clusterKey()
  const list: { bytes: Uint8Array; number: number } = { bytes: Buffer.alloc(0), number: 7 }
  const made = await giver(t, { trust: () => list })
  list.bytes = trustList({ number: 7, roots: [root], signers: [[made.key, 'm1']] })
  const machine = new Fetching(t, root)
  const run = await machine.run([{ url: url(made) }])
  t.equal(run.code, 0, run.stderr)
  t.equal((await machine.run([{ url: url(made) }], '--check')).stdout.includes('trust 7'), true)
  t.ok(keyMark(root.key).length > 0)
})

t.test('a cache in front that keeps bodies is enough for them', async (t) => {
  const made = await giver(t)
  const asked: string[] = []
  const cache = createServer((from, to) => {
    asked.push(from.url ?? '')
    const onward = request(`${url(made)}${from.url}`, { headers: from.headers }, (reply) => {
      to.writeHead(reply.statusCode ?? 500, reply.headers)
      reply.pipe(to)
    })
    onward.end()
  })
  cache.listen(0, '127.0.0.1')
  await once(cache, 'listening')
  t.teardown(() => cache.close())
  const machine = new Fetching(t, made.key)
  const run = await machine.run(
    [{ url: url(made) }],
    '--objects',
    `http://127.0.0.1:${(cache.address() as AddressInfo).port}`,
  )
  t.equal(run.code, 0, run.stderr)
  t.equal(asked.length, 1)
  t.strictSame(machine.snapshot?.bytes, made.service.current?.bytes)
})
