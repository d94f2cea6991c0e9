import t from 'tap'
import { KEPT_MAX, LOCAL_LIMITS, NETWORK_LIMITS, TURN_BYTES } from '../../../../src/kickback/service/shares/limits.ts'
import { CHUNK_MAX, REQUEST_MAX } from '../../../../src/kickback/wire/protocol.ts'

const DOORS = { 'a Unix socket': LOCAL_LIMITS, TCP: NETWORK_LIMITS }

t.test('one turn is enough for a reply of SNAPSHOT of any length', async (t) => {
  t.ok(TURN_BYTES >= CHUNK_MAX)
})

t.test(
  'a client that reads has its next chunk made while one waits, and a hundred such have room together',
  async (t) => {
    for (const [door, { queuedBytes, allQueuedBytes }] of Object.entries(DOORS)) {
      t.ok(queuedBytes >= 2 * CHUNK_MAX, door)
      t.ok(allQueuedBytes >= 100 * queuedBytes, door)
    }
  },
)

t.test('a thousand connections may have a request half-sent at once', async (t) => {
  t.ok(KEPT_MAX >= 1000 * REQUEST_MAX)
})

t.test('who drips a frame or does not read is gone before a silent connection is', async (t) => {
  for (const [door, { halfSent, stalled, silent, idle }] of Object.entries(DOORS)) {
    t.ok(halfSent < stalled && stalled < silent && silent < idle, door)
  }
})
