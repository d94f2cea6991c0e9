import { join } from 'node:path'
import t from 'tap'
import type { Limits } from '../../../src/kickback/service/shares/limits.ts'
import { LOCAL_LIMITS } from '../../../src/kickback/service/shares/limits.ts'
import { encodeFrame } from '../../../src/kickback/wire/message.ts'
import { OPERATIONS } from '../../../src/kickback/wire/protocol.ts'
import { HandClock } from '../../clocks.ts'
import { folder, type Tap } from '../../folder.ts'
import { until } from '../../patience.ts'
import { connected, ended } from '../../sockets.ts'
import { publicSnapshot, server } from '../cluster.ts'

const HELLO = encodeFrame({ id: 1, op: OPERATIONS.HELLO, versions: [1], software: 'test' })
const LIST = encodeFrame({ id: 2, op: OPERATIONS.ENUMERATE, db: 'passwd' })

/** A door for everyone of this machine, on a clock that stands still, and means to come in by it. */
async function door(t: Tap, limits: Partial<Limits> = {}, users = 5) {
  const clock = new HandClock()
  const made = server(t, { clock, limits: { local: { ...LOCAL_LIMITS, ...limits } } }, publicSnapshot(1, users))
  const place = await made.listen('local', { path: join(folder(t), 'socket') })
  /** How many came in, or made another one go. */
  const came = (): number => made.report().connections + made.report().refused
  const come = async () => {
    const before = came()
    const socket = await connected(t, place as { path: string })
    await until(() => came() > before)
    return socket
  }
  return { made, clock, come }
}

t.test('who says nothing is ended within a quarter more than it may be idle, and who speaks stays', async (t) => {
  const { made, clock, come } = await door(t, { idle: 4000 })
  const [quiet, talker] = [await come(), await come()]
  clock.turn(3000)
  const answered = new Promise((resolve) => talker.once('data', resolve))
  talker.write(HELLO)
  await answered
  t.equal(made.report().connections, 2)
  clock.turn(2000)
  await ended(quiet)
  await until(() => made.report().connections === 1)
  t.equal(made.report().refused, 1, 'it broke a limit')
  t.notOk(talker.closed)
})

t.test('very many that say nothing are not ended in one turn of the event loop', async (t) => {
  const { made, clock, come } = await door(t, { idle: 4000 })
  const quiet: Awaited<ReturnType<typeof come>>[] = []
  for (let i = 0; i < 150; i++) quiet.push(await come())
  clock.turn(5000)
  t.equal(made.report().connections, 150 - 64, 'some are at once')
  await Promise.all(quiet.map(ended))
  t.match(made.report(), { connections: 0, refused: 150 })
})

t.test('one connection more than there may be makes the idlest go, and it alone', async (t) => {
  const { made, clock, come } = await door(t, { connections: 2 })
  const first = await come()
  clock.turn(1)
  const second = await come()
  clock.turn(1)
  const third = await come()
  await ended(first)
  t.same([second.closed, third.closed, made.report().connections], [false, false, 2])
  t.equal(made.report().refused, 1)
})

t.test('who leaves is forgotten, and is not counted as one who broke a limit', async (t) => {
  const { made, come } = await door(t)
  const [one, other] = [await come(), await come()]
  one.destroy()
  await until(() => made.report().connections === 1)
  other.end()
  await until(() => made.report().connections === 0)
  t.equal(made.report().refused, 0)
})

t.test('at the end each session is sent what it waits for; who does not read is left after the grace', async (t) => {
  const { made, clock, come } = await door(t, {}, 2000)
  const [reader, deaf] = [await come(), await come()]
  deaf.pause()
  deaf.write(Buffer.concat(Array.from({ length: 300 }, () => LIST)))
  const answered = new Promise((resolve) => reader.once('data', resolve))
  reader.write(HELLO)
  await answered
  await until(() => made.report().questions > 1)
  const closed = made.close()
  await ended(reader)
  let isClosed = false
  const over = closed.then(() => (isClosed = true))
  t.notOk(isClosed, 'one is waited for')
  clock.turn(60_000)
  await over
  t.equal(clock.timers, 0)
})
