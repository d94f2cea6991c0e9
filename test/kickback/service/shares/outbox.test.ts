import t from 'tap'
import { Outbox } from '../../../../src/kickback/service/shares/outbox.ts'

/** A way out over a link that takes nothing by itself. */
function outbox() {
  const link = {
    queuedBytes: 0,
    send: (bytes: Buffer) => {
      link.queuedBytes += bytes.length
    },
  }
  const made = new Outbox(link)
  const waiting = () => [made.waiting, made.waitingOwn, made.waitingShared]
  return { made, link, waiting }
}

t.test('what waits is told apart: copies, and parts of snapshots', async (t) => {
  const { made, link, waiting } = outbox()
  made.send(Buffer.alloc(10))
  made.sendShared(Buffer.alloc(20_000))
  made.send(Buffer.alloc(20))
  made.sendShared(Buffer.alloc(40_000))
  t.same(waiting(), [60_030, 30, 60_000])
  link.queuedBytes = 50_020
  t.same(waiting(), [50_020, 20, 50_000], 'the first ten bytes and half of a part are gone')
  link.queuedBytes = 40_010
  t.same(waiting(), [40_010, 10, 40_000])
  link.queuedBytes = 0
  t.same(waiting(), [0, 0, 0])
})

t.test('a client that never takes the last byte does not hide copies behind parts that it took', async (t) => {
  const { made, link, waiting } = outbox()
  for (let i = 0; i < 100; i++) {
    made.sendShared(Buffer.alloc(20_000))
    link.queuedBytes = 1
  }
  made.send(Buffer.alloc(500))
  t.same(waiting(), [501, 500, 1])
})

t.test('small parts of snapshots count as the copies that the link makes of them', async (t) => {
  const { made, waiting } = outbox()
  for (let i = 0; i < 10; i++) made.sendShared(Buffer.alloc(16 * 1024 - 1))
  t.same(waiting(), [163_830, 163_830, 0])
  made.sendShared(Buffer.alloc(16 * 1024))
  t.same(waiting(), [180_214, 163_830, 16_384])
})
