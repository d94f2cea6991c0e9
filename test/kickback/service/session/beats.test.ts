// Followers that are told that the service is there, on a clock that is turned by hand.
import t from 'tap'
import { Beats } from '../../../../src/kickback/service/session/beats.ts'
import { handlers } from '../../../../src/values/index.ts'
import { HandClock } from '../../../clocks.ts'

/** A follower that notes when it was told. */
function follower(clock: HandClock): { beat(): void; readonly told: number[] } {
  const told: number[] = []
  return { told, beat: () => void told.push(clock.now()) }
}

t.test('a follower gets a sign of life ten seconds after it was sent something last, and again', async (t) => {
  const clock = new HandClock()
  const beats = new Beats(clock)
  const [one, other] = [follower(clock), follower(clock)]
  beats.sent(one)
  clock.turn(3000)
  beats.sent(other)
  clock.turn(4000)
  beats.sent(one)
  clock.turn(30_000)
  t.same(one.told, [17_000, 27_000, 37_000])
  t.same(other.told, [13_000, 23_000, 33_000])
})

t.test('those that are due almost together are told together, and one timer waits for all', async (t) => {
  const clock = new HandClock()
  const beats = new Beats(clock)
  const all = Array.from({ length: 10 }, () => follower(clock))
  for (const one of all) {
    beats.sent(one)
    clock.turn(2)
  }
  t.equal(clock.timers, 1)
  clock.turn(10_000)
  t.same(new Set(all.map(({ told }) => told[0])), new Set([10_000]))
  t.equal(clock.timers, 1)
})

t.test('many that are due at once are told in turns, and none is left out', async (t) => {
  const clock = new HandClock()
  const beats = new Beats(clock)
  const all = Array.from({ length: 1000 }, () => follower(clock))
  for (const one of all) beats.sent(one)
  clock.turn(10_000)
  t.equal(all.filter(({ told }) => told.length > 0).length, 64)
  clock.turn(20)
  t.ok(all.every(({ told }) => told.length === 1))
})

t.test('who has ended is not told, and without anybody no timer waits', async (t) => {
  const clock = new HandClock()
  const beats = new Beats(clock)
  const [one, other] = [follower(clock), follower(clock)]
  beats.sent(one)
  beats.sent(other)
  beats.forget(one)
  clock.turn(10_000)
  t.same([one.told.length, other.told.length], [0, 1])
  beats.forget(other)
  t.same([beats.size, clock.timers], [0, 0])
})

t.test('a follower that throws costs the others a moment', async (t) => {
  const clock = new HandClock()
  const beats = new Beats(clock)
  const other = follower(clock)
  t.teardown(() => handlers.tryWith(undefined))
  const thrown = (): never => {
    throw new Error('thrown by a test')
  }
  beats.sent({ beat: thrown })
  beats.sent(other)
  clock.turn(10_010)
  t.equal(other.told.length, 1)
})
