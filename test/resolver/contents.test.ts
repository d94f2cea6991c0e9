import t from 'tap'
import { readAccounts } from '../../src/resolver/accounts.ts'
import { plainAddress } from '../../src/resolver/addresses.ts'
import { buildPublic } from '../../src/resolver/builder.ts'
import { publicContents } from '../../src/resolver/contents.ts'
import { Snapshot } from '../../src/resolver/snapshot.ts'
import { cluster, device, ip, node } from './clusters.ts'

const sources = {
  cluster: cluster({
    nodes: [node(0, '10.0.0.1'), node(1, '10.0.0.2', ['0:1:2:3:4:5'])],
    hosts: [device('pdu1', ['10.0.1.1'])],
  }),
  interfaceAddress: ip('10.0.0.254'),
  domain: 'cluster.internal',
  accounts: readAccounts({
    passwd: Buffer.from('root:x:0:0::/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\n'),
    group: Buffer.from('root:x:0:\nann:x:1000:\ndev:x:2000:ann\n'),
  }),
  accountsComplete: true,
}

t.test('sources become a snapshot that answers', async (t) => {
  const snapshot = Snapshot.open(buildPublic(publicContents(sources)))
  t.same(
    Array.from(snapshot.entries('hosts'), (host) => host.names),
    [['master'], ['pdu1'], ['n0'], ['n1']],
  )
  t.equal(snapshot.find('passwd', { id: 1000 })?.name, 'ann')
  t.equal(snapshot.find('passwd', { id: 0 }), undefined)
  t.same(snapshot.find('initgroups', { name: 'ann' })?.gids, [2000])
  t.equal(snapshot.find('ethers', { mac: Uint8Array.of(0, 1, 2, 3, 4, 5) })?.name, 'n1')
  t.same(
    plainAddress(snapshot.masterorder()[0]?.addresses[0] ?? { family: 2, bytes: new Uint8Array() }),
    ip('10.0.0.254'),
  )
})
