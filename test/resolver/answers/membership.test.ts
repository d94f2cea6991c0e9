import t from 'tap'
import { inNetgroup } from '../../../src/resolver/answers/membership.ts'
import { publicContents } from '../../../src/resolver/contents/contents.ts'
import type { Triple } from '../../../src/resolver/databases/netgroup.ts'
import { buildPublic } from '../../../src/resolver/snapshot/builder.ts'
import { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { configured, sourcesOf } from '../configs.ts'

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
    const contents = { ...publicContents(sourcesOf('')), netgroup: [{ name: 'g', triples }] }
    const snapshot = Snapshot.open(buildPublic(contents))
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
