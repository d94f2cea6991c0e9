import fc from 'fast-check'
import t from 'tap'
import { insideRange, rangeSize, rangesMeet } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

const range = (first: string, last = first) => ({ first: ip(first), last: ip(last) })

t.test('a range holds both of its ends and what is between them, of its family alone', async (t) => {
  const four = range('10.0.0.254', '10.0.1.1')
  for (const text of ['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']) t.ok(insideRange(four, ip(text)), text)
  for (const text of ['10.0.0.253', '10.0.1.2', '9.0.1.0', 'a00:fe::']) t.notOk(insideRange(four, ip(text)), text)
  t.ok(insideRange(range('fd00::ffff', 'fd00::1:1'), ip('fd00::1:0')))
  t.notOk(insideRange(range('::', 'ffff::'), ip('10.0.0.1')))
})

t.test('its size counts both ends, up to all addresses that there are', async (t) => {
  t.equal(rangeSize(range('10.0.0.1')), 1n)
  t.equal(rangeSize(range('10.0.0.254', '10.0.1.1')), 4n)
  t.equal(rangeSize(range('0.0.0.0', '255.255.255.255')), 1n << 32n)
  t.equal(rangeSize(range('::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')), 1n << 128n)
})

t.test('two ranges meet just where they have an address in common', async () => {
  const octet = fc.integer({ min: 0, max: 9 })
  const any = fc.tuple(octet, octet, fc.boolean()).map(([one, other, six]) => {
    const [first, last] = [Math.min(one, other), Math.max(one, other)]
    return {
      numbers: { first, last, six },
      range: six ? range(`fd00::${first}`, `fd00::${last}`) : range(`10.0.0.${first}`, `10.0.0.${last}`),
    }
  })
  fc.assert(
    fc.property(any, any, (a, b) => {
      const common =
        a.numbers.six === b.numbers.six && a.numbers.first <= b.numbers.last && b.numbers.first <= a.numbers.last
      return rangesMeet(a.range, b.range) === common && rangesMeet(b.range, a.range) === common
    }),
  )
})
