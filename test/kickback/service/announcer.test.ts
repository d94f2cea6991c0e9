import t from 'tap'
import { Announcer } from '../../../src/kickback/service/announcer.ts'
import { HandClock } from '../../clocks.ts'

/** So many who follow, those of `empty` without a copy, and who was told in which order. */
function followers(count: number, isEmpty: (i: number) => boolean = () => false) {
  const told: number[] = []
  const all = Array.from({ length: count }, (_, i) => ({
    held: isEmpty(i) ? undefined : { generation: 1 },
    announce: () => void told.push(i),
  }))
  return { all, told }
}

t.test('a few are told at once, and thousands 3,300 a second', async (t) => {
  const clock = new HandClock()
  const announcer = new Announcer(clock)
  const { all, told } = followers(10_000)
  announcer.announce(all)
  t.equal(told.length, 50)
  clock.turn(1000)
  t.equal(told.length, 3350)
  clock.turn(3000)
  t.same([told.length, clock.timers], [10_000, 0])
})

t.test('those who hold nothing are told first', async (t) => {
  const { all, told } = followers(100, (i) => i % 10 === 9)
  new Announcer(new HandClock()).announce(all)
  t.same(told.slice(0, 12), [9, 19, 29, 39, 49, 59, 69, 79, 89, 99, 0, 1])
})

t.test('the next generation begins anew: nobody is left out, and the pace stays', async (t) => {
  const clock = new HandClock()
  const announcer = new Announcer(clock)
  const { all, told } = followers(200)
  announcer.announce(all)
  announcer.announce(all)
  t.equal(told.length, 50)
  clock.turn(1000)
  t.equal(new Set(told).size, 200)
})

t.test('at the end nobody is told any more', async (t) => {
  const clock = new HandClock()
  const announcer = new Announcer(clock)
  const { all, told } = followers(100)
  announcer.announce(all)
  announcer.close()
  clock.turn(1000)
  t.same([told.length, clock.timers], [50, 0])
})
