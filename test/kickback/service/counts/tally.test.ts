import { connect } from 'node:net'
import t from 'tap'
import { ENDINGS, endingOf } from '../../../../src/kickback/service/counts/endings.ts'
import { until } from '../../../patience.ts'
import { served } from '../../cluster.ts'

t.test('answers are counted by database and status, and refused questions by error code', async (t) => {
  const { client, server } = await served(t)
  await client.lookup('passwd', 'user1')
  await client.lookup('passwd', 'user2')
  await client.lookup('passwd', 'nobody')
  await client.innetgr('nodes', { host: 'n1' })
  await t.rejects(client.lookup('shadow', 'user1'), { code: 'denied' })
  const { doors, lookups } = await server.counts()
  t.match(doors, { unix: { connections: 1, denied: 0, refusals: { denied: 1 } } })
  t.same(doors.unix?.answers, [
    { database: 'passwd', status: 'notfound', count: 1 },
    { database: 'passwd', status: 'success', count: 2 },
    { database: 'netgroup', status: 'success', count: 1 },
    { database: 'shadow', status: 'unavail', count: 1 },
  ])
  t.equal(
    lookups.counts.reduce((sum, count) => sum + count),
    4,
    'look-ups alone are timed',
  )
  t.ok(lookups.sum > 0)
})

t.test('a connection that breaks the protocol is counted by that reason', async (t) => {
  const { server, place } = await served(t)
  const socket = connect('path' in place ? place.path : '')
  t.teardown(() => socket.destroy())
  socket.write(Buffer.alloc(64, 0xff))
  await until(async () => ((await server.counts()).doors.unix?.endings.protocol ?? 0) === 1, 'it is ended')
  t.equal(server.report().refused, 1)
})

t.test('an ending has the word of its sentence', async (t) => {
  for (const [word, sentence] of Object.entries(ENDINGS)) t.equal(endingOf(sentence, 'protocol'), word)
  t.equal(endingOf('a length of 5 GiB', 'protocol'), 'protocol')
})
