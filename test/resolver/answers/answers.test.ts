import t from 'tap'
import * as answers from '../../../src/resolver/answers/answers.ts'
import { DATABASES, type DatabaseName, type Entries, isDatabase } from '../../../src/resolver/databases/table.ts'
import type { Key } from '../../../src/resolver/records/keys.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { ip, mac } from '../../addresses.ts'
import { accountsOf, configured, fileOf } from '../configs.ts'

const accounts = accountsOf({
  passwd: 'ann:x:1000:1000:Ann:/home/ann:/bin/sh\n',
  group: 'ann:x:1000:\ndev:x:2000:ann\n',
})
const example = configured(fileOf('examples/config'), { accounts })

function asked<D extends DatabaseName>(database: D, key: Key): Entries[D] | undefined {
  const record = answers.answer(example, database, key)
  const decode: (record: Uint8Array) => Entries[D] = DATABASES[database].decode
  return record === undefined ? undefined : decode(record)
}
const address = (text: string): Uint8Array => ip(text).bytes
const addresses = (...texts: readonly string[]): readonly Uint8Array[] => texts.map(address)
const hostLine = (record: Uint8Array | undefined): string | undefined => {
  if (record === undefined) return undefined
  const { names, addresses } = DATABASES.hosts.decode(record)
  return [...names, ...addresses.map((one) => formatAddress(one))].join(' ')
}

t.test('hosts answer by every spelling and by address, mapped or not', async (t) => {
  for (const name of ['n15', '.15', 'n0015', 'n15.', 'N15.Cluster.Internal.']) {
    t.equal(asked('hosts', { name })?.names[0], 'n15', name)
  }
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 20, 30, 115)
  for (const bytes of [address('10.20.30.115'), mapped]) t.equal(asked('hosts', { address: bytes })?.names[0], 'n15')
  t.equal(asked('hosts', { address: address('10.20.30.132') }), undefined)
  t.equal(asked('hosts', { address: address('::1') }), undefined)
})

t.test('ethers answer by MAC and by every spelling of the machine’s names, with its first MAC', async (t) => {
  t.equal(asked('ethers', { mac: mac('00:A0:D1:E5:C4:71') })?.name, 'n15')
  for (const name of ['n15', '.15', 'n15.cluster.internal', 'n+15.']) {
    t.same(asked('ethers', { name })?.mac, mac('00:A0:D1:E5:C4:70'), name)
  }
  t.equal(asked('ethers', { name: 'n1' }), undefined)
})

t.test('accounts answer by exact name and by id', async (t) => {
  t.equal(asked('passwd', { name: 'ann' })?.uid, 1000)
  t.equal(asked('passwd', { id: 1000 })?.name, 'ann')
  t.equal(asked('passwd', { name: 'Ann' }), undefined)
  t.equal(asked('passwd', { name: 'ann.' }), undefined)
  t.equal(asked('group', { id: 2000 })?.name, 'dev')
  t.same(asked('initgroups', { name: 'ann' })?.gids, [2000])
  for (const id of [0, 1001, 0xfffffffe, 0xffffffff]) t.equal(asked('passwd', { id }), undefined)
})

t.test('a key that a database has no index for is not found', async (t) => {
  t.equal(asked('hosts', { id: 1 }), undefined)
  t.equal(asked('passwd', { mac: mac('0:1:2:3:4:5') }), undefined)
  t.equal(asked('ethers', { address: address('10.20.30.5') }), undefined)
  t.equal(asked('hosts', { address: new Uint8Array(5) }), undefined)
  t.equal(asked('shadow', { name: 'ann' }), undefined)
})

t.test('names of databases are told from other words', async (t) => {
  t.ok(isDatabase('netgroup'))
  for (const name of ['', 'services', 'constructor', '__proto__']) t.notOk(isDatabase(name), name)
})

const masters = configured(`
nodes 40
iprange 10.0.0.0 10.0.0.39
nodename n%N
nodename n%N-ib 0.1.0.0
hostrange 10.2.0.1 10.2.0.9
host 0:0:0:0:0:1 10.2.0.1 switch
interface eth1 10.0.9.9 255.255.0.0
masterorder 0-19 10.0.9.1 10.0.9.2
masterorder 10-29 10.0.9.3 10.0.9.1
`)

t.test('self is the machine at the asker’s address, and the node where that is a companion’s', async (t) => {
  t.equal(hostLine(answers.selfOf(masters, addresses('10.0.0.7'))), 'n7 10.0.0.7')
  t.equal(hostLine(answers.selfOf(masters, addresses('10.1.0.7'))), 'n7 10.0.0.7')
  t.equal(hostLine(answers.selfOf(masters, addresses('10.2.0.1'))), 'switch 10.2.0.1')
  t.equal(hostLine(answers.selfOf(masters, addresses('10.0.9.2'))), 'master1 10.0.9.2')
  t.equal(answers.selfOf(masters, addresses('10.0.0.40')), undefined)
  t.equal(answers.selfOf(masters, addresses('127.0.0.1')), undefined)
  t.equal(answers.selfOf(masters, []), undefined)
})

t.test('of several addresses that of a node tells most, then that of a companion, then the first', async (t) => {
  const self = (...texts: readonly string[]): string | undefined =>
    hostLine(answers.selfOf(masters, addresses(...texts)))
  t.equal(self('127.0.0.1', '10.0.0.7'), 'n7 10.0.0.7')
  t.equal(self('10.2.0.1', '10.1.0.8', '10.0.0.7'), 'n7 10.0.0.7')
  t.equal(self('10.2.0.1', '10.1.0.8'), 'n8 10.0.0.8')
  t.equal(self('10.0.9.1', '10.2.0.1'), 'master0 10.0.9.1')
  t.equal(self('10.0.0.6', '10.0.0.7'), 'n6 10.0.0.6')
  const first = (...texts: readonly string[]): string | undefined =>
    hostLine(answers.masterOf(masters, addresses(...texts)))
  t.equal(first('192.0.2.1', '10.1.0.15'), 'master2 10.0.9.3')
  t.equal(first('10.2.0.1', '10.0.0.5'), 'master0 10.0.9.1')
})

t.test('the master is the first living one of the last masterorder that names the node', async (t) => {
  const master = (node: string | undefined, dead: readonly string[] = []): string | undefined => {
    const asker = node === undefined ? [] : addresses(node)
    return hostLine(answers.masterOf(masters, asker, (one) => !dead.includes(formatAddress(one))))
  }
  t.equal(master('10.0.0.5'), 'master0 10.0.9.1')
  t.equal(master('10.0.0.5', ['10.0.9.1']), 'master1 10.0.9.2')
  t.equal(master('10.0.0.5', ['10.0.9.1', '10.0.9.2']), 'master0 10.0.9.1')
  t.equal(master('10.0.0.15'), 'master2 10.0.9.3')
  t.equal(master('10.1.0.15'), 'master2 10.0.9.3')
  t.equal(master('10.0.0.30'), 'master 10.0.9.9')
  t.equal(master('10.2.0.1'), 'master 10.0.9.9')
  t.equal(master(undefined), 'master 10.0.9.9')
})

t.test(
  'without an interface, an asker that is no node has the first master of all; without any there is none',
  async (t) => {
    const ordered = configured('nodes 1\niprange 10.0.0.1 10.0.0.1\nmasterorder - 10.0.9.1\n')
    t.equal(hostLine(answers.masterOf(ordered, addresses('10.7.7.7'))), 'master0 10.0.9.1')
    t.equal(answers.masterOf(configured(''), []), undefined)
  },
)
