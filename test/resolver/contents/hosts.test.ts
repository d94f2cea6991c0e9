import t from 'tap'
import type { HostEntry } from '../../../src/resolver/databases/hosts.ts'
import { HOST_KINDS, NO_NODE } from '../../../src/resolver/layout.ts'
import type { Snapshot } from '../../../src/resolver/snapshot/snapshot.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { cluster, device } from '../clusters.ts'
import { configured, fileOf, snapshotOf, sourcesOf } from '../configs.ts'

const line = ({ names, addresses }: HostEntry): string =>
  [...names, ...addresses.map((address) => formatAddress(address))].join(' ')
const hosts = (snapshot: Snapshot): string[] => Array.from(snapshot.entries('hosts'), line)

t.test('the guide’s example gives its three devices, then its 32 nodes', async (t) => {
  const snapshot = configured(fileOf('examples/config'))
  const lines = hosts(snapshot)
  t.same(lines.slice(0, 5), [
    'smartswitch 10.20.30.5',
    'pdu1 10.20.30.90',
    'pdu2 10.20.30.91',
    'n0 10.20.30.100',
    'n1 10.20.30.101',
  ])
  t.equal(lines.length, 3 + 32)
  t.equal(lines.at(-1), 'n31 10.20.30.131')
})

t.test('each machine is found by every name and every address', async (t) => {
  const snapshot = configured(`
nodes 3
iprange 10.0.0.1 10.0.0.3
interface eth1 10.0.0.254 255.255.255.0
nodename node%2N
nodename x%N
nodename node%2N-bmc 0.0.1.0
hostrange 10.0.9.1 10.0.9.9
hostrange fd00::1 fd00::9
host 0:0:0:0:0:1 10.0.9.1 disk raid
host 0:0:0:0:0:2 fd00::1 disk raid
`)
  for (const host of snapshot.entries('hosts')) {
    for (const name of host.names) t.same(snapshot.find('hosts', { name }), host)
    for (const { bytes } of host.addresses) t.same(snapshot.find('hosts', { address: bytes }), host)
  }
  t.same(hosts(snapshot), [
    'master 10.0.0.254',
    'disk raid 10.0.9.1 fd00::1',
    'node00 x0 10.0.0.1',
    'node00-bmc 10.0.1.1',
    'node01 x1 10.0.0.2',
    'node01-bmc 10.0.1.2',
    'node02 x2 10.0.0.3',
    'node02-bmc 10.0.1.3',
  ])
})

t.test('a node’s number and kind stand in its record and its companions’', async (t) => {
  const snapshot = configured('iprange 5 10.0.0.5 10.0.0.5\nnodename n%N\nnodename ib%N 10.1.0.0\n')
  const kinds = Array.from(snapshot.entries('hosts'), ({ kind, number, names }) => ({ kind, number, names }))
  t.same(kinds, [
    { kind: HOST_KINDS.NODE, number: 5, names: ['n5'] },
    { kind: HOST_KINDS.COMPANION, number: 5, names: ['ib5'] },
  ])
  t.equal(hosts(snapshot)[1], 'ib5 10.1.0.5')
})

t.test('masters of masterorder lines are numbered by first mention, each once', async (t) => {
  const snapshot = configured(`
nodes 4
iprange 10.0.0.1 10.0.0.4
masterorder 0-1 10.0.9.1 10.0.9.2
masterorder 2-3 10.0.9.2 10.0.9.3
`)
  t.same(hosts(snapshot).slice(0, 3), ['master0 10.0.9.1', 'master1 10.0.9.2', 'master2 10.0.9.3'])
  t.equal(snapshot.find('hosts', { name: 'master' }), undefined)
  t.equal(snapshot.find('hosts', { name: 'master0' })?.number, NO_NODE)
})

t.test('an interface without an address in the config is the master at the address that the system told', async (t) => {
  const snapshot = configured('interface eth1\n', { interfaceAddresses: [ip('10.9.9.9')] })
  t.same(hosts(snapshot), ['master 10.9.9.9'])
  t.same(hosts(configured('interface eth1\n')), [])
})

t.test('a host line without a name, and a node beyond the count, answer nothing', async (t) => {
  const snapshot = configured(
    'nodes 1\niprange 10.0.0.1 10.0.0.3\nhostrange 10.1.0.1 10.1.0.1\nhost 0:0:0:0:0:1 10.1.0.1\n',
  )
  t.same(hosts(snapshot), ['n0 10.0.0.1'])
  t.equal(snapshot.find('hosts', { address: ip('10.1.0.1').bytes }), undefined)
  t.equal(snapshot.find('hosts', { address: ip('10.0.0.2').bytes }), undefined)
  t.equal(snapshot.count('ethers'), 0)
})

t.test('a device with more addresses than a record can count is refused with a reason', async (t) => {
  const addresses = Array.from({ length: 65_536 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  const one = cluster({ hosts: [device('many', addresses)] })
  t.throws(() => snapshotOf({ ...sourcesOf(''), cluster: one }), /a host record has no room for 65536 in address_count/)
  const fits = cluster({ hosts: [device('many', addresses.slice(1))] })
  t.equal(snapshotOf({ ...sourcesOf(''), cluster: fits }).find('hosts', { name: 'many' })?.addresses.length, 65_535)
})
