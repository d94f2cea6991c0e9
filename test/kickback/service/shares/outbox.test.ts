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
  made.sendShared(Buffer.alloc(100))
  made.send(Buffer.alloc(20))
  made.sendShared(Buffer.alloc(200))
  t.same(waiting(), [330, 30, 300])
  link.queuedBytes = 270
  t.same(waiting(), [270, 20, 250], 'the first ten bytes and half of a part are gone')
  link.queuedBytes = 210
  t.same(waiting(), [210, 10, 200])
  link.queuedBytes = 0
  t.same(waiting(), [0, 0, 0])
})

t.test('a client that never takes the last byte does not hide copies behind parts that it took', async (t) => {
  const { made, link, waiting } = outbox()
  for (let i = 0; i < 100; i++) {
    made.sendShared(Buffer.alloc(1000))
    link.queuedBytes = 1
  }
  made.send(Buffer.alloc(500))
  t.same(waiting(), [501, 500, 1])
})
