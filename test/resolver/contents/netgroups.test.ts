import t from 'tap'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { configured } from '../configs.ts'

const members = (snapshot: Snapshot, name: string): (string | undefined)[] | undefined =>
  snapshot.find('netgroup', { name })?.triples.map((triple) => triple.host)
const both = (...names: string[]): string[] => names.flatMap((name) => [name, `${name}.cluster.internal`])

const snapshot = configured(`
nodes 2
iprange 10.0.0.1 10.0.0.2
nodename n%N
nodename alias%N
nodename n%N-bmc 0.1.0.0 bmcs
nodename ib%N 10.9.0.0
class diskless kernelimage none
class unused kernelimage none
node 1 diskless
hostrange pdus 10.2.0.1 10.2.0.9
hostrange pdus fd00::1 fd00::9
hostrange spare 10.3.0.1 10.3.0.9
hostrange 10.4.0.1 10.4.0.9
host 0:0:0:0:0:1 10.2.0.1 pdu1 powerstrip
host 0:0:0:0:0:2 fd00::2 pdu2
host 0:0:0:0:0:3 10.4.0.1 switch
host 0:0:0:0:0:4 10.2.0.4 far.example.org
`)

t.test(
  'cluster holds all nodes and the companions whose line names no netgroup, with and without the domain',
  async (t) => {
    t.same(members(snapshot, 'cluster'), both('n0', 'ib0', 'n1', 'ib1'))
  },
)

t.test('a nodename line’s netgroup holds the names that the line makes', async (t) => {
  t.same(members(snapshot, 'bmcs'), both('n0-bmc', 'n1-bmc'))
})

t.test('each class is a netgroup of its nodes, one without nodes is empty', async (t) => {
  t.same(members(snapshot, 'diskless'), both('n1'))
  t.same(members(snapshot, 'unused'), [])
})

t.test('a named hostrange holds the devices in all ranges of that name; a name with a dot is absolute', async (t) => {
  t.same(members(snapshot, 'pdus'), [...both('pdu1', 'pdu2'), 'far.example.org'])
  t.same(members(snapshot, 'spare'), [])
})

t.test('netgroups stand in the order cluster, nodename lines, classes, hostranges; there are no others', async (t) => {
  const names = Array.from(snapshot.entries('netgroup'), (netgroup) => netgroup.name)
  t.same(names, ['cluster', 'bmcs', 'diskless', 'unused', 'pdus', 'spare'])
  t.equal(members(snapshot, 'CLUSTER'), undefined)
})

t.test('machines hold no user and any domain, and without a domain each machine stands once', async (t) => {
  const bare = configured('nodes 1\niprange 10.0.0.1 10.0.0.1\n', { domain: '' })
  t.same(bare.find('netgroup', { name: 'cluster' })?.triples, [{ host: 'n0', user: '-', domain: undefined }])
})

t.test('a cluster without nodes still has the netgroup', async (t) => {
  t.same(members(configured(''), 'cluster'), [])
})

t.test('a node that nobody has approved is in no netgroup, and neither are its companions', async (t) => {
  const lines = `nodes 2
iprange 10.0.0.1 10.0.0.2
nodename n%N all
nodename n%N-bmc 0.1.0.0 bmcs
nodename n%N-ib 0.2.0.0
node 1 WORD 2:0:0:0:0:1
`
  const holding = (word: string) => {
    const netgroups = [...configured(lines.replace('WORD', word), { domain: '' }).entries('netgroup')]
    return netgroups.flatMap(({ name, triples }) => triples.map(({ host }) => `${name} ${host}`))
  }
  const waiting = holding('unapproved')
  const gone = holding('fast').filter((one) => !waiting.includes(one))
  t.same(waiting.toSorted(), ['all n0', 'bmcs n0-bmc', 'cluster n0', 'cluster n0-ib'])
  t.same(gone.toSorted(), ['all n1', 'bmcs n1-bmc', 'cluster n1', 'cluster n1-ib', 'fast n1'], 'control')
})
