import fc from 'fast-check'
import t from 'tap'
import { byteRuns } from '../../../src/resolver/deltas/byte-runs.ts'

/** How many bytes of the later one are in no run; throws where a run is wrong or out of order. */
function missed(before: Uint8Array, after: Uint8Array): number {
  let [end, found] = [0, 0]
  for (const { from, to, length } of byteRuns(before, after)) {
    if (to < end || length <= 0) throw new Error('runs are not in order')
    const [was, is] = [before.subarray(from, from + length), after.subarray(to, to + length)]
    if (was.length !== length || Buffer.compare(was, is) !== 0) throw new Error('a run is of other bytes')
    end = to + length
    found += length
  }
  return after.length - found
}

const bytes = fc.uint8Array({ minLength: 0, maxLength: 400 })

t.test('runs are the same bytes in both, in order', async () => {
  // Few letters: blocks that are like one another.
  const alike = fc.uint8Array({ min: 0, max: 1, maxLength: 300 })
  fc.assert(
    fc.property(fc.oneof(bytes, alike), fc.oneof(bytes, alike), (before, after) => missed(before, after) >= 0),
    { numRuns: 1000 },
  )
})

t.test('what was put in, left out or moved costs no more than a block around it', async () => {
  const piece = fc.uint8Array({ minLength: 200, maxLength: 300 })
  fc.assert(
    fc.property(piece, piece, piece, bytes, (one, two, three, other) => {
      const [before, after] = [Buffer.concat([one, two, three]), Buffer.concat([one, three, other, two])]
      return missed(before, after) <= other.length + 3 * 64
    }),
    { numRuns: 300 },
  )
})

t.test('blocks with the same hash and other bytes are no run', async (t) => {
  // The hash of a block is 0 where its bytes are.
  const before = Buffer.alloc(4096)
  const after = Buffer.alloc(4096)
  before.fill('a', 0, 1)
  for (let at = 16; at < after.length; at += 31) after[at] = 255
  t.doesNotThrow(() => missed(before, after))
})
