import t from 'tap'
import { masterAddresses, ownMasters } from '../../../src/daemon/candidate/own-masters.ts'
import { type Address, formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

const texts = (addresses: readonly Address[]): string[] => addresses.map(formatAddress)
const LOOPBACK = ['127.0.0.1', '::1'].map(ip)
const cluster = { interfaceAddresses: [ip('10.0.0.1')], masters: ['10.0.0.1', '10.0.0.2', 'fd00::3'].map(ip) }

t.test('the interface comes first, and no address twice', async (t) => {
  t.same(texts(masterAddresses(cluster)), ['10.0.0.1', '10.0.0.2', 'fd00::3'])
  t.same(texts(masterAddresses({ ...cluster, interfaceAddresses: [] })), ['10.0.0.1', '10.0.0.2', 'fd00::3'])
  t.same(texts(masterAddresses({ ...cluster, interfaceAddresses: [ip('10.0.0.9')] })).slice(0, 2), [
    '10.0.0.9',
    '10.0.0.1',
  ])
})

t.test('a second master is not the one that the interface line means', async (t) => {
  t.same(texts(ownMasters(cluster, [...LOOPBACK, ip('10.0.0.2')])), ['10.0.0.2'])
  t.same(texts(ownMasters(cluster, [...LOOPBACK, ip('fd00::3')])), ['fd00::3'])
  t.same(texts(ownMasters(cluster, [...LOOPBACK, ip('10.0.0.1')])), ['10.0.0.1'])
})

t.test('a machine that has none of the addresses yet is the one of the interface line', async (t) => {
  t.same(texts(ownMasters(cluster, LOOPBACK)), ['10.0.0.1'])
  t.same(ownMasters({ ...cluster, interfaceAddresses: [] }, LOOPBACK), [])
})
