import fc from 'fast-check'
import t from 'tap'
import { addressFromNumber, addressToNumber, parseQuad } from '../../../src/values/addresses/address.ts'
import {
  addressDistance,
  addressesInARow,
  addressFromBytes,
  addressKey,
  addressValue,
  compareAddress,
  formatAddress,
  insideRange,
  isLinkLocal,
  isLoopback,
  isUnspecified,
  LOOPBACK,
  offsetAddress,
  parseAddress,
  parseSocketAddress,
  sameAddress,
} from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

const anyAddress = fc
  .oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc
      .array(fc.constantFrom(0, 0, 0, 255, 1), { minLength: 16, maxLength: 16 })
      .map((octets) => Uint8Array.from(octets)),
  )
  .map(addressFromBytes)

t.test('a dotted quad is four decimal octets and nothing else', async (t) => {
  t.equal(parseQuad('10.20.30.5'), 0x0a141e05)
  t.equal(parseQuad('255.255.255.255'), 0xffffffff)
  t.equal(parseQuad('010.020.030.009'), 0x0a141e09, 'leading zeros are decimal')
  for (const bad of [
    '',
    '1',
    '1.2',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4.',
    '1.2.3.4.5.6.7',
    '1.2.3.256',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4 ',
    '+1.2.3.4',
    '0x1.2.3.4',
    '1.2.3.0004',
    '1.2.3.a',
    '١.2.3.4',
  ]) {
    t.equal(parseQuad(bad), undefined, bad)
  }
})

t.test('IPv6 is read and written as inet_pton and inet_ntop do', async (t) => {
  const written = (text: string) => {
    const address = parseAddress(text)
    return address && formatAddress(address)
  }
  t.equal(written('FE80:0:0:0:0:0:0:1'), 'fe80::1')
  t.equal(written('::'), '::')
  t.equal(written('1:0:0:2:0:0:0:3'), '1:0:0:2::3')
  t.equal(written('1:2:3:4:5:6:7:0'), '1:2:3:4:5:6:7:0', 'one group alone is not shortened')
  t.equal(written('::1.2.3.4'), '::1.2.3.4')
  t.equal(written('::0.0.3.4'), '::304')
  t.equal(written('64:ff9b::10.0.0.1'), '64:ff9b::a00:1')
  t.equal(written('::ffff:10.0.0.1'), '10.0.0.1', 'a mapped address is IPv4')
  for (const bad of [
    ':',
    ':::',
    '1:2',
    'fe80::1%eth0',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
    '1.2.3.4::',
    'g::',
    '',
    'n1',
    'abcd',
    '1.2.3',
  ]) {
    t.equal(written(bad), undefined, bad)
  }
})

t.test('every address comes back from its text, and equal ones alone have one key', async () => {
  fc.assert(
    fc.property(anyAddress, anyAddress, (a, b) => {
      const back = parseAddress(formatAddress(a))
      if (back === undefined || !sameAddress(a, back)) return false
      return (addressKey(a) === addressKey(b)) === (compareAddress(a, b) === 0)
    }),
    { numRuns: 300 },
  )
})

t.test('a number and its address', async (t) => {
  for (const value of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff])
    t.equal(addressToNumber(addressFromNumber(value)), value)
  t.equal(addressToNumber(addressFromBytes(new Uint8Array(16))), undefined)
  t.throws(() => addressFromBytes(new Uint8Array(5)), RangeError)
})

