import fc from 'fast-check'
import t from 'tap'
import { generationOfSerial, SERIAL_STEPS, serialDistance, serialOf } from '../../../src/resolver/generations/serial.ts'

const generation = fc.integer({ min: 1, max: 2 ** 48 })

t.test('a serial is the generation modulo 2^32', async (t) => {
  t.same([0, 7, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5].map(serialOf), [0, 7, 2 ** 32 - 1, 0, 5])
})

t.test('the distance leads from one serial to the other, over the end of the numbers too', async (t) => {
  t.equal(serialDistance(2 ** 32 - 1, 1), 2)
  t.equal(serialDistance(1, 2 ** 32 - 1), 2 ** 32 - 2)
  t.equal(serialDistance(5, 5), 0)
  fc.assert(
    fc.property(generation, generation, (from, to) => {
      const distance = serialDistance(from, to)
      return distance >= 0 && distance < 2 ** 32 && serialOf(from + distance) === serialOf(to)
    }),
  )
})

t.test(
  'of all generations with a serial the nearest one is meant, of two that are as near the one before',
  async (t) => {
    const near = 2 ** 40
    t.equal(generationOfSerial(serialOf(near + SERIAL_STEPS), near), near - SERIAL_STEPS)
    t.equal(generationOfSerial(serialOf(near + SERIAL_STEPS - 1), near), near + SERIAL_STEPS - 1)
    fc.assert(
      fc.property(generation, fc.integer({ min: -SERIAL_STEPS, max: SERIAL_STEPS - 1 }), (near, step) => {
        return generationOfSerial(serialOf(near + step + 2 ** 32), near) === near + step
      }),
    )
  },
)
