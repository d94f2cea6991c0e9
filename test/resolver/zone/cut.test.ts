import fc from 'fast-check'
import t from 'tap'
import { layout } from '../../../src/resolver/index.ts'
import type { RangeEntry } from '../../../src/resolver/records/entries.ts'
import { isWide, reverseCuts, ZONES_OF_RANGE_MAX } from '../../../src/resolver/zone/cut.ts'
import { ip } from '../../addresses.ts'

const range = (first: string, last: string): RangeEntry => ({
  kind: layout.RANGE_KINDS.NODES,
  first: ip(first),
  last: ip(last),
  name: '',
})
const cuts = (...ranges: RangeEntry[]): string[] => reverseCuts(ranges).map(({ prefix }) => prefix.join('.'))

t.test('a reverse zone is 256 addresses, however many of them there are', async (t) => {
  t.same(cuts(range('10.20.30.100', '10.20.30.131')), ['10.20.30'])
  t.same(cuts(range('10.20.30.250', '10.20.31.4')), ['10.20.30', '10.20.31'])
  t.equal(cuts(range('10.1.0.0', '10.1.254.255')).length, 255)
  t.equal(cuts(range('10.1.0.1', '10.1.255.254')).length, 256)
  t.equal(cuts(range('10.1.0.0', '10.1.127.255'), range('10.1.128.0', '10.1.255.255')).length, 256)
})

t.test('a cut does not move while the cluster grows: zones come, and none goes', async () => {
  const first = 0x0a010000
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0xfffff }), fc.integer({ min: 1, max: 0xfffff }), (one, other) => {
      const text = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
      const [small = [], large = []] = [Math.min(one, other), Math.max(one, other)].map((size) =>
        cuts(range(text(first), text(first + size))),
      )
      return small.every((zone, i) => zone === large[i])
    }),
    { numRuns: 30 },
  )
})

t.test('a range of more than a million addresses is cut as widely as its ends allow', async (t) => {
  t.same(cuts(range('10.0.0.0', '10.255.255.255')), ['10'])
  t.same(cuts(range('10.0.0.1', '10.255.255.254')), ['10'])
  t.same(cuts(range('10.0.0.0', '11.0.0.9')), ['10', '11.0.0'])
  t.equal(cuts(range('10.0.0.0', '10.15.255.255')).length, 4096)
  t.same(cuts(range('10.0.0.0', '10.16.0.0')), [...Array.from({ length: 16 }, (_, i) => `10.${i}`), '10.16.0'])
  t.equal(cuts(range('0.0.0.0', '255.255.255.255')).length, 256)
  t.same(cuts(range('10.3.4.5', '10.3.4.6'), range('10.0.0.0', '10.255.255.255')), ['10'], 'it holds what is in it')
})

t.test('a network that a setting names is one zone, with addresses in it or without', async (t) => {
  const named = (...texts: string[]) =>
    texts.map((text) => ({ family: 4 as const, prefix: Uint8Array.from(text.split('.').map(Number)) }))
  const found = (ranges: RangeEntry[], ...texts: string[]): string[] =>
    reverseCuts(ranges, named(...texts)).map(({ prefix }) => prefix.join('.'))
  t.same(found([range('10.1.0.1', '10.1.255.254')], '10.1'), ['10.1'])
  t.same(found([range('10.1.255.0', '10.2.0.9')], '10.1'), ['10.1', '10.2.0'])
  t.same(found([range('10.3.0.0', '10.3.0.9')], '10.1'), ['10.1', '10.3.0'])
  t.equal(found([range('10.0.0.0', '10.255.255.255')], '10.1.2').length, 511, 'a wide range goes round it')
  t.same(found([], '10.1', '10'), ['10'], 'of one in the other the wider counts')
  t.same(found([], '10', '10.1'), ['10'])
})

t.test('zones hold every address of their ranges, and no network without one', async () => {
  const quad = fc.integer({ min: 0x0a000000, max: 0x0a03ffff })
  fc.assert(
    fc.property(fc.array(fc.tuple(quad, quad), { minLength: 1, maxLength: 4 }), (pairs) => {
      const ranges = pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
      const text = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
      const found = cuts(...ranges.map(([first, last]) => range(text(first), text(last))))
      const isCut = (value: number) => found.some((prefix) => `${text(value)}.`.startsWith(`${prefix}.`))
      for (let network = 0x0a000000; network <= 0x0a03ff00; network += 256) {
        const touched = ranges.some(([first, last]) => first <= network + 255 && last >= network)
        if (isCut(network) !== touched) throw new Error(`${text(network)} ${found.join(' ')}`)
      }
    }),
    { numRuns: 50 },
  )
})

t.test('zones of IPv6 are networks of 64 bits; those of IPv4 come first', async (t) => {
  const found = reverseCuts([range('fd00::1', 'fd00:0:0:1::9'), range('10.1.2.3', '10.1.2.4')])
  t.same(
    found.map(({ family, prefix }) => [family, Buffer.from(prefix).toString('hex')]),
    [
      [4, '0a0102'],
      [6, 'fd00000000000000'],
      [6, 'fd00000000000001'],
    ],
  )
  const wide = reverseCuts([range('fd00::', 'fd00:0:0:ffff:ffff:ffff:ffff:ffff')])
  t.same(
    wide.map(({ prefix }) => Buffer.from(prefix).toString('hex')),
    ['fd0000000000'],
    'as many as that are one zone',
  )
})

t.test('a range is wide from one zone more than the most on, whatever its family and its last octets', async (t) => {
  t.equal(ZONES_OF_RANGE_MAX, 4096)
  t.notOk(isWide(range('10.0.0.255', '10.15.255.0')))
  t.ok(isWide(range('10.0.0.255', '10.16.0.0')))
  t.notOk(isWide(range('fd00::', 'fd00:0:0:fff:ffff::')))
  t.ok(isWide(range('fd00::', 'fd00:0:0:1000::')))
})
