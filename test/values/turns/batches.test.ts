import t from 'tap'
import { othersTurn } from '../../../src/values/clock.ts'
import { handlers, inBatches } from '../../../src/values/index.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

t.test('the first batch is done at once, and each further one in a turn of its own, all in order', async (t) => {
  const done: number[] = []
  inBatches(numbers(10), 4, (i) => done.push(i))
  t.same(done, numbers(4))
  await othersTurn()
  t.same(done, numbers(8))
  await othersTurn()
  t.same(done, numbers(10))
  await othersTurn()
  t.same(done, numbers(10), 'each is done once')
})

t.test('what is no more than a batch is done at once, and nothing comes after it', async (t) => {
  const done: number[] = []
  let deferred = 0
  handlers.tryWith((name) => void (name === 'next batch' && deferred++))
  t.teardown(() => handlers.tryWith(undefined))
  for (const count of [0, 1, 4]) inBatches(numbers(count), 4, (i) => done.push(i))
  t.same(done, [0, ...numbers(4)])
  await othersTurn()
  t.equal(deferred, 0)
})

t.test('what is thrown for one costs no more than the rest of its batch', async (t) => {
  const failed = handlers.failures.get('next batch') ?? 0
  const done: number[] = []
  const each = (i: number): void => {
    if (i === 5 || i === 1) throw new Error('a fault')
    done.push(i)
  }
  t.throws(() => inBatches(numbers(12), 4, each), /a fault/, 'in the first batch the caller gets it')
  for (let turn = 0; turn < 4; turn++) await othersTurn()
  t.same(
    done.sort((a, b) => a - b),
    [0, 4, 8, 9, 10, 11],
  )
  t.equal(handlers.failures.get('next batch'), failed + 1)
})

t.test('a batch that can not begin is done all the same', async (t) => {
  const done: number[] = []
  inBatches(numbers(12), 4, (i) => done.push(i))
  handlers.tryWith((name) => {
    if (name === 'next batch') throw new Error('a fault')
  })
  t.teardown(() => handlers.tryWith(undefined))
  for (let turn = 0; turn < 4; turn++) await othersTurn()
  t.same(done, numbers(12))
})
