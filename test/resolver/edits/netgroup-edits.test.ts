import t from 'tap'
import { nameMakers } from '../../../src/resolver/contents/nodenames.ts'
import { netgroup } from '../../../src/resolver/databases/netgroup.ts'
import { netgroupEdits } from '../../../src/resolver/edits/netgroup-edits.ts'
import { clusterOf, configured } from '../configs.ts'

const FRAME = 'hostrange lab 10.0.0.0 10.0.15.255\n'
const hosts = (name: string, count: number, octet: number) =>
  Array.from({ length: count }, (_, i) => `host - 10.0.${octet + (i >> 8)}.${i & 255} ${name}${i}\n`).join('')

/** Devices come behind the first 500 of 1000: how often a record was looked up, and the members then. */
function coming(count: number) {
  const snapshot = configured(FRAME + hosts('a', 500, 0) + hosts('z', 500, 2))
  const place = snapshot.positionOf('hosts', snapshot.lookup('hosts', { name: 'z0' }) ?? new Uint8Array())
  const now = clusterOf(FRAME + hosts('new', count, 4))
  let looked = 0
  const { lookup } = snapshot
  snapshot.lookup = (...which) => {
    looked++
    return lookup.apply(snapshot, which)
  }
  const [edit] = netgroupEdits(snapshot, {
    ...{ old: clusterOf(FRAME), now, makers: nameMakers(now), hasFileNetgroups: false, place },
  })
  const [record] = edit?.records ?? []
  return { looked, members: record && netgroup.decode(record).triples.flatMap(({ host = '' }) => host.split('.', 1)) }
}

t.test('devices that come together are put among the members of a netgroup in one pass', async (t) => {
  const [one, many] = [coming(1), coming(1000)]
  t.equal(many.looked, one.looked, 'the place is looked for once')
  const names = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`)
  t.same(
    [...new Set(many.members)],
    [...names('a', 500), ...names('new', 1000), ...names('z', 500)],
    'in the order of their records',
  )
})
