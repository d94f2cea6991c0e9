import t from 'tap'
import { Crowd, type Holder, type Origin } from '../../../../src/kickback/service/shares/crowd.ts'
import { type Limits, LOCAL_LIMITS, NETWORK_LIMITS } from '../../../../src/kickback/service/shares/limits.ts'
import { HandClock } from '../../../clocks.ts'

/** A crowd, and connections that take places there; those that were ended, in order. */
function crowd(limits: Partial<Limits> = {}, base = NETWORK_LIMITS) {
  const clock = new HandClock()
  const made = new Crowd({ ...base, ...limits }, clock)
  const ended: string[] = []
  /** Comes from `key` (a guest where it begins with g); a function that follows, or undefined where there is no place. */
  const come = (key: string, name = key) => {
    clock.turn(1)
    const source: Origin = { key, isConfigured: !key.startsWith('g') }
    if (!made.admits(source)) return undefined
    const holder: Holder & { follows: boolean; active: number } = {
      active: clock.now(),
      follows: false,
      destroy: () => {
        ended.push(name)
        if (holder.follows) made.unfollows(source)
        made.leave(source, holder)
      },
    }
    made.enter(source, holder)
    return {
      follow: (): boolean => {
        holder.follows = made.follows(source)
        return holder.follows
      },
      speak: (): void => {
        clock.turn(1)
        holder.active = clock.now()
      },
      leave: (): void => holder.destroy(''),
    }
  }
  return { crowd: made, come, ended, clock }
}

t.test('one address has no more than its places', async (t) => {
  const { come, ended } = crowd({ perAddress: 3 })
  const first = come('a')
  for (const _ of [1, 2]) t.ok(come('a'))
  t.notOk(come('a'))
  t.ok(come('b'))
  t.same(ended, [])
  first?.leave()
  t.ok(come('a'))
})

t.test('where all places are taken the source with the most gives up the one that is idle the longest', async (t) => {
  const { come, ended, crowd: made } = crowd({ connections: 6 })
  const first = come('greedy', 'g1')
  for (const name of ['g2', 'g3', 'g4']) come('greedy', name)
  for (const name of ['n1', 'n2']) come(name)
  first?.speak()
  t.ok(come('n3'))
  t.same(ended, ['g2'])
  t.ok(come('n4'))
  t.ok(come('n5'))
  t.same(ended, ['g2', 'g3', 'g4'], 'and again, until it holds no more than others')
  t.equal(made.held('greedy'), 1)
  t.equal(made.size, 6)
})

t.test('a source that holds the most makes room for itself alone', async (t) => {
  const { come, ended } = crowd({ connections: 4 })
  come('n1')
  for (const name of ['a1', 'a2', 'a3']) come('a', name)
  t.ok(come('a', 'a4'))
  t.same(ended, ['a1'])
})

t.test('followers stay while others can make room', async (t) => {
  const { come, ended } = crowd({ connections: 4 })
  for (const name of ['f1', 'f2', 'f3']) t.ok(come('a', name)?.follow())
  come('b')
  t.ok(come('c'))
  t.same(ended, ['b'])
})

t.test(
  'with followers in all places the source with the most gives one up, but for no newcomer with as many',
  async (t) => {
    const { come, ended } = crowd({ connections: 4 })
    for (const name of ['a1', 'a2', 'a3']) t.ok(come('a', name)?.follow())
    t.ok(come('b')?.follow())
    t.ok(come('c')?.follow())
    t.same(ended, ['a1'])
    t.ok(come('d')?.follow())
    t.same(ended, ['a1', 'a2'])
    t.notOk(come('e'), 'each has one now')
  },
)

t.test('a follower that says nothing for too long makes room', async (t) => {
  const { come, ended, clock } = crowd({ connections: 3, silent: 1000 })
  const all = ['a', 'b', 'c'].map((name) => come(name))
  for (const one of all) t.ok(one?.follow())
  t.notOk(come('d'))
  clock.turn(990)
  all[0]?.speak()
  all[2]?.speak()
  clock.turn(100)
  t.ok(come('d'))
  t.same(ended, ['b'])
})

t.test('guests have their part of the places, and make room among themselves', async (t) => {
  const { come, ended } = crowd({ connections: 8, guests: 3 })
  for (const name of ['g1', 'g2', 'g3']) t.ok(come('ga', name))
  t.ok(come('gb'))
  t.same(ended, ['g1'])
  for (const name of ['n1', 'n2', 'n3', 'n4', 'n5']) t.ok(come(name))
  t.same(ended, ['g1'], 'the places of nodes are free')
  t.ok(come('n6'))
  t.same(ended, ['g1', 'g2'], 'beyond, the one with the most makes room, a guest here')
})

t.test('a hundred thousand guests take no place of a node', async (t) => {
  const { come, crowd: made } = crowd({ connections: 300, guests: 100 })
  for (let i = 0; i < 150; i++) come(`n${i}`)?.follow()
  for (let i = 0; i < 1000; i++) come(`g${i}`)
  t.equal(made.size, 250)
  for (let i = 0; i < 150; i++) t.equal(made.held(`n${i}`), 1)
})

t.test('a source has no more subscriptions than its own, and one that leaves gives it back', async (t) => {
  const { come, crowd: made } = crowd({ subscribersPerAddress: 2 })
  const first = come('a')
  t.ok(first?.follow())
  t.ok(come('a')?.follow())
  t.notOk(come('a')?.follow())
  t.ok(come('b')?.follow())
  t.equal(made.followers, 3)
  first?.leave()
  t.equal(made.followers, 2)
  t.ok(come('a')?.follow())
})

