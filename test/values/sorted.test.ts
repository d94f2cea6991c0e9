import fc from 'fast-check'
import t from 'tap'
import { countBefore, lastBefore } from '../../src/values/index.ts'

const sorted = fc.array(fc.integer({ min: 0, max: 20 })).map((list) => list.sort((a, b) => a - b))

t.test('a sorted list is searched as if each item were looked at', async () => {
  fc.assert(
    fc.property(sorted, fc.integer({ min: -1, max: 21 }), (list, sought) => {
      const before = list.filter((item) => item <= sought)
      const isAfter = (item: number) => item > sought
      return countBefore(list, isAfter) === before.length && lastBefore(list, isAfter) === before.at(-1)
    }),
  )
})

t.test('a search looks at few items', async (t) => {
  let looked = 0
  countBefore(Array.from({ length: 1 << 16 }), () => ++looked > 1 << 20)
  t.ok(looked <= 17, `${looked}`)
})
