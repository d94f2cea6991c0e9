import t from 'tap'
import { type GenerationHeader, outranks, sameDigest } from '../../../src/resolver/generations/header.ts'

const header = (more: Partial<GenerationHeader>): GenerationHeader => ({
  generation: 100,
  digest: new Uint8Array(32),
  contentTime: 1000,
  forcedAt: 0,
  ...more,
})

/** Whether the first outranks the second, and the second the first. */
const ranks = (one: Partial<GenerationHeader>, other: Partial<GenerationHeader>): boolean[] => [
  outranks(header(one), header(other)),
  outranks(header(other), header(one)),
]

t.test('content is the same where all bytes of the digest are', async (t) => {
  const digest = Uint8Array.from({ length: 32 }, (_, i) => i)
  t.ok(sameDigest({ digest }, { digest: Uint8Array.from(digest) }))
  for (const at of [0, 31]) t.notOk(sameDigest({ digest }, { digest: digest.with(at, 99) }))
  t.notOk(sameDigest({ digest }, { digest: digest.subarray(0, 31) }))
  t.notOk(sameDigest({ digest: digest.subarray(0, 31) }, { digest }))
})

t.test('newer content outranks older, whatever the numbers', async (t) => {
  t.same(ranks({ contentTime: 1001, generation: 1 }, { contentTime: 1000, generation: 200 }), [true, false])
})

t.test('of content of one time the greater number outranks', async (t) => {
  t.same(ranks({ generation: 101 }, { generation: 100 }), [true, false])
  t.same(ranks({}, {}), [false, false], 'and nothing itself')
})

t.test('what was forced outranks all that came before it, however new that is', async (t) => {
  t.same(ranks({ forcedAt: 101, generation: 101, contentTime: 1 }, { generation: 100, contentTime: 9000 }), [
    true,
    false,
  ])
  t.same(ranks({ forcedAt: 100, generation: 101, contentTime: 1 }, { generation: 100, contentTime: 9000 }), [
    false,
    true,
  ])
})

t.test('content without a believable time outranks nothing; it is outranked by what has one', async (t) => {
  t.same(ranks({ contentTime: 0, generation: 200 }, { contentTime: 1000 }), [false, true])
  t.same(ranks({ contentTime: 0, generation: 200 }, { contentTime: 0, generation: 1 }), [false, false])
  t.same(ranks({ contentTime: 0, forcedAt: 200, generation: 200 }, { contentTime: 1000 }), [true, false])
})
