import fc from 'fast-check'
import t from 'tap'
import { companionAddresses, type Nodename } from '../../../src/config/index.ts'
import { commonName } from '../../../src/config/names/common-name.ts'
import { expandNodename, matchNodename } from '../../../src/config/names/nodename.ts'
import { formatAddress } from '../../../src/values/index.ts'
import { ip } from '../../addresses.ts'

const plain = { prefix: 'n', width: 0, suffix: '' }
const padded = { prefix: 'n', width: 3, suffix: '' }

t.test('%N has no padding, and is matched by value', async (t) => {
  t.equal(expandNodename(plain, 23), 'n23')
  for (const name of ['n23', 'N23', 'n+23', 'n0000023', 'n+0023']) t.equal(matchNodename(plain, name), 23, name)
  for (const name of ['n', 'n+', 'n-1', 'n2x', 'm23', '23', 'n 23', 'n++2', 'n1.5', 'n0x17', 'n٣']) {
    t.equal(matchNodename(plain, name), undefined, name)
  }
})

t.test('%3N pads to three digits, and is matched as written', async (t) => {
  t.same(
    [1, 23, 456, 1000].map((number) => expandNodename(padded, number)),
    ['n001', 'n023', 'n456', 'n1000'],
  )
  t.same(
    ['n001', 'N023', 'n1000'].map((name) => matchNodename(padded, name)),
    [1, 23, 1000],
  )
  for (const name of ['n1', 'n01', 'n0001', 'n01000', 'n+01', 'n0'])
    t.equal(matchNodename(padded, name), undefined, name)
})

t.test('prefix and suffix never share letters of the name', async (t) => {
  t.equal(matchNodename({ prefix: 'n1', width: 0, suffix: '1' }, 'n1'), undefined)
  t.equal(matchNodename({ prefix: 'n', width: 0, suffix: '-ipmi' }, 'n7-IPMI'), 7)
})

const pattern = fc.record({
  prefix: fc.constantFrom('n', 'n1', 'n0', 'N', 'node', 'n-', 'n10'),
  width: fc.integer({ min: 0, max: 5 }),
  suffix: fc.constantFrom('', '0', '1', '-ib', 'B', '12', '+1'),
})

t.test('a pattern matches each name that it makes', async () => {
  fc.assert(
    fc.property(pattern, fc.integer({ min: 0, max: 1_048_575 }), (each, number) => {
      return matchNodename(each, expandNodename(each, number)) === number
    }),
  )
})

t.test('two patterns that could make one name are found, with such a name', async (t) => {
  t.equal(commonName(plain, { ...plain, prefix: 'n1' }), 'n10')
  t.equal(commonName(plain, padded), 'n000')
  t.equal(commonName(padded, { ...padded, width: 4 }), 'n1000')
  t.equal(commonName(plain, { ...plain, prefix: 'N' }), 'n0')
  t.equal(commonName({ ...plain, suffix: '0' }, plain), 'n00')
  t.equal(commonName(plain, { ...plain, suffix: '-ipmi' }), undefined)
  t.equal(commonName(plain, { ...plain, prefix: 'node' }), undefined)
  t.equal(commonName({ ...padded, suffix: 'a' }, { ...plain, suffix: 'ba' }), undefined)
})

t.test('no common name means that no name is matched by both; a common name is matched by both', async (t) => {
  const tail = fc.stringMatching(/^[0-9+]{0,6}$/)
  const found = { clashes: 0, apart: 0 }
  fc.assert(
    fc.property(pattern, pattern, tail, fc.nat(2_000_000), (a, b, digits, number) => {
      const name = commonName(a, b)
      if (name !== undefined) {
        found.clashes++
        return matchNodename(a, name) !== undefined && matchNodename(b, name) !== undefined
      }
      found.apart++
      const names = [a, b].flatMap((each) => [expandNodename(each, number), `${each.prefix}${digits}${each.suffix}`])
      return names.every((each) => matchNodename(a, each) === undefined || matchNodename(b, each) === undefined)
    }),
    { numRuns: 3000 },
  )
  t.ok(found.clashes > 100 && found.apart > 100, 'both were tried')
})

t.test('a common name is never missed for small numbers', async (t) => {
  const patterns = ['n', 'n1', 'n10'].flatMap((prefix) =>
    [0, 1, 2, 3].flatMap((width) => ['', '0', '1', 'x'].map((suffix) => ({ prefix, width, suffix }))),
  )
  for (const a of patterns) {
    const made = Array.from({ length: 1200 }, (_, number) => expandNodename(a, number))
    for (const b of patterns) {
      const meets = made.some((name) => matchNodename(b, name) !== undefined)
      if (meets && commonName(a, b) === undefined) t.fail(`${JSON.stringify(a)} meets ${JSON.stringify(b)}`)
    }
  }
})

t.test('companions lie at an offset from the node, or at a base plus its number', async (t) => {
  const line = { ...plain, segments: undefined, kind: 'companion', netgroup: undefined, span: undefined } as const
  const own = [ip('10.0.0.100'), ip('fd00::100')]
  const at = (...companions: Nodename['companions']) =>
    companionAddresses({ ...line, companions }, 5, own)
      .map(formatAddress)
      .join(' ')
  const offset = (text: string) => ({ given: ip(text), isOffset: true })
  const base = (text: string) => ({ given: ip(text), isOffset: false })
  t.equal(at(offset('0.1.0.0')), '10.1.0.100')
  t.equal(at(base('10.9.0.254')), '10.9.1.3')
  t.equal(at(base('255.255.255.255')), '')
  t.equal(at(), '')
  t.equal(at(offset('::1:0')), 'fd00::1:100', 'each offset is added to the address of its family')
  t.equal(at(base('fd00:1::fffe'), offset('0.1.0.0')), 'fd00:1::1:3 10.1.0.100')
  t.equal(at(base('ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe')), '')
})

t.test('a companion has no address of a family that its node has none of', async (t) => {
  const companions = [
    { given: ip('0.1.0.0'), isOffset: true },
    { given: ip('::1:0'), isOffset: true },
  ]
  const line = {
    ...plain,
    segments: undefined,
    kind: 'companion',
    netgroup: undefined,
    span: undefined,
    companions,
  } as const
  t.same(companionAddresses(line, 5, [ip('fd00::5')]).map(formatAddress), ['fd00::1:5'])
})
