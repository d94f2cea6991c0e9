import t from 'tap'
import { isMasterHere, masterIndex, mastersOfCluster } from '../../../src/resolver/index.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'
import { snapshotOf } from '../../dns/cluster.ts'

const CLUSTER = 'nodes 4\niprange 10.9.0.10 10.9.0.13\n'
const mastersIn = (config: string) => mastersOfCluster(snapshotOf(CLUSTER + config)).map(formatAddress)

t.test('the masters are those of all masterorder lines, each once, sorted by address and not by text', async (t) => {
  t.same(mastersIn('masterorder 0-1 10.9.1.20 10.9.1.3\nmasterorder 2 10.9.1.3 10.9.1.100\n'), [
    '10.9.1.3',
    '10.9.1.20',
    '10.9.1.100',
  ])
})

t.test('without a masterorder line the address of the interface is the only master', async (t) => {
  t.same(mastersIn('interface eth0 10.9.1.250 255.255.0.0\n'), ['10.9.1.250'])
  t.same(mastersIn(''), [])
})

t.test('a master is in the place of the first address that is its own; one that is not named comes last', async (t) => {
  const masters = ['10.9.1.3', '10.9.1.20', '10.9.1.100'].map(ip)
  t.equal(masterIndex(masters, [ip('127.0.0.1'), ip('10.9.1.20')]), 1)
  t.equal(masterIndex(masters, [ip('10.9.1.21')]), 15)
  t.equal(masterIndex(masters, []), 15)
  t.equal(masterIndex([], [ip('10.9.1.3')]), 0)
  t.same(
    [isMasterHere(masters, [ip('10.9.1.20')]), isMasterHere(masters, []), isMasterHere([], [])],
    [true, false, true],
  )
  const many = Array.from({ length: 20 }, (_, i) => ip(`10.9.1.${i}`))
  t.equal(masterIndex(many, [ip('10.9.1.17')]), 1)
})
