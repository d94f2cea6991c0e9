import t from 'tap'
import { inNetgroup, netgroupSteps } from '../../../src/resolver/answers/membership.ts'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import { NETGROUP, type Triple } from '../../../src/resolver/databases/netgroup.ts'
import { buildPublic } from '../../../src/resolver/snapshot/builder.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { STEP } from '../../../src/values/index.ts'
import { configured, sourcesOf } from '../configs.ts'

/** A snapshot with one netgroup, g. */
function grouped(triples: readonly Triple[]): Snapshot {
  return Snapshot.open(buildPublic({ ...publicContents(sourcesOf('')), netgroup: [{ name: 'g', triples }] }))
}

/** So many machines: h1, h2, ... */
const machines = (count: number): Triple[] =>
  Array.from({ length: count }, (_, i) => ({ host: `h${i + 1}`, user: '-', domain: undefined }))

t.test('a node is in cluster by its short and its long name, in any case', async (t) => {
  const snapshot = configured('nodes 2\niprange 10.0.0.1 10.0.0.2\n')
  for (const host of ['n1', 'N1', 'n1.cluster.internal', 'n1.Cluster.Internal', undefined]) {
    t.ok(inNetgroup(snapshot, 'cluster', { host, domain: 'any' }), String(host))
    t.ok(inNetgroup(snapshot, 'cluster', { host, user: '-' }), 'no user')
    t.notOk(inNetgroup(snapshot, 'cluster', { host, user: 'ann' }), 'a netgroup of machines holds no user')
  }
  for (const host of ['n2', 'n01', 'n1.', '.1', '']) t.notOk(inNetgroup(snapshot, 'cluster', { host }), host)
  t.notOk(inNetgroup(snapshot, 'Cluster', { host: 'n1' }))
  t.notOk(inNetgroup(configured(''), 'cluster', {}), 'an empty netgroup holds nothing')
})

t.test(
  'each field of a triple is a wildcard where it is absent; users count with case, hosts and domains without',
  async (t) => {
    const triples: Triple[] = [
      { host: 'h', user: 'u', domain: 'd' },
      { host: undefined, user: 'v', domain: undefined },
      { host: '-', user: undefined, domain: 'd' },
    ]
    const snapshot = grouped(triples)
    const holds = (question: Partial<Triple>): boolean => inNetgroup(snapshot, 'g', question)
    t.ok(holds({ host: 'H', user: 'u', domain: 'D' }))
    t.notOk(holds({ host: 'h', user: 'U', domain: 'd' }))
    t.notOk(holds({ host: 'h', user: 'u', domain: 'e' }))
    t.ok(holds({ host: 'anything', user: 'v' }))
    t.notOk(holds({ host: 'anything', user: 'w' }))
    t.ok(holds({ host: '-', user: 'w' }))
    t.ok(holds({}))
  },
)

t.test(
  'a large netgroup is made ready in steps, which all who ask share; who does not wait for them gets the same',
  async (t) => {
    const snapshot = grouped(machines(3 * STEP + 1))
    const [one, other] = [netgroupSteps(snapshot, 'g'), netgroupSteps(snapshot, 'g')]
    t.same([one.next().done, other.next().done, one.next().done, other.next().done], [false, false, false, true])
    t.ok(one.next().done)
    t.ok(netgroupSteps(snapshot, 'g').next().done, 'once')
    const halfway = grouped(machines(3 * STEP + 1))
    netgroupSteps(halfway, 'g').next()
    for (const whole of [snapshot, halfway]) {
      t.ok(inNetgroup(whole, 'g', { host: `h${3 * STEP + 1}` }))
      t.notOk(inNetgroup(whole, 'g', { host: `h${3 * STEP + 2}` }))
    }
    t.ok(netgroupSteps(grouped(machines(STEP)), 'g').next().done, 'a small one takes one step')
    t.ok(netgroupSteps(snapshot, 'none').next().done)
  },
)

t.test('a netgroup that is damaged in a later step is damaged for all who ask, then and later', async (t) => {
  const snapshot = grouped(machines(2 * STEP))
  const record = snapshot.lookup('netgroup', { name: 'g' }) ?? Buffer.alloc(0)
  const lastHost = NETGROUP.size + 4 * 3 * (2 * STEP - 1)
  new DataView(record.buffer, record.byteOffset).setUint32(lastHost, 0xfffffff0, true)
  const [one, other] = [netgroupSteps(snapshot, 'g'), netgroupSteps(snapshot, 'g')]
  t.notOk(one.next().done)
  t.throws(() => other.next(), { code: 'record' })
  for (let times = 0; times < 2; times++) t.throws(() => inNetgroup(snapshot, 'g', { host: 'h1' }), { code: 'record' })
})
