import t from 'tap'
import { counted } from '../../src/values/index.ts'

t.test('one thing is singular, any other number is plural', async (t) => {
  t.same(
    [0, 1, 2, 1.5].map((count) => counted(count, 'user')),
    ['0 users', '1 user', '2 users', '1.5 users'],
  )
})
