import fc from 'fast-check'
import t from 'tap'
import { isBelievedFloor, NUMBER_END } from '../../../src/resolver/generations/number.ts'
import { contentTimeOf, generationOfSerial, nextNumber, serialDistance } from '../../../src/resolver/index.ts'

const NOW = 1_790_000_000
const YEAR_2100 = 4_102_444_800
const DAY = 86_400
const alone = { last: undefined, floors: [], contentTime: 0, clock: NOW, index: 0 }

t.test(
  'the first number is the time of the newest input, or the clock where no input has a believable time',
  async (t) => {
    t.equal(nextNumber({ ...alone, contentTime: 1_700_000_000 }), 1_700_000_000)
    t.equal(nextNumber(alone), NOW)
    t.equal(nextNumber({ ...alone, clock: 100 }), 1_577_836_800, 'a machine without a clock begins in 2020')
  },
)

t.test('a number is above the last one, and the time of the newest input where that is greater', async (t) => {
  const last = 1_600_000_000
  t.equal(nextNumber({ ...alone, last, contentTime: last }), last + 16)
  t.equal(nextNumber({ ...alone, last, contentTime: last + 320 }), last + 320)
})

t.test('each master makes numbers of its own', async (t) => {
  for (let index = 0; index < 16; index++) t.equal(nextNumber({ ...alone, index }) % 16, index)
  t.equal(nextNumber({ ...alone, index: 17 }) % 16, 1)
})

t.test('a time counts within 2^30 of the last number only', async (t) => {
  t.equal(nextNumber({ ...alone, last: 4 }), 32)
  t.equal(nextNumber({ ...alone, last: NOW - 2 ** 30 }), NOW)
  t.equal(nextNumber({ ...alone, last: NOW - 2 ** 30 - 16 }), NOW - 2 ** 30)
})

t.test('a floor is passed; one that is far away with a small step of the serial', async (t) => {
  t.equal(nextNumber({ ...alone, last: NOW, floors: [NOW + 100] }), NOW + 112)
  t.equal(nextNumber({ ...alone, floors: [NOW + 100] }), NOW + 112, 'without a last number the floor stands for it')
  const far = nextNumber({ ...alone, last: 16, floors: [NOW] })
  t.equal(far, 2 ** 32 + 32)
  const whole = nextNumber({ ...alone, last: 16, floors: [2 ** 32 + 32] })
  t.equal(whole, 2 ** 33 + 32, 'a floor whose serial is the next one is passed by a whole round')
  t.equal(nextNumber({ ...alone, last: 16, floors: [16 + 2 ** 30] }), 32 + 2 ** 30, 'the reach itself is near')
})

t.test('times before 2020, and those ahead of the clock by more than a minute, are no content times', async (t) => {
  t.equal(contentTimeOf([1, YEAR_2100], NOW), 0)
  t.equal(contentTimeOf([1_577_836_800], NOW), 0)
  t.equal(contentTimeOf([1, 1_700_000_000, YEAR_2100], NOW), 1_700_000_000)
  t.equal(contentTimeOf([NOW + 60], NOW), NOW + 60)
  t.equal(contentTimeOf([NOW + 61], NOW), 0)
})

t.test('a floor a day ahead of the clock is believed by force only, and 2^52 never', async (t) => {
  t.ok(isBelievedFloor(NOW + DAY, undefined, NOW))
  t.notOk(isBelievedFloor(NOW + DAY + 1, undefined, NOW))
  t.ok(isBelievedFloor(NOW + DAY + 1, undefined, NOW, true))
  t.ok(isBelievedFloor(2 ** 32 + 5, 2 ** 32, NOW), 'our own last number is there already')
  t.notOk(isBelievedFloor(NUMBER_END, undefined, NOW, true))
  t.ok(isBelievedFloor(NUMBER_END - 2 ** 33 - 1, undefined, NOW, true))
  t.notOk(isBelievedFloor(NUMBER_END - 2 ** 33, undefined, NOW, true), 'there must be room above it')
})

t.test('a serial stands for the generation nearest to the one that is known', async (t) => {
  t.equal(generationOfSerial(4, 2 ** 32 - 6), 2 ** 32 + 4)
  t.equal(generationOfSerial(2 ** 32 - 6, 2 ** 32 + 4), 2 ** 32 - 6)
  const far = 5 * 2 ** 32 + 7
  t.equal(generationOfSerial((far % 2 ** 32) + 2 ** 31 - 1, far), far + 2 ** 31 - 1, 'the farthest step forward')
  t.equal(
    generationOfSerial((far % 2 ** 32) + 2 ** 31, far),
    far - 2 ** 31,
    'what lies as far ahead as behind is behind',
  )
  t.equal(generationOfSerial(4, NOW), 4)
  t.ok(generationOfSerial(YEAR_2100, NOW) < 1, 'the serial of a clock in 2100 is behind, by RFC 1982')
})

t.test(
  'for all that happens: above the last number and the floors, by a step that secondaries see as forward',
  async (t) => {
    const numbers = fc.oneof(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.maxSafeNat().map((n) => 1 + (n % 2 ** 52)),
    )
    const order = fc.record({
      last: numbers,
      floors: fc.array(numbers, { maxLength: 3 }),
      contentTime: fc.oneof(fc.constant(0), fc.nat(2 ** 31 - 1)),
      clock: fc.option(fc.nat(2 ** 31 - 1), { nil: undefined }),
      index: fc.nat(15),
    })
    fc.assert(
      fc.property(order, (order) => {
        const number = nextNumber(order)
        const step = serialDistance(order.last, number)
        return (
          number > Math.max(order.last, ...order.floors) && number % 16 === order.index && step > 0 && step < 2 ** 31
        )
      }),
    )
    t.pass()
  },
)

t.test('without a clock a number is no higher than it must be, whatever the time of the inputs is', async (t) => {
  t.equal(nextNumber({ ...alone, clock: undefined, last: 1_600_000_000, contentTime: NOW }), 1_600_000_016)
  t.equal(nextNumber({ ...alone, clock: undefined }), 16)
})
