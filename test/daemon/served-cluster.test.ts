// The Cluster of what a master serves, had again for who explains or boots.
import t from 'tap'
import type { Master } from '../../src/daemon/master.ts'
import { Scratch } from '../cli/scratch.ts'
import { master } from '../end-to-end/handlers/daemon.ts'
import { client } from '../kickback/cluster.ts'

/** The line of the configuration that makes this device, as the master would explain it; undefined if nothing does. */
async function lineOf(served: Master, host: string): Promise<number | undefined> {
  const found = (await served.cluster())?.cluster.hosts.find(({ name }) => name === host)
  return found?.lines[0]?.span.line
}

t.test('it is that of the last good configuration, and of the pinned one while there is a pin', async (t) => {
  const scratch = new Scratch(t)
  const served = await master(t, scratch)
  const admin = await client(t, { path: scratch.path('run/admin/socket') })
  const { generation: good } = await admin.history()
  t.equal(await lineOf(served, 'printer'), undefined)
  const line = scratch.read('config').split('\n').length
  scratch.append('config', 'host 00:A0:D1:00:00:01 10.20.30.6 printer\n')
  await admin.reload({}, 30_000)
  t.equal(await lineOf(served, 'printer'), line)
  scratch.append('config', 'host zz\n')
  t.match(await admin.reload({}, 30_000), { outcome: 'refused' })
  t.equal(await lineOf(served, 'printer'), line, 'what is refused is not served')
  t.match(await admin.reload({ back_to: good }, 30_000), { outcome: 'published', pinned: good })
  t.equal(await lineOf(served, 'printer'), undefined, 'what is pinned does not have it')
})
