import t from 'tap'
import { createLogger } from '../../../src/cli/logger.ts'
import { DnsFront } from '../../../src/daemon/fronts/dns-front.ts'
import { settingsOf, snapshotOf } from '../../dns/cluster.ts'

const silent = createLogger('plain', 'error', { write() {} })
const served = { public: snapshotOf('nodes 5\niprange 10.1.1.0 10.1.1.99\n'), shadow: undefined }

t.test('a front that is being opened while the daemon ends is closed again', async (t) => {
  const front = new DnsFront(settingsOf(), silent)
  const opening = front.open(served)
  await front.close()
  await opening
  t.same(front.places, [])
  await front.serve({ ...served })
  t.same(front.places, [], 'and none is opened afterwards')
})
