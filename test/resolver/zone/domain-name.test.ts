import t from 'tap'
import { isDomainName, isWildcardName, NAME_TEXT_MAX } from '../../../src/resolver/zone/domain-name.ts'

t.test('a name has labels of 1 to 63 bytes, and 253 in all', async (t) => {
  const label = 'x'.repeat(63)
  const longest = [label, label, label, 'x'.repeat(61)].join('.')
  t.equal(longest.length, NAME_TEXT_MAX)
  for (const name of ['a', 'a.b', 'n0.cluster.internal', 'a_b-c.d', label, longest]) t.ok(isDomainName(name), name)
  for (const name of ['', '.', 'a.', '.a', 'a..b', `${label}x`, `${longest}x`]) t.notOk(isDomainName(name), name)
})

t.test('a name whose first label is a star would answer for others, and is none', async (t) => {
  for (const name of ['*', '*.a', '*.cluster.internal']) {
    t.ok(isWildcardName(name), name)
    t.notOk(isDomainName(name), name)
  }
  for (const name of ['', '*a', '**.a', 'a.*', 'a.*.b']) t.notOk(isWildcardName(name), name)
  t.ok(isDomainName('a.*.b'))
})
