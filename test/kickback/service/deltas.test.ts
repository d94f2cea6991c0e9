import { randomBytes } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import t from 'tap'
import { Deltas } from '../../../src/kickback/service/deltas.ts'
import { deltaOf, type Snapshot } from '../../../src/resolver/index.ts'
import { buffersUsed } from '../../memory.ts'
import { made } from '../../resolver/deltas/made.ts'
import { client, server } from '../cluster.ts'
import { signed } from '../node/masters.ts'

/** Generations with ever more users. */
const all: readonly Snapshot[] = Array.from({ length: 80 }, (_, i) => signed(i + 1, i + 5))
const at = (i: number): Snapshot => all[i] ?? (all[0] as Snapshot)

/** Deltas of the first generations. */
function grown(count: number, bytesMax?: number): Deltas {
  const deltas = new Deltas(bytesMax)
  for (let i = 1; i < count; i++) deltas.next(at(i - 1).digest, at(i).digest, deltaOf(at(i - 1), at(i)))
  return deltas
}

/** Whether these bytes make the one snapshot of the other. */
async function leads(way: ReturnType<Deltas['between']>, from: Snapshot, to: Snapshot): Promise<boolean> {
  const bytes = await way
  if (bytes === undefined) return false
  return Buffer.compare(made(from.bytes, zstdDecompressSync(bytes), to.header), to.bytes) === 0
}

t.test('each of the last contents has a way to the current one', async (t) => {
  const deltas = grown(10)
  for (let i = 0; i < 9; i++) t.ok(await leads(deltas.between(at(i).digest, at(9).digest), at(i), at(9)), `from ${i}`)
  t.equal(deltas.between(at(9).digest, at(9).digest), undefined)
  t.equal(deltas.between(at(3).digest, at(8).digest), undefined, 'not to one that is not current any more')
  t.equal(deltas.between(at(20).digest, at(9).digest), undefined)
})

t.test('what is sent is made once', async (t) => {
  const deltas = grown(3)
  t.equal(deltas.between(at(0).digest, at(2).digest), deltas.between(at(0).digest, at(2).digest))
})

t.test('content that came again is left by its last way', async (t) => {
  const deltas = new Deltas()
  const way = [at(0), at(1), at(0), at(2)]
  way.slice(1).forEach((to, i) => {
    const from = way[i] ?? to
    deltas.next(from.digest, to.digest, deltaOf(from, to))
  })
  const bytes = await deltas.between(at(0).digest, at(2).digest)
  t.same(bytes && zstdDecompressSync(bytes), deltaOf(at(0), at(2)).bytes)
})

t.test('a delta that is a small part of a large buffer does not keep that', async (t) => {
  const part = 1024 * 1024
  const deltas = new Deltas()
  const before = buffersUsed()
  for (let i = 1; i < 60; i++) {
    const { from, bytes } = deltaOf(at(i - 1), at(i))
    const large = new Uint8Array(part)
    large.set(bytes)
    deltas.next(at(i - 1).digest, at(i).digest, { from, bytes: large.subarray(0, bytes.length) })
  }
  t.ok(buffersUsed() - before < 4 * part, 'not 59 of them')
  t.ok(await leads(deltas.between(at(0).digest, at(59).digest), at(0), at(59)))
})

t.test('where a step is missing there is no way over it', async (t) => {
  const deltas = grown(5)
  deltas.next(at(4).digest, at(5).digest, undefined)
  t.equal(deltas.between(at(4).digest, at(5).digest), undefined)
  deltas.next(at(5).digest, at(6).digest, deltaOf(at(5), at(6)))
  t.equal(deltas.between(at(4).digest, at(6).digest), undefined)
  t.ok(await leads(deltas.between(at(5).digest, at(6).digest), at(5), at(6)))
  deltas.next(at(7).digest, at(8).digest, deltaOf(at(7), at(8)))
  t.equal(deltas.between(at(5).digest, at(8).digest), undefined, 'a step that begins elsewhere')
  deltas.next(at(8).digest, at(9).digest, deltaOf(at(7), at(9)))
  t.equal(deltas.between(at(8).digest, at(9).digest), undefined, 'a delta of something else')
})

t.test('few steps and few bytes are kept, the last ones', async (t) => {
  const deltas = grown(80)
  const known = all.slice(0, 80).filter((one) => deltas.between(one.digest, at(79).digest) !== undefined)
  t.same(known, all.slice(79 - 64, 79))
  const step = deltaOf(at(8), at(9)).bytes.length
  const small = grown(10, 2 * step + 8)
  t.ok(await leads(small.between(at(7).digest, at(9).digest), at(7), at(9)))
  t.equal(small.between(at(6).digest, at(9).digest), undefined)
  t.equal(grown(10, step - 1).between(at(8).digest, at(9).digest), undefined, 'not even the last one')
})

t.test('of a large snapshot larger deltas are kept, up to a quarter of it', async (t) => {
  const deltas = new Deltas(1000)
  const [large, after] = [{ from: at(0).digest, bytes: randomBytes(50_000) }, at(1).digest]
  deltas.next(at(0).digest, after, large, 100_000)
  t.equal(deltas.between(at(0).digest, after), undefined)
  deltas.next(at(0).digest, after, large, 200_000)
  t.ok(await deltas.between(at(0).digest, after))
})

t.test('many large deltas have no more ways than fit, however large the snapshot is', async (t) => {
  const deltas = new Deltas()
  const bytes = randomBytes(4 << 20)
  for (let i = 1; i < 10; i++) deltas.next(at(i - 1).digest, at(i).digest, { from: at(i - 1).digest, bytes }, 2 ** 30)
  const known = all.slice(0, 9).filter((one) => deltas.between(one.digest, at(9).digest) !== undefined)
  t.equal(known.length, 5)
})

t.test('DELTA gives the way, NOTFOUND where there is none, and nothing to strangers', async (t) => {
  const one = server(t, {}, at(0))
  const asker = await client(t, await one.listen('network', { host: '127.0.0.1', port: 0 }))
  const ask = (from: Snapshot, to: Snapshot, offset?: number) =>
    asker.ask('DELTA', { from: from.digest, to: to.digest, ...(offset !== undefined && { offset }) })
  t.match(await ask(at(0), at(1)), { status: 0 })
  one.serve(at(1), deltaOf(at(0), at(1)))
  const { data, size } = await ask(at(0), at(1))
  t.equal(data?.length, size)
  t.ok(await leads(data, at(0), at(1)))
  t.same((await ask(at(0), at(1), 5)).data, data?.subarray(5))
  t.equal((await ask(at(0), at(1), 1e9)).data?.length, 0)
  one.serve(signed(90, 6))
  t.match(await ask(at(0), at(1)), { status: 1 }, 'the same content under another number')
  one.serve(at(2))
  t.match(await ask(at(1), at(2)), { status: 0 }, 'it came without a delta')
})
