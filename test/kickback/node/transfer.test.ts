// A transfer over a link that is slow, from a master that goes on publishing.
import t from 'tap'
import { fetchBody } from '../../../src/kickback/node/transfer.ts'
import { CHUNK_MAX, NONCE_BYTES, type OperationName } from '../../../src/kickback/wire/protocol.ts'
import { monotonic } from '../../../src/values/index.ts'
import { HandClock } from '../../clocks.ts'
import { until } from '../../patience.ts'
import { client } from '../cluster.ts'
import { master, signed } from './masters.ts'
import { honest, middle, type Told } from './middle.ts'

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
