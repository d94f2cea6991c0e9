import t from 'tap'
import { atOnce, each, inTurns, STEP, type Steps } from '../../../src/values/turns/steps.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Adds numbers up, in steps. */
function* sumOf(count: number): Steps<number> {
  let sum = 0
  yield* each(numbers(count), (one) => {
    sum += one
  })
  return sum
}

t.test('each looks at all in their order, and stops after every 1,024', async (t) => {
  const seen: number[] = []
  const stops: number[] = []
  const work = each(numbers(2 * STEP + 1), (one) => seen.push(one))
  for (const _ of work) stops.push(seen.length)
  t.same(seen, numbers(2 * STEP + 1))
  t.same(stops, [STEP, 2 * STEP])
})

t.test('work that is done at once and work that is done in turns make the same', async (t) => {
  const sum = (5000 * 4999) / 2
  t.equal(atOnce(sumOf(5000)), sum)
  t.equal(await inTurns(sumOf(5000)), sum)
})

t.test('others have their turn after each step, and not before the first', async (t) => {
  const turns: string[] = []
  const work = function* (): Steps<string> {
    turns.push('one')
    yield
    turns.push('two')
    yield
    return 'made'
  }
  const turn = async (): Promise<void> => void turns.push('others')
  t.equal(await inTurns(work(), turn), 'made')
  t.same(turns, ['one', 'others', 'two', 'others'])
})

t.test('what the work throws comes out, in whichever step', async (t) => {
  const broken = function* (): Steps<never> {
    yield
    throw new Error('damaged')
  }
  t.throws(() => atOnce(broken()), { message: 'damaged' })
  await t.rejects(inTurns(broken()), { message: 'damaged' })
})
