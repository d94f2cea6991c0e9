import t from 'tap'
import { Failback } from '../../../src/kickback/node/failback.ts'
import type { NamedMaster } from '../../../src/kickback/node/master-list.ts'
import { HandClock } from '../../clocks.ts'

const MINUTE = 60_000
const master = (name: string): NamedMaster => ({ name, place: { path: `/${name}` } })
const [first, second] = [master('first'), master('second')]
const anyone = (): boolean => true

/** A failback whose waits are whole, and its clock. */
function failback(): { clock: HandClock; one: Failback } {
  const clock = new HandClock()
  return { clock, one: new Failback({ clock, random: () => 1 }) }
}

t.test(
  'preferred masters are tried half a minute after another one was followed, each of them in a turn',
  async (t) => {
    const { clock, one } = failback()
    one.begin()
    t.equal(one.wait, 30_000)
    clock.turn(30_000)
    t.equal(one.wait, 0)
    t.equal(one.next([first, second], anyone), first)
    t.equal(one.candidate, 'first')
    one.failed()
    t.same([one.candidate, one.wait], [undefined, 0], 'the next one at once')
    t.equal(one.next([first, second], anyone), second)
    one.failed()
    t.equal(one.wait, MINUTE, 'and then all again, later')
  },
)

t.test(
  'turns that find nobody come at longer intervals, of two minutes at the most, and short ones again',
  async (t) => {
    const { clock, one } = failback()
    one.begin()
    const waits: number[] = []
    for (let i = 0; i < 4; i++) {
      waits.push(one.wait)
      clock.turn(one.wait)
      one.next([first], anyone)
      one.failed()
    }
    t.same(waits, [30_000, MINUTE, 2 * MINUTE, 2 * MINUTE])
    one.begin()
    t.equal(one.wait, 30_000)
  },
)

t.test('one that cannot be tried now is passed over', async (t) => {
  const { one } = failback()
  one.begin()
  t.equal(
    one.next([first, second], ({ name }) => name !== 'first'),
    second,
  )
  one.failed()
  t.equal(
    one.next([first], () => false),
    undefined,
  )
  t.equal(one.candidate, undefined)
  t.not(one.wait, 0, 'the turn is over')
})

t.test('a candidate has to stay in step for half a minute', async (t) => {
  const { clock, one } = failback()
  clock.turn(MINUTE)
  t.equal(one.steadyIn(MINUTE), 30_000)
  clock.turn(29_999)
  t.equal(one.steadyIn(MINUTE), 1)
  clock.turn(MINUTE)
  t.equal(one.steadyIn(MINUTE), 0)
})

t.test(
  'each time that it is lost within ten minutes it has to stay in step twice as long, half an hour at most',
  async (t) => {
    const { clock, one } = failback()
    const after = (kept: number): number => {
      one.returned()
      clock.turn(kept)
      one.lost()
      return one.steadyIn(clock.now())
    }
    t.same(
      [1, 1, 1, 1, 1, 1, 1, 1].map((minutes) => after(minutes * MINUTE) / MINUTE),
      [1, 2, 4, 8, 16, 30, 30, 30],
    )
    t.equal(after(10 * MINUTE - 1), 30 * MINUTE)
    t.equal(after(10 * MINUTE), 30_000, 'one that was kept for long enough has a good name again')
  },
)

t.test('a master that was lost and not gone back to costs no trust', async (t) => {
  const { clock, one } = failback()
  one.lost()
  one.returned()
  one.lost()
  one.lost()
  t.equal(one.steadyIn(clock.now()), MINUTE, 'and counts once')
})

t.test('what is forgotten is not tried', async (t) => {
  const { one } = failback()
  one.begin()
  one.next([first, second], anyone)
  one.forget()
  t.equal(one.candidate, undefined)
  t.equal(one.wait, 30_000, 'its time is still to come')
})