t.test('arithmetic stays in the family and says when it leaves it', async (t) => {
  const moved = (text: string, by: number) => {
    const from = parseAddress(text)
    const to = from && offsetAddress(from, by)
    return to && formatAddress(to)
  }
  t.equal(moved('10.0.0.255', 1), '10.0.1.0', '.255 and .0 are ordinary')
  t.equal(moved('10.0.0.0', -1), '9.255.255.255')
  t.equal(moved('255.255.255.255', 1), undefined)
  t.equal(moved('0.0.0.0', -1), undefined)
  t.equal(moved('0.0.0.1', 0xfffffffe), '255.255.255.255')
  t.equal(moved('1::', -1), '0:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
  t.equal(moved('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 1), undefined)
})

t.test('addresses are ordered by family, then by value', async (t) => {
  const texts = ['9.0.0.1', '10.0.0.1', '200.0.0.1', '::', '::1', 'fe80::1']
  const addresses = texts.map((text) => parseAddress(text)).filter((address) => address !== undefined)
  t.same(addresses.toReversed().sort(compareAddress).map(formatAddress), texts)
  const [first, , last, six] = addresses
  if (!first || !last || !six) throw new Error('no addresses')
  t.ok(insideRange({ first, last }, first) && insideRange({ first, last }, last))
  t.notOk(insideRange({ first, last }, six), 'not of the family')
  t.notOk(insideRange({ first, last }, addressFromNumber(0)))
  for (const a of addresses)
    t.same(
      addresses.filter((b) => sameAddress(a, b)),
      [a],
    )
})

t.test('loopback is 127.0.0.0/8 and ::1, mapped or not, and nothing that resembles them', async (t) => {
  const bytes = (hex: string) => {
    const address = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    return { family: address.length === 4 ? (4 as const) : (6 as const), bytes: address }
  }
  for (const inside of [
    '7f000001',
    '7fffffff',
    '00000000 00000000 00000000 00000001',
    '00000000 00000000 0000ffff 7f000001',
    '00000000 00000000 0000ffff 7f123456',
  ]) {
    t.ok(isLoopback(bytes(inside)), inside)
  }
  for (const outside of [
    '80000001',
    '7e000001',
    '0a00007f',
    'fd000000 00000000 00000000 00000001',
    '00000000 00000000 00000001 00000001',
    '00000000 00000000 00000000 01000001',
    '00000000 00000000 00000000 00000000',
    '00000000 00000000 0000ffff 0a000001',
    'fd000000 00000000 0000ffff 7f000001',
    '00000000 00000000 00000000 7f000001',
  ]) {
    t.notOk(isLoopback(bytes(outside)), outside)
  }
})

t.test('an address of 16 bytes is IPv4 where it is mapped, and only there', async (t) => {
  const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1]
  t.same(addressFromBytes(Uint8Array.from(mapped)), parseAddress('10.0.0.1'))
  for (let at = 0; at < 12; at++) {
    const other = Uint8Array.from(mapped)
    other[at] = (other[at] ?? 0) ^ 1
    t.same(addressFromBytes(other), { family: 6, bytes: other }, `byte ${at}`)
  }
  for (const length of [0, 3, 5, 15, 17]) t.throws(() => addressFromBytes(new Uint8Array(length)), RangeError)
})

t.test('0.0.0.0 and :: are unspecified, and no other address is', async (t) => {
  for (const [text, isSo] of [
    ['0.0.0.0', true],
    ['::', true],
    ['::ffff:0.0.0.0', true],
    ['0.0.0.1', false],
    ['1.0.0.0', false],
    ['::1', false],
    ['1::', false],
  ] as const) {
    const address = parseAddress(text)
    t.equal(address && isUnspecified(address), isSo, text)
  }
})

t.test('an address as a whole number, and how far one comes after another', async (t) => {
  for (const [text, value] of [
    ['0.0.0.0', 0n],
    ['10.20.30.5', 0x0a141e05n],
    ['255.255.255.255', 2n ** 32n - 1n],
    ['::', 0n],
    ['1::2', 2n ** 112n + 2n],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 2n ** 128n - 1n],
  ] as const) {
    t.equal(addressValue(ip(text)), value, text)
  }
  t.equal(addressDistance(ip('10.0.0.250'), ip('10.0.1.4')), 10n)
  t.equal(addressDistance(ip('10.0.1.4'), ip('10.0.0.250')), -10n)
  t.equal(addressDistance(ip('fd00::1'), ip('fd01::1')), 2n ** 112n)
})

t.test('a move by a whole number of any size ends at the ends of the family', async (t) => {
  const moved = (text: string, by: bigint): string | undefined => {
    const to = offsetAddress(ip(text), by)
    return to && formatAddress(to)
  }
  t.equal(moved('10.0.0.255', 1n), '10.0.1.0')
  t.equal(moved('10.0.1.0', -1n), '10.0.0.255')
  t.equal(moved('0.0.0.1', -1n), '0.0.0.0')
  t.equal(moved('0.0.0.0', -1n), undefined)
  t.equal(moved('0.0.0.0', 2n ** 32n - 1n), '255.255.255.255')
  t.equal(moved('0.0.0.0', 2n ** 32n), undefined)
  t.equal(moved('::', 2n ** 32n), '::1:0:0')
  t.equal(moved('::1', -1n), '::')
  t.equal(moved('::', -1n), undefined)
  t.equal(moved('::', 2n ** 128n - 1n), 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
  t.equal(moved('::1', 2n ** 128n - 1n), undefined)
  fc.assert(
    fc.property(anyAddress, fc.integer({ min: -70_000, max: 70_000 }), (from, by) => {
      const [one, other] = [offsetAddress(from, by), offsetAddress(from, BigInt(by))]
      return one === undefined || other === undefined ? one === other : sameAddress(one, other)
    }),
    { numRuns: 300 },
  )
})

t.test('the loopback address of each family is 127.0.0.1 and ::1', async (t) => {
  t.same(LOOPBACK, { 4: ip('127.0.0.1'), 6: ip('::1') })
})

t.test('fe80::/10 and 169.254.0.0/16 are link-local, and nothing beside them', async (t) => {
  for (const inside of ['fe80::', 'fe80::1', 'febf:ffff::1', '169.254.0.0', '169.254.255.255']) {
    t.ok(isLinkLocal(ip(inside)), inside)
  }
  for (const outside of [
    'fe7f::1',
    'fec0::1',
    'fd80::1',
    'ff80::1',
    'a9fe::1',
    '::',
    '169.253.0.1',
    '169.255.0.1',
    '168.254.0.1',
    '170.254.0.1',
    '254.128.0.1',
  ]) {
    t.notOk(isLinkLocal(ip(outside)), outside)
  }
})

t.test('the address in the text of a socket has no interface behind it', async (t) => {
  const read = (text: string): string | undefined => {
    const address = parseSocketAddress(text)
    return address && formatAddress(address)
  }
  t.equal(read('fe80::1%eth0'), 'fe80::1')
  t.equal(read('fe80::1%'), 'fe80::1')
  t.equal(read('fe80::1'), 'fe80::1')
  t.equal(read('10.0.0.12'), '10.0.0.12')
  t.equal(read('::ffff:10.0.0.12'), '10.0.0.12')
  for (const bad of ['', '%eth0', 'eth0', 'n1%eth0']) t.equal(read(bad), undefined, bad)
})

t.test('addresses in a row follow each other across octets, and each has its own bytes', async (t) => {
  for (const first of ['10.0.255.250', 'fd00::ffff:fff0', '0.0.0.0']) {
    const row = [...addressesInARow(ip(first), 200)]
    t.same(
      row.map(formatAddress),
      Array.from({ length: 200 }, (_, i) => formatAddress(offsetAddress(ip(first), i) ?? ip('::'))),
    )
    row[3]?.bytes.fill(1)
    t.equal(row.filter(({ bytes }) => bytes[0] === 1).length, 1)
  }
  t.same([...addressesInARow(ip('255.255.255.255'), 1)].map(formatAddress), ['255.255.255.255'])
})
