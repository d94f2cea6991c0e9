// A node that is a generation behind, a master that has the delta, and somebody between them.
import { zstdCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { fetchSnapshot } from '../../../../src/kickback/node/transfer/delta-transfer.ts'
import { deltaOf, type Snapshot } from '../../../../src/resolver/index.ts'
import { monotonic } from '../../../../src/values/index.ts'
import { HandClock } from '../../../clocks.ts'
import { until } from '../../../patience.ts'
import { client } from '../../cluster.ts'
import { master, signed } from '../masters.ts'
import { honest, type Middle, middle, type Tamper, type Told } from '../middle.ts'

const [first, second, third] = [signed(1, 5000), signed(2, 5001), signed(3, 5002)]

/** What a node that holds one of them fetches of a master that has served all, and what it asked. */
async function fetched(
  t: Test,
  held: Snapshot | undefined,
  tamper: Tamper = honest,
): Promise<Middle & { bytes: Uint8Array }> {
  const { server, place } = await master(t, first)
  server.serve(second, deltaOf(first, second))
  server.serve(third, deltaOf(second, third))
  const between = await middle(t, place, tamper)
  const sources = { client: await client(t, between.place), clock: monotonic }
  const bytes = await fetchSnapshot(sources, third.header, held)
  t.equal(Buffer.compare(bytes, third.bytes), 0, 'in the end it has the snapshot')
  return { ...between, bytes }
}

t.test('a node that is some generations behind fetches the delta alone', async (t) => {
  t.same((await fetched(t, second)).asked, ['DELTA'])
  t.same((await fetched(t, first)).asked, ['DELTA'])
})

t.test('a node that holds nothing, or something else, fetches all', async (t) => {
  t.notOk((await fetched(t, undefined)).asked.includes('DELTA'))
  const { asked } = await fetched(t, signed(9, 7))
  t.ok(asked.includes('DELTA') && asked.includes('SNAPSHOT'))
})

t.test('what it holds is not touched', async (t) => {
  const held = signed(1, 5000)
  const before = Buffer.from(held.bytes)
  await fetched(t, held)
  t.equal(Buffer.compare(held.bytes, before), 0)
})

const zeros = Buffer.alloc(100 * 1024 * 1024)
const ATTACKS: { readonly [title: string]: Tamper } = {
  'a master that does not know the operation': ({ op, reply, send }) =>
    send(op === 'DELTA' ? { id: reply.id, status: -1, error: 'operation', message: 'unknown' } : reply),
  'bytes that are no delta': ({ op, reply, send }) =>
    send(op === 'DELTA' ? { ...reply, data: Buffer.alloc(50) } : reply),
  'the delta to another content': ({ op, reply, send }) =>
    send(op === 'DELTA' ? { ...reply, ...packed(deltaOf(second, first).bytes) } : reply),
  'a delta with one other byte': ({ op, reply, send }) => {
    const delta = Buffer.from(deltaOf(second, third).bytes)
    delta[delta.length - 5] = (delta[delta.length - 5] ?? 0) ^ 1
    send(op === 'DELTA' ? { ...reply, ...packed(delta) } : reply)
  },
  'a few bytes that stand for a hundred million': ({ op, reply, send }) =>
    send(op === 'DELTA' ? { ...reply, ...packed(zeros) } : reply),
  'a size without end': ({ op, reply, send }) => send(op === 'DELTA' ? { ...reply, size: 2 ** 40 } : reply),
  'no bytes at all': ({ op, reply, send }) => send(op === 'DELTA' ? { ...reply, data: Buffer.alloc(0) } : reply),
  'fewer bytes than were asked for': ({ op, reply, send }) => send({ ...reply, ...cut(op, reply.data) }),
}

function packed(delta: Uint8Array): object {
  const data = zstdCompressSync(delta)
  return { data, size: data.length }
}

function cut(op: string, data: unknown): object {
  return op === 'DELTA' && data instanceof Uint8Array ? { data: data.subarray(0, 10) } : {}
}

for (const [what, tamper] of Object.entries(ATTACKS)) {
  t.test(`${what}: the node fetches all, and has what was signed`, async (t) => {
    const { asked } = await fetched(t, second, tamper)
    t.ok(asked.includes('SNAPSHOT'))
  })
}

t.test(
  'a large delta comes in pieces, and the link is as free for other questions as during any transfer',
  async (t) => {
    const [few, many] = [signed(1, 10), signed(2, 6000)]
    const { server, place } = await master(t, few)
    server.serve(many, deltaOf(few, many))
    const lengths: number[] = []
    const between = await middle(t, place, ({ request, reply, send }) => {
      lengths.push(Number(request.length))
      send(reply)
    })
    const sources = { client: await client(t, between.place), clock: monotonic }
    const bytes = await fetchSnapshot(sources, many.header, few)
    t.equal(Buffer.compare(bytes, many.bytes), 0)
    t.same(new Set(between.asked), new Set(['DELTA']))
    t.ok(lengths.length > 2 && lengths[0] === 4096 && (lengths[1] ?? 0) > 4096, `${lengths} bytes`)
  },
)

t.test('a master that gives a delta too slowly is left, as with a whole snapshot', async (t) => {
  const clock = new HandClock()
  const { server, place } = await master(t, first)
  server.serve(second, deltaOf(first, second))
  const held: Told[] = []
  const between = await middle(t, place, (told) => void held.push(told))
  const sources = { client: await client(t, between.place, { clock, timeout: 1e6 }), clock }
  const fetched = fetchSnapshot(sources, second.header, first)
  const outcome = t.rejects(fetched, { code: 'timeout' })
  // What the master says to it has come that far: it is held there.
  await until(() => held.length === 1)
  clock.turn(25_000)
  await outcome
  // A piece of more than one, which comes too late.
  const { reply, send } = held[0] as Told
  send({ ...reply, data: Buffer.alloc(4096), size: 100_000 })
  const after = sources.client.ask('STATUS', {})
  await until(() => held.length > 1)
  for (const told of held.slice(1)) told.send(told.reply)
  await after
  t.same(
    between.asked.filter((op) => op === 'DELTA'),
    ['DELTA'],
    'it asks for no more',
  )
})
