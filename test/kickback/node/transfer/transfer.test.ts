// A transfer over a link that is slow, from a master that goes on publishing, and from one that answers as it likes.
import t from 'tap'
import type { KickbackClient } from '../../../../src/kickback/node/client.ts'
import { fetchBody } from '../../../../src/kickback/node/transfer/transfer.ts'
import { CHUNK_MAX, NONCE_BYTES, type OperationName } from '../../../../src/kickback/wire/protocol.ts'
import { monotonic, othersTurn } from '../../../../src/values/clock.ts'
import { HandClock } from '../../../clocks.ts'
import { until } from '../../../patience.ts'
import { client } from '../../cluster.ts'
import { master, signed } from '../masters.ts'
import { honest, middle, type Told } from '../middle.ts'

/** Of some megabytes. */
const LARGE = signed(7, 20_000)
/** Of some hundred thousand bytes. */
const SMALL = signed(7, 2000)
/** How many bytes a request is without its data, at most: on a slow link they take time too. */
const ENVELOPE = 200

t.test('a transfer comes to its end although the master publishes two generations at each chunk', async (t) => {
  const { server, place } = await master(t, LARGE)
  let next = LARGE.generation
  const between = await middle(t, place, (told) => {
    if (told.op === 'SNAPSHOT') for (let i = 0; i < 2; i++) server.serve(signed(++next, 5))
    honest(told)
  })
  const bytes = await fetchBody(await client(t, between.place), LARGE.header, monotonic)
  t.ok(bytes.equals(LARGE.bytes))
  t.ok(next > LARGE.generation + 10)
})

t.test('on a quick link a snapshot takes few questions', async (t) => {
  const { place } = await master(t, LARGE)
  const between = await middle(t, place, honest)
  await fetchBody(await client(t, between.place), LARGE.header, new HandClock())
  t.ok(between.asked.length <= LARGE.bytes.length / CHUNK_MAX + 24, `${between.asked.length} questions`)
})

t.test('what else is asked during a transfer is answered within ten seconds, however slow the link is', async (t) => {
  for (const [bytesASecond, snapshot] of [
    [2000, SMALL],
    [20_000, LARGE],
    [60_000, LARGE],
  ] as const) {
    const clock = new HandClock()
    const queue: Told[] = []
    let askedBytes = 0
    const { place } = await master(t, snapshot)
    const between = await middle(t, place, (told) => {
      if (told.op === 'SNAPSHOT') askedBytes += Number(told.request.length)
      queue.push(told)
    })
    const one = await client(t, between.place, { clock, timeout: 10_000 })
    const asked = (op: OperationName): number => between.asked.filter((other) => other === op).length
    let isOver = false
    const fetched = fetchBody(one, snapshot.header, clock).finally(() => {
      isOver = true
    })
    const answers: Promise<unknown>[] = []
    while (!isOver) {
      await until(() => isOver || queue.length > 0)
      const told = queue.shift()
      if (told === undefined) break
      const { data } = told.reply as { readonly data?: Uint8Array }
      clock.turn((((data?.length ?? 0) + ENVELOPE) / bytesASecond) * 1000)
      const chunks = asked('SNAPSHOT')
      told.send(told.reply)
      if (told.op === 'SNAPSHOT') {
        await until(() => isOver || askedBytes >= snapshot.bytes.length || asked('SNAPSHOT') > chunks)
      }
      if (clock.now() < 30_000 * (answers.length + 1)) continue
      answers.push(one.ask('ALIVE', { nonce: Buffer.alloc(NONCE_BYTES) }))
      await until(() => queue.some(({ op }) => op === 'ALIVE'))
    }
    t.ok((await fetched).equals(snapshot.bytes), `${bytesASecond} bytes a second`)
    await Promise.all(answers)
    t.ok(answers.length > 0, 'it took more than half a minute')
  }
})

/** A question for a chunk that waits to be answered. */
interface Waiting {
  readonly offset: number
  readonly length: number
  readonly give: (data?: Uint8Array) => void
  readonly fail: (error: Error) => void
}

/** A transfer of the large snapshot, or of what its header claims, from a service that answers when the test says so. */
function byHand(claims: object = {}, signal?: AbortSignal) {
  const waiting: Waiting[] = []
  const ask = (_: string, { offset, length }: { offset: number; length: number }) =>
    new Promise<{ data: Uint8Array }>((resolve, fail) => {
      const right = LARGE.bytes.subarray(offset, offset + length)
      waiting.push({ offset, length, fail, give: (data = right) => resolve({ data }) })
    })
  const clock = new HandClock()
  const fetched = fetchBody({ ask } as unknown as KickbackClient, { ...LARGE.header, ...claims }, clock, signal)
  let error: unknown
  fetched.catch((thrown: unknown) => {
    error = thrown
  })
  return { waiting, clock, fetched, error: () => error }
}

