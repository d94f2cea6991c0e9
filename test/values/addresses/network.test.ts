import fc from 'fast-check'
import t from 'tap'
import {
  ADDRESS_BITS,
  type Address,
  addressFromBytes,
  formatAddress,
  insideRange,
  networkOf,
  parseAddress,
  parseNetwork,
  prefixLengthOf,
} from '../../../src/values/index.ts'

const anyAddress = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(addressFromBytes)

const bit = ({ bytes }: Address, at: number): number => ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1

t.test('a network is all addresses that begin with the same bits', async () => {
  fc.assert(
    fc.property(anyAddress, fc.nat(128), fc.nat(127), (address, length, at) => {
      const all = ADDRESS_BITS[address.family]
      const bits = Math.min(length, all)
      const { first, last } = networkOf(address, bits)
      const place = at % all
      const expected = place < bits ? [bit(address, place), bit(address, place)] : [0, 1]
      return (
        insideRange({ first, last }, address) && bit(first, place) === expected[0] && bit(last, place) === expected[1]
      )
    }),
  )
})

t.test('a network is written as an address with the length of its prefix', async (t) => {
  const read = (text: string) => {
    const range = parseNetwork(text)
    return range && `${formatAddress(range.first)} to ${formatAddress(range.last)}`
  }
  t.equal(read('10.1.2.3/8'), '10.0.0.0 to 10.255.255.255')
  t.equal(read('10.1.2.3'), '10.1.2.3 to 10.1.2.3')
  t.equal(read('0.0.0.0/0'), '0.0.0.0 to 255.255.255.255')
  t.equal(read('fd00:1::/32'), 'fd00:1:: to fd00:1:ffff:ffff:ffff:ffff:ffff:ffff')
  t.equal(read('fd00::1/127'), 'fd00:: to fd00::1')
  for (const bad of ['10.0.0.0/33', 'fd00::/129', '10/8', '10.0.0.0/', '10.0.0.0/8/8', '/8', '10.0.0.0/-1', 'a/8', ''])
    t.equal(read(bad), undefined, bad)
})

t.test('a netmask is ones and then zeros', async (t) => {
  const length = (text: string) => {
    const address = parseAddress(text)
    return address && prefixLengthOf(address)
  }
  t.equal(length('255.255.255.0'), 24)
  t.equal(length('255.255.255.254'), 31)
  t.equal(length('0.0.0.0'), 0)
  t.equal(length('255.255.255.255'), 32)
  t.equal(length('ffff:ffff:ffff:ffff::'), 64)
  t.equal(length('255.0.255.0'), undefined)
  t.equal(length('0.0.0.255'), undefined)
})