t.test('where all subscriptions are taken the source with the most gives one up', async (t) => {
  const { come, ended } = crowd({ subscribers: 4 })
  for (const name of ['a1', 'a2', 'a3', 'a4']) t.ok(come('a', name)?.follow())
  t.ok(come('b')?.follow())
  t.ok(come('c')?.follow())
  t.same(ended, ['a1', 'a2'])
  t.ok(come('d')?.follow())
  t.same(ended, ['a1', 'a2', 'a3'])
  t.notOk(come('e')?.follow(), 'each has one now')
})

t.test('on a Unix socket all are one source: the one that is idle the longest makes room', async (t) => {
  const { come, ended } = crowd({ connections: 50 }, LOCAL_LIMITS)
  for (let i = 0; i < 50; i++) t.ok(come('', `${i}`))
  for (let i = 50; i < 60; i++) t.ok(come('', `${i}`))
  t.same(ended, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
})

t.test('a guest that leaves gives its place to another guest; a node that leaves gives guests nothing', async (t) => {
  const { come, ended } = crowd({ connections: 9, guests: 2 })
  const first = come('ga', 'g1')
  come('gb', 'g2')
  first?.leave()
  t.same(ended.splice(0), ['g1'])
  t.ok(come('gc', 'g3'))
  t.same(ended, [])
  come('n')?.leave()
  t.same(ended.splice(0), ['n'])
  t.ok(come('gd', 'g4'))
  t.same(ended, ['g2'])
})

t.test('guests make no room by the connections of nodes, however many and idle those are', async (t) => {
  const { come, ended } = crowd({ connections: 9, guests: 2 })
  for (const name of ['n1', 'n2', 'n3']) come('n', name)
  for (const name of ['ga', 'gb']) come(name)
  t.ok(come('gc'))
  t.same(ended, ['ga'])
})

t.test('a connection that has no place gives none back, and its source follows nothing', async (t) => {
  const { come, crowd: made } = crowd()
  come('a')
  const stranger: Holder = { active: 0, follows: false, destroy: () => {} }
  for (const key of ['a', 'nobody']) made.leave({ key, isConfigured: true }, stranger)
  t.equal(made.size, 1)
  t.equal(made.held('a'), 1)
  t.notOk(made.follows({ key: 'nobody', isConfigured: true }))
})

t.test('a source that comes again is what it is now: a machine that became a node is no guest', async (t) => {
  const { come, crowd: made, ended } = crowd({ guests: 1 })
  const holder: Holder = { active: 0, follows: false, destroy: () => void ended.push('x') }
  made.enter({ key: 'x', isConfigured: false }, holder)
  made.leave({ key: 'x', isConfigured: false }, holder)
  made.enter({ key: 'x', isConfigured: true }, holder)
  t.ok(come('g1'))
  t.same(ended, [])
})

t.test('of one source it is a connection that follows nothing that makes room', async (t) => {
  const { come, ended } = crowd({ connections: 3 })
  come('a', 'a1')?.follow()
  for (const name of ['a2', 'a3', 'a4']) t.ok(come('a', name))
  t.same(ended, ['a2'])
})

t.test('a source makes no room by one that holds as much as itself', async (t) => {
  const { come, ended } = crowd({ connections: 4 })
  for (const name of ['b1', 'b2']) come('b', name)
  for (const name of ['a1', 'a2', 'a3']) t.ok(come('a', name))
  t.same(ended, ['a1'])
})

t.test('who stays is still counted when another of its size has gone', async (t) => {
  const { come, ended } = crowd({ connections: 2 })
  const first = come('a')
  come('b')
  first?.leave()
  t.same(ended.splice(0), ['a'])
  for (const name of ['c', 'd']) t.ok(come(name))
  t.same(ended, ['b'])
})

t.test('where subscriptions are full the one that is idle the longest keeps its own, but not for ever', async (t) => {
  const { come, ended, clock } = crowd({ subscribers: 4, silent: 1000 })
  t.ok(come('b', 'b1')?.follow())
  for (const name of ['a1', 'a2', 'a3']) come('a', name)?.follow()
  t.ok(come('c')?.follow())
  t.same(ended, ['a1'], 'the source with the most gives one up')
  const others = crowd({ subscribers: 2, silent: 1000 })
  others.come('a')?.follow()
  const second = others.come('b')
  second?.follow()
  others.clock.turn(990)
  second?.speak()
  t.notOk(others.come('c')?.follow())
  others.clock.turn(100)
  t.ok(others.come('d')?.follow())
  t.same(others.ended, ['a'])
  t.equal(clock.timers, 0)
})

t.test('where the guests that there may be all follow, another has no place', async (t) => {
  const { come, ended } = crowd({ connections: 9, guests: 2 })
  for (const name of ['ga', 'gb']) t.ok(come(name)?.follow())
  t.notOk(come('gc'))
  t.same(ended, [])
  t.ok(come('n'), 'a node has')
})

t.test('a follower that is gone follows until that is told, though its source has nothing left', async (t) => {
  const { crowd: made } = crowd({ subscribers: 1 })
  const source: Origin = { key: 'a', isConfigured: true }
  const holder: Holder = { active: 0, follows: true, destroy: () => {} }
  made.enter(source, holder)
  t.ok(made.follows(source))
  made.leave(source, holder)
  t.equal(made.followers, 1)
  made.unfollows(source)
  t.equal(made.followers, 0)
})
