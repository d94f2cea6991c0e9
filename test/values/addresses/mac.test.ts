import fc from 'fast-check'
import t from 'tap'
import { formatMac, macKey, parseMac } from '../../../src/values/index.ts'

t.test('a MAC is six hex octets of one or two digits, separated by : - or .', async (t) => {
  for (const text of [
    '00:A0:D1:E9:87:CA',
    '0:a0:d1:e9:87:ca',
    '00-a0-d1-e9-87-ca',
    '0.A0.d1.E9.87.cA',
    '0:a0-d1.e9:87-ca',
  ]) {
    const mac = parseMac(text)
    t.same(mac && [...mac], [0, 0xa0, 0xd1, 0xe9, 0x87, 0xca], text)
  }
  for (const bad of [
    '',
    '0:1:2:3:4',
    '0:1:2:3:4:5:6',
    '0:1:2:3:4:5:',
    ':0:1:2:3:4:5',
    '000:1:2:3:4:5',
    '0:1:2:3:4:g',
    '0::2:3:4:5',
    '00a0d1e987ca',
    '0:1:2:3:4:5 ',
    '0_1_2_3_4_5',
    '0:1:2:3:4:`5',
  ]) {
    t.equal(parseMac(bad), undefined, bad)
  }
})

t.test('a MAC is printed as ether_ntoa does', async (t) => {
  t.equal(formatMac(Uint8Array.of(0, 0xa0, 0xd1, 0xe9, 0x87, 0xca)), '0:a0:d1:e9:87:ca')
})

t.test('every MAC comes back from its text, and equal ones alone have one key', async () => {
  const anyMac = fc.uint8Array({ minLength: 6, maxLength: 6 })
  fc.assert(
    fc.property(anyMac, anyMac, (a, b) => {
      const back = parseMac(formatMac(a))
      return (
        back !== undefined &&
        macKey(back) === macKey(a) &&
        (macKey(a) === macKey(b)) === (formatMac(a) === formatMac(b))
      )
    }),
  )
})
