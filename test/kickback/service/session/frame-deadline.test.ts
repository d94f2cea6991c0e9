import t from 'tap'
import { FrameDeadline } from '../../../../src/kickback/service/session/frame-deadline.ts'
import { handlers } from '../../../../src/values/index.ts'
import { HandClock } from '../../../clocks.ts'

const LIMIT = 1000

/** A deadline, its clock, and how often a frame's time was over. */
function deadline(expire: () => void = () => {}) {
  const clock = new HandClock()
  const told = { expired: 0, failed: 0 }
  const expired = (): void => {
    told.expired++
    expire()
  }
  const made = new FrameDeadline({ clock, limit: LIMIT, expired, failed: () => void told.failed++ })
  return { deadline: made, clock, told }
}

t.test('a frame that has begun has its time, however often more of it comes', async (t) => {
  const { deadline: one, clock, told } = deadline()
  t.ok(one.wait())
  clock.turn(LIMIT - 1)
  t.ok(one.wait())
  t.equal(clock.timers, 1, 'one timer, whatever drips')
  t.equal(told.expired, 0)
  clock.turn(1)
  t.equal(told.expired, 1)
  t.notOk(one.wait(), 'and none more')
  t.equal(clock.timers, 0)
})

t.test('a frame that is whole in time leaves no timer, and the next one has all of its time', async (t) => {
  const { deadline: one, clock, told } = deadline()
  one.wait()
  clock.turn(LIMIT - 1)
  one.end()
  t.equal(clock.timers, 0)
  clock.turn(LIMIT)
  t.equal(told.expired, 0)
  t.ok(one.wait())
  clock.turn(LIMIT - 1)
  t.equal(told.expired, 0)
  clock.turn(1)
  t.equal(told.expired, 1)
})

t.test('where what follows from it throws, the connection is given up', async (t) => {
  t.teardown(() => handlers.logTo(undefined))
  const {
    deadline: one,
    clock,
    told,
  } = deadline(() => {
    throw new Error('broken')
  })
  one.wait()
  clock.turn(LIMIT)
  t.same(told, { expired: 1, failed: 1 })
})
