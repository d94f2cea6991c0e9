import t from 'tap'
import { mastersOfNode } from '../../../src/resolver/answers/answers.ts'
import { RANGE_KINDS } from '../../../src/resolver/layout.ts'
import { type Address, formatAddress } from '../../../src/values/index.ts'
import { configured } from '../configs.ts'

const text = (address: Address): string => formatAddress(address)
const kindName = (kind: number): string | undefined =>
  Object.entries(RANGE_KINDS).find(([, value]) => value === kind)?.[0]

t.test('ranges of nodes, devices, masters and companions stand in the snapshot', async (t) => {
  const snapshot = configured(`
nodes 200
iprange 10.0.0.1 10.0.0.100
hostrange pdus 10.2.0.1 10.2.0.9
hostrange fd00::1 fd00::9
interface eth1 10.0.3.1 255.255.0.0
masterorder - 10.0.3.2
nodename n%N
nodename b%N 0.1.0.0
nodename ib%N 10.9.0.250
`)
  const lines = snapshot
    .ranges()
    .map(({ kind, first, last, name }) => [kindName(kind), text(first), text(last), name].join(' '))
  t.same(lines, [
    'NODES 10.0.0.1 10.0.0.100 ',
    'HOSTS 10.2.0.1 10.2.0.9 pdus',
    'HOSTS fd00::1 fd00::9 ',
    'MASTERS 10.0.3.2 10.0.3.2 master0',
    'MASTERS 10.0.3.1 10.0.3.1 master',
    'COMPANIONS 10.1.0.1 10.1.0.100 ',
    'COMPANIONS 10.9.0.250 10.9.1.93 ',
  ])
})

t.test('the interface’s address is everyone’s master unless a later masterorder line names the node', async (t) => {
  const snapshot = configured(`
interface eth1 10.0.3.1 255.255.0.0
masterorder 0-9,20 10.0.3.2 10.0.3.3
masterorder 5- 10.0.3.4
`)
  const orders = snapshot.masterorder().map(({ ranges, addresses }) => ({ ranges, addresses: addresses.map(text) }))
  t.same(orders, [
    { ranges: [{ first: -1, last: 0x7fffffff }], addresses: ['10.0.3.1'] },
    {
      ranges: [
        { first: 0, last: 9 },
        { first: 20, last: 20 },
      ],
      addresses: ['10.0.3.2', '10.0.3.3'],
    },
    { ranges: [{ first: 5, last: 0x7fffffff }], addresses: ['10.0.3.4'] },
  ])
})

t.test('a masterorder line of more ranges than an entry counts names its nodes too', async (t) => {
  const numbers = Array.from({ length: 70_000 }, (_, i) => 2 * i)
  const snapshot = configured(`
iprange 10.0.0.0 10.2.255.255
nodes 140000
masterorder ${numbers.join(',')} 10.9.0.1
`)
  t.same(
    snapshot.masterorder().map(({ ranges }) => ranges.length),
    [65_535, 4465],
  )
  t.same(mastersOfNode(snapshot, 139_998).length, 1)
  t.same(mastersOfNode(snapshot, 0).length, 1)
})
