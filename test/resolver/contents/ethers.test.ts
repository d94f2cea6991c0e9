import t from 'tap'
import { formatMac } from '../../../src/values/index.ts'
import { mac } from '../../addresses.ts'
import { configured, fileOf } from '../configs.ts'

t.test('the guide’s example: each MAC gives its machine, a name its first MAC', async (t) => {
  const snapshot = configured(fileOf('examples/config'))
  t.equal(snapshot.find('ethers', { mac: mac('00:A0:D1:E9:87:CA') })?.name, 'smartswitch')
  t.equal(snapshot.find('ethers', { mac: mac('0-a0-d1-e5-c4-6f') })?.name, 'n0')
  t.equal(snapshot.find('ethers', { mac: mac('00:A0:D1:E5:C4:71') })?.name, 'n15')
  const first = snapshot.find('ethers', { name: 'n15' })
  t.equal(first === undefined ? '' : formatMac(first.mac), '0:a0:d1:e5:c4:70')
  t.equal(snapshot.find('ethers', { name: 'n1' }), undefined)
})

t.test('MACs stand in the order of hosts: devices, then nodes by number', async (t) => {
  const snapshot = configured(`
nodes 3
iprange 10.0.0.1 10.0.0.3
node 2 0:0:0:0:0:22
node 0 0:0:0:0:0:1 0:0:0:0:0:2
hostrange 10.1.0.1 10.1.0.9
host 0:0:0:0:0:10 10.1.0.1 pdu1
host 0:0:0:0:0:11 10.1.0.2 PDU1
`)
  const lines = Array.from(snapshot.entries('ethers'), (ether) => `${formatMac(ether.mac)} ${ether.name}`)
  t.same(lines, ['0:0:0:0:0:10 pdu1', '0:0:0:0:0:11 pdu1', '0:0:0:0:0:1 n0', '0:0:0:0:0:2 n0', '0:0:0:0:0:22 n2'])
})

t.test('a MAC of a node that does not exist answers nothing', async (t) => {
  const snapshot = configured('nodes 1\niprange 10.0.0.1 10.0.0.1\nnode 4 0:0:0:0:0:4\n')
  t.equal(snapshot.find('ethers', { mac: mac('0:0:0:0:0:4') }), undefined)
})

t.test('a companion has the MACs that the line of its node gives it, by the name of its nodename line', async (t) => {
  const snapshot = configured(`
nodes 3
iprange 10.0.0.1 10.0.0.3
nodename n%2N
nodename n%2N-ipmi 0.0.1.0
nodename n%2N-ib 10.3.0.0
node 1 N01-IPMI=0:0:0:0:0:12 0:0:0:0:0:11 n01-ib=0:0:0:0:0:13 n01-ib=0:0:0:0:0:14
node 2 n02-ipmi=0:0:0:0:0:22 n03-ipmi=0:0:0:0:0:32
`)
  const lines = Array.from(snapshot.entries('ethers'), (ether) => `${formatMac(ether.mac)} ${ether.name}`)
  t.same(lines, [
    '0:0:0:0:0:11 n01',
    '0:0:0:0:0:12 n01-ipmi',
    '0:0:0:0:0:13 n01-ib',
    '0:0:0:0:0:14 n01-ib',
    '0:0:0:0:0:22 n02-ipmi',
  ])
  t.equal(snapshot.find('ethers', { name: 'n02' }), undefined)
})
