import t from 'tap'
import { allMasters } from '../../../src/config/index.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { brief, parse } from '../reading.ts'

const { cluster } = parse(
  'interface eth1 10.0.0.1 255.255.255.0',
  'masterorder - 10.0.0.1 10.0.0.2',
  'masterorder 8-15 10.0.0.2 10.0.0.3 10.0.0.2',
)

t.test('all masters, each once, in the order of first mention', async (t) => {
  t.same(allMasters(cluster.masters).map(formatAddress), ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
})

t.test('a masterorder line takes four masters and no fifth', async (t) => {
  const order = 'masterorder - 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4'
  t.same(brief([order]), [])
  t.same(brief([`${order} 10.0.0.5`]), ['1:51 extra-argument'])
})
