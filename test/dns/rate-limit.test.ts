import t from 'tap'
import { RateLimit } from '../../src/dns/rate-limit.ts'
import type { Address } from '../../src/values/index.ts'
import { ip } from '../addresses.ts'
import { buffersUsed } from '../memory.ts'

const TEN = { perSecond: 10, burst: 10, bits: { 4: 24, 6: 56 } } as const

t.test('a network gets so many replies a second, and other networks theirs', async (t) => {
  let now = 0
  const limit = new RateLimit(TEN, () => now)
  const got = (address: Address, tries: number) =>
    Array.from({ length: tries }, () => limit.allows(address)).filter((allowed) => allowed).length
  t.equal(got(ip('192.0.2.1'), 100), 10)
  t.equal(got(ip('192.0.2.99'), 100), 0, 'the same network')
  t.equal(got(ip('198.51.100.1'), 100), 10)
  now = 500
  t.equal(got(ip('192.0.2.1'), 100), 5)
  now = 1_000_000
  t.equal(got(ip('192.0.2.1'), 100), 10, 'a long silence saves up nothing')
})

t.test('several servers give together what one would give', async (t) => {
  let now = 0
  const limits = Array.from({ length: 4 }, () => new RateLimit(TEN, () => now, 4))
  const got = () =>
    Array.from({ length: 400 }, (_, i) => limits[i % 4]?.allows(ip('192.0.2.1'))).filter((allowed) => allowed).length
  t.equal(got(), 8, 'ten in four parts, whole ones')
  now = 1000
  t.ok(got() <= 10)
  const many = new RateLimit(TEN, () => now, 16)
  t.ok(many.allows(ip('192.0.2.1')), 'there is one at least')
})

t.test('addresses without end cost nothing more', async (t) => {
  const limit = new RateLimit(TEN, () => 0)
  const before = buffersUsed()
  for (let i = 0; i < 1e5; i++) limit.allows(ip(`${i >> 16}.${(i >> 8) & 255}.${i & 255}.1`))
  t.ok(buffersUsed() - before < 8 << 20)
})

t.test('a rate may allow more at once than in a second, be of bytes, and be of single addresses', async (t) => {
  let now = 0
  const limit = new RateLimit({ perSecond: 100, burst: 1000, bits: { 4: 32, 6: 128 } }, () => now)
  const [one, other] = [ip('10.0.0.1'), ip('10.0.0.2')]
  limit.take(one, 900)
  t.equal(limit.left(one), 100)
  t.equal(limit.left(other), 1000)
  limit.take(one, 900)
  t.equal(limit.left(one), 0)
  now = 5000
  t.equal(limit.left(one), 500)
})
