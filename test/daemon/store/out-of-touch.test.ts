// What a node does that is out of touch, on a clock that is turned by hand.
import t from 'tap'
import { OutOfTouch } from '../../../src/daemon/store/out-of-touch.ts'
import { HandClock } from '../../clocks.ts'
import { logOf } from '../../kickback/cluster.ts'

const [MINUTE, DAY] = [60_000, 86_400_000]
const LOOK = 10 * MINUTE

/** A node that is out of touch for so many seconds, with shadow entries. */
function node(age: number) {
  const clock = new HandClock()
  const seen = { age, kept: 0, ended: 0, hasShadow: true, fault: undefined as Error | undefined }
  const lines: string[] = []
  const one = new OutOfTouch({
    confirmation: {
      get age() {
        return seen.age
      },
      async keep() {
        seen.kept++
        if (seen.fault !== undefined) throw seen.fault
      },
    },
    shadowMaxAge: (7 * DAY) / 1000,
    async endShadow() {
      if (seen.fault !== undefined) throw seen.fault
      seen.ended++
      const hadShadow = seen.hasShadow
      seen.hasShadow = false
      return hadShadow
    },
    clock,
    log: logOf(lines),
  })
  one.start()
  /** Time passes, one look after the other. */
  const looks = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      clock.turn(LOOK)
      await new Promise(setImmediate)
    }
  }
  return { one, seen, clock, looks, lines }
}

const SEVEN_DAYS = (7 * DAY) / 1000

t.test('shadow ends after seven days without a master, and is told of once', async (t) => {
  const { one, seen, looks, lines } = node(SEVEN_DAYS)
  await looks(10)
  t.equal(seen.ended, 0, 'seven days are not longer than seven days')
  seen.age++
  await looks(3)
  t.equal(seen.ended, 1)
  t.notOk(seen.hasShadow)
  t.equal(lines.filter((line) => line.includes('shadow_max_age')).length, 1)
  await looks(10)
  t.equal(lines.filter((line) => line.includes('shadow_max_age')).length, 1)
  await one.close()
})

t.test('a clock that is wrong after a boot, and is put right within twenty minutes, ends nothing', async (t) => {
  const { one, seen, looks } = node(3000 * SEVEN_DAYS)
  await looks(2)
  seen.age = 60
  await looks(1)
  seen.age = 3000 * SEVEN_DAYS
  await looks(2)
  t.equal(seen.ended, 0)
  t.ok(seen.hasShadow)
  await looks(1)
  t.equal(seen.ended, 1, 'one that stays so counts')
  await one.close()
})

t.test('where no master was ever in step nothing is to be had', async (t) => {
  const { one, looks, seen } = node(Number.POSITIVE_INFINITY)
  await looks(3)
  t.equal(seen.ended, 1)
  await one.close()
})

t.test('how long it lasts is written down while it lasts, and at the end', async (t) => {
  const { one, seen, looks } = node(5)
  await looks(3)
  t.equal(seen.kept, 0, 'not while a master is in step')
  seen.age = 600
  await looks(3)
  t.equal(seen.kept, 3)
  await one.close()
  t.equal(seen.kept, 4)
})

t.test('a disk that fails is told of, and tried again', async (t) => {
  const { one, seen, looks, lines } = node(2 * SEVEN_DAYS)
  seen.fault = new Error('no space is left')
  await looks(4)
  t.match(lines.join('\n'), /cannot end shadow/)
  t.match(lines.join('\n'), /cannot write down/)
  seen.fault = undefined
  await looks(1)
  t.notOk(seen.hasShadow)
  await one.close()
})

t.test('at the end nothing is waited for', async (t) => {
  const { one, clock } = node(0)
  t.equal(clock.timers, 1)
  await one.close()
  t.equal(clock.timers, 0)
})
