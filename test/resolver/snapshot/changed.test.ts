import t from 'tap'
import { buildPublic, Snapshot, stamp } from '../../../src/resolver/index.ts'
import { changedDatabases } from '../../../src/resolver/snapshot/changed.ts'
import { contents } from '../../kickback/cluster.ts'

/** A snapshot with some of these contents in place of the usual ones. */
function snapshot(more: Partial<ReturnType<typeof contents>> = {}, generation = 1): Snapshot {
  const bytes = buildPublic({ ...contents(20), ...more })
  stamp(bytes, { generation, contentTime: 0 })
  return Snapshot.open(bytes)
}

t.test('the databases with other records have changed, and no other', async (t) => {
  const before = snapshot()
  t.same(changedDatabases(before, snapshot({}, 2)), [], 'another number is no change')
  const { passwd, group } = contents(20)
  t.same(changedDatabases(before, snapshot({ passwd: passwd.slice(1) })), ['passwd'])
  t.same(changedDatabases(before, snapshot({ group: group.slice(1) })), ['group'])
})

t.test('another domain is another answer of hosts', async (t) => {
  t.same(changedDatabases(snapshot(), snapshot({ domain: 'other.test' })), ['hosts'])
})
