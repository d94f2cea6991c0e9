import t from 'tap'
import { isAmong, isWithin, namesAbove } from '../../../src/dns/answer/names-above.ts'

t.test('the names above zones are all their suffixes, without the zones themselves and the root', async (t) => {
  t.same(
    [...namesAbove(['cluster.internal', '30.20.10.in-addr.arpa', 'top'])],
    ['internal', '20.10.in-addr.arpa', '10.in-addr.arpa', 'in-addr.arpa', 'arpa'],
  )
  t.same([...namesAbove([])], [])
})

t.test('a name is within its own zone and those above, not within those below', async (t) => {
  const zones = new Set(['b.c'])
  for (const labels of [
    ['b', 'c'],
    ['a', 'b', 'c'],
    ['x', 'a', 'b', 'c'],
  ])
    t.ok(isWithin(zones, labels), labels.join('.'))
  for (const labels of [['c'], ['ab', 'c'], ['b', 'c', 'd'], []]) t.notOk(isWithin(zones, labels), labels.join('.'))
})

t.test('a dot in a label makes no other name of it', async (t) => {
  t.ok(isAmong(new Set(['b.c']), ['b', 'c']))
  t.notOk(isAmong(new Set(['b.c']), ['b.c']))
  t.notOk(isWithin(new Set(['b.c']), ['a', 'b.c']))
})