/** Lets what was answered have its effects. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await othersTurn()
}

t.test('three chunks are asked for before the first has come, then larger ones, one for each that comes', async (t) => {
  const { waiting, fetched, clock } = byHand()
  const asked = () => waiting.map(({ offset, length }) => [offset, length])
  await turns()
  t.same(asked(), [
    [0, 4096],
    [4096, 4096],
    [8192, 4096],
  ])
  waiting[1]?.give()
  await turns()
  t.equal(waiting.length, 3, 'the first is still waited for')
  waiting[0]?.give()
  await turns()
  t.same(asked().slice(3), [
    [12_288, 8192],
    [20_480, 8192],
  ])
  for (let i = 2; i < waiting.length; i++) {
    waiting[i]?.give()
    await turns()
  }
  t.ok((await fetched).equals(LARGE.bytes))
  t.equal(clock.timers, 0, 'nothing is waited for any more')
})

t.test('a chunk that is shorter or longer than it was asked for ends the transfer', async (t) => {
  for (const size of [0, 4095, 4097]) {
    const { waiting, fetched } = byHand()
    await turns()
    waiting[0]?.give(Buffer.alloc(size))
    await t.rejects(fetched, { code: 'protocol', message: new RegExp(`a chunk of ${size} bytes in place of 4096`) })
  }
})

t.test('a wrong byte ends it when its section is whole, and no more is asked for', async (t) => {
  const { waiting, fetched } = byHand()
  await turns()
  for (let i = 0; i < waiting.length; i++) {
    const { offset = 0, length = 0, give } = waiting[i] ?? {}
    const data = Buffer.from(LARGE.bytes.subarray(offset, offset + length))
    if (i > 0) data[length >> 1] = (data[length >> 1] ?? 0) ^ 1
    give?.(data)
    await turns()
  }
  await t.rejects(fetched, { code: 'protocol', message: /the snapshot is damaged/ })
  const { offset = 0, length = 0 } = waiting.at(-1) ?? {}
  t.ok(offset + length < LARGE.bytes.length)
})

t.test('a chunk that fails while an earlier one is waited for is told when it is its turn', async (t) => {
  const { waiting, fetched, error } = byHand()
  await turns()
  waiting[1]?.fail(new Error('the second failed'))
  await turns()
  t.equal(error(), undefined)
  waiting[0]?.give()
  await t.rejects(fetched, { message: 'the second failed' })
})

t.test('of a size beyond the largest not one byte is asked for', async (t) => {
  const largest = byHand({ size: 2 ** 30 })
  await turns()
  t.equal(largest.waiting.length, 3)
  for (const { fail } of largest.waiting) fail(new Error('over'))
  await t.rejects(largest.fetched, { message: 'over' })
  const larger = byHand({ size: 2 ** 30 + 1 })
  await t.rejects(larger.fetched, { code: 'protocol', message: /a snapshot of 1073741825 bytes/ })
  t.equal(larger.waiting.length, 0)
})

t.test('a transfer has twenty seconds to begin, and 1024 bytes a second must have come after that', async (t) => {
  for (const [chunks, lasts] of [
    [0, 25_000],
    [2, 30_000],
  ] as const) {
    const { clock, fetched, waiting, error } = byHand()
    await turns()
    for (const { give } of waiting.slice(0, chunks)) give()
    for (let passed = 0; passed < lasts; passed += 1000) {
      t.equal(error(), undefined, `after ${passed} ms`)
      clock.turn(1000)
      await turns()
    }
    await t.rejects(fetched, { code: 'timeout', message: /bytes came in \d+ s, which is too slow/ })
    t.equal(clock.timers, 0)
  }
})

t.test('a transfer whose time is over, or that nobody wants any more, asks for nothing more', async (t) => {
  const unwanted = new AbortController()
  const rows = [
    ['too slow', byHand(), { code: 'timeout' }],
    ['unwanted', byHand({}, unwanted.signal), { name: 'AbortError' }],
  ] as const
  for (const [what, { waiting, clock, fetched }, error] of rows) {
    await turns()
    const outcome = t.rejects(fetched, error, what)
    if (what === 'unwanted') unwanted.abort()
    else clock.turn(25_000)
    await turns()
    for (const { give } of waiting.slice()) {
      give()
      await turns()
    }
    await outcome
    t.equal(waiting.length, 3, what)
  }
})
