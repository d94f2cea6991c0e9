import fc from 'fast-check'
import t from 'tap'
import { Backoff } from '../../../src/kickback/node/backoff.ts'

t.test('waits double up to the longest, and start again after a success', async (t) => {
  const backoff = new Backoff({ first: 100, longest: 700, random: () => 0 })
  const waits = Array.from({ length: 5 }, () => backoff.next())
  t.same(waits, [50, 100, 200, 350, 350])
  backoff.reset()
  t.equal(backoff.next(), 50)
})

t.test('waits are spread over half of their length, so that ten thousand do not come back at once', async (t) => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (drawn) => {
      const wait = new Backoff({ first: 1000, longest: 1000, random: () => drawn }).next()
      return wait >= 500 && wait <= 1000
    }),
  )
  t.pass()
})
