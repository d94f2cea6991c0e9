import fc from 'fast-check'
import t from 'tap'
import { arpaAddress, arpaDigits, arpaLabels, reverseName } from '../../../src/resolver/zone/arpa.ts'
import { ip } from '../../addresses.ts'
import { address } from '../contents.ts'

t.test('the name of an address has its octets, or nibbles, the last one first', async (t) => {
  t.equal(reverseName(ip('10.20.30.5')), '5.30.20.10.in-addr.arpa')
  t.equal(reverseName(ip('fd00::15')), `5.1.${'0.'.repeat(28)}d.f.ip6.arpa`)
  t.same(arpaLabels(4, Uint8Array.of(10, 20)), ['20', '10'])
  t.same(arpaLabels(6, Uint8Array.of(0xfd, 0x1a)), ['a', '1', 'd', 'f'])
})

t.test('labels are read to the address that they were made of', async () => {
  fc.assert(
    fc.property(address, ({ family, bytes }) => {
      const digits = arpaDigits(family, arpaLabels(family, bytes))
      return digits !== undefined && String(arpaAddress(family, digits)) === String(Uint8Array.from(bytes))
    }),
  )
})

t.test('the first octets or nibbles alone are digits, and no address yet', async (t) => {
  t.same(arpaDigits(4, ['30', '20', '10']), [10, 20, 30])
  t.same(arpaDigits(6, ['d', 'f']), [15, 13])
  t.same(arpaDigits(4, []), [])
  t.equal(arpaAddress(4, [10, 20, 30]), undefined)
  t.equal(arpaAddress(6, Array(31).fill(0)), undefined)
})

t.test('a label in any other spelling, and too many of them, are no part of an address', async (t) => {
  for (const octet of ['', '00', '01', '256', '1000', '-1', '+1', '1a', ' 1', '0x1', '*'])
    t.equal(arpaDigits(4, [octet]), undefined, octet)
  for (const octet of ['0', '9', '10', '99', '100', '199', '200', '249', '250', '255'])
    t.same(arpaDigits(4, [octet]), [Number(octet)])
  for (const nibble of ['', '00', 'g', 'A', '10', '*']) t.equal(arpaDigits(6, [nibble]), undefined, nibble)
  t.equal(arpaDigits(4, Array(5).fill('1')), undefined)
  t.equal(arpaDigits(6, Array(33).fill('1')), undefined)
  t.equal(arpaDigits(6, Array(32).fill('1'))?.length, 32)
})
