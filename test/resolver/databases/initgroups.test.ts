import t from 'tap'
import { initgroups } from '../../../src/resolver/databases/initgroups.ts'

const ada = { name: 'ada', gids: [2000, 100, 0xffffffff] }

t.test('the gids of a user come back in the order of the group file, the largest too', async (t) => {
  t.same(initgroups.decode(initgroups.encode(ada)), ada)
  t.same(initgroups.decode(initgroups.encode({ name: 'bob', gids: [] })), { name: 'bob', gids: [] })
})

t.test('getent prints the name as it was typed, then the gids', async (t) => {
  t.equal(initgroups.getent.lines(ada, 'ada'), 'ada                   2000 100 4294967295\n')
  t.equal(initgroups.getent.lines(ada), 'ada                   2000 100 4294967295\n')
  t.same(initgroups.getent.key('1000'), { name: '1000' }, 'a number is a name')
})

t.test('whoever has no record has no groups: getent finds each name', async (t) => {
  t.same(initgroups.getent.absent?.('nobody'), { name: 'nobody', gids: [] })
  t.equal(initgroups.getent.lines({ name: 'nobody', gids: [] }, 'nobody'), 'nobody               \n')
})

t.test('its records follow from those of groups: they are no loss of their own, and no line of a file', async (t) => {
  t.equal(initgroups.loss.counts, false)
  t.equal(initgroups.exported, undefined)
})
