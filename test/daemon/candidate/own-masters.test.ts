import t from 'tap'
import { masterAddresses, ownMasters } from '../../../src/daemon/candidate/own-masters.ts'
import { type Address, formatAddress, parseAddress } from '../../../src/values/index.ts'

const at = (text: string): Address => {
  const address = parseAddress(text)
  if (address === undefined) throw new TypeError(text)
  return address
}
const texts = (addresses: readonly Address[]): string[] => addresses.map(formatAddress)
const LOOPBACK = ['127.0.0.1', '::1'].map(at)
const cluster = { interfaceAddresses: [at('10.0.0.1')], masters: ['10.0.0.1', '10.0.0.2', 'fd00::3'].map(at) }

t.test('the interface comes first, and no address twice', async (t) => {
  t.same(texts(masterAddresses(cluster)), ['10.0.0.1', '10.0.0.2', 'fd00::3'])
  t.same(texts(masterAddresses({ ...cluster, interfaceAddresses: [] })), ['10.0.0.1', '10.0.0.2', 'fd00::3'])
  t.same(texts(masterAddresses({ ...cluster, interfaceAddresses: [at('10.0.0.9')] })).slice(0, 2), [
    '10.0.0.9',
    '10.0.0.1',
  ])
})

t.test('a second master is not the one that the interface line means', async (t) => {
  t.same(texts(ownMasters(cluster, [...LOOPBACK, at('10.0.0.2')])), ['10.0.0.2'])
  t.same(texts(ownMasters(cluster, [...LOOPBACK, at('fd00::3')])), ['fd00::3'])
  t.same(texts(ownMasters(cluster, [...LOOPBACK, at('10.0.0.1')])), ['10.0.0.1'])
})

t.test('a machine that has none of the addresses yet is the one of the interface line', async (t) => {
  t.same(texts(ownMasters(cluster, LOOPBACK)), ['10.0.0.1'])
  t.same(ownMasters({ ...cluster, interfaceAddresses: [] }, LOOPBACK), [])
})
