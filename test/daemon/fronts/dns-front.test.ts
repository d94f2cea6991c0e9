import t from 'tap'
import { createLogger } from '../../../src/cli/logger.ts'
import { DnsFront } from '../../../src/daemon/fronts/dns-front.ts'
import { HandClock } from '../../clocks.ts'
import { endpoint, settingsOf, snapshotOf } from '../../dns/cluster.ts'
import { until } from '../../patience.ts'

const silent = createLogger('plain', 'error', { write() {} })
const served = { public: snapshotOf('nodes 5\niprange 10.1.1.0 10.1.1.99\n'), shadow: undefined }

/** An address that no machine has (RFC 5737). */
const NOWHERE = endpoint('192.0.2.1', 0)
const HERE = endpoint('127.0.0.1', 0)

t.test('the addresses that are here answer, whatever else is to come', async (t) => {
  const clock = new HandClock()
  const front = new DnsFront(settingsOf({ listen: [NOWHERE, HERE] }), silent, { clock })
  t.teardown(() => front.close())
  await front.open(served)
  t.same(
    front.places.map(({ host }) => host),
    ['127.0.0.1'],
  )
  t.equal(clock.timers, 1, 'the other one is looked for')
  clock.turn(1000)
  await until(() => clock.timers === 1, 'it is looked for again')
  t.equal(front.places.length, 1)
})

t.test('one that has privileges to give up opens nothing before it can open all', async (t) => {
  const clock = new HandClock()
  let opened = 0
  const front = new DnsFront(settingsOf({ listen: [NOWHERE, HERE] }), silent, { clock, opened: () => void opened++ })
  t.teardown(() => front.close())
  await front.open(served)
  await front.serve({ ...served, public: snapshotOf('nodes 6\niprange 10.1.1.0 10.1.1.99\n') })
  t.same([front.places, opened, clock.timers], [[], 0, 1], 'one wait, however many generations come')
})

t.test('a port that is taken is an error, and nothing is kept', async (t) => {
  const first = new DnsFront(settingsOf({ listen: [HERE] }), silent)
  t.teardown(() => first.close())
  await first.open(served)
  const [{ port } = HERE] = first.places
  const front = new DnsFront(settingsOf({ listen: [NOWHERE, { ...HERE, port }] }), silent)
  await t.rejects(front.open(served), { code: 'EADDRINUSE' })
  t.same(front.places, [])
  await front.close()
})

t.test('a front that is being opened while the daemon ends is closed again', async (t) => {
  const front = new DnsFront(settingsOf(), silent)
  const opening = front.open(served)
  await front.close()
  await opening
  t.same(front.places, [])
  await front.serve({ ...served })
  t.same(front.places, [], 'and none is opened afterwards')
})
