import t from 'tap'
import { Generations } from '../../../../src/kickback/service/generations.ts'
import type { Held } from '../../../../src/kickback/service/holdings.ts'
import { Subscription } from '../../../../src/kickback/service/session/subscription.ts'
import { publicSnapshot } from '../../cluster.ts'

/** A subscription to generations, of which the first is there; and what its server is told. */
function subscription(places = 1) {
  const generations = new Generations()
  generations.serve(publicSnapshot(1))
  const count = { followers: 0 }
  const told: [before: Held | undefined, after: Held | undefined][] = []
  const made = new Subscription({
    generations,
    mayFollow: () => count.followers < places && ++count.followers > 0,
    onUnfollowed: () => void count.followers--,
    onHeld: (before, after) => void told.push([before, after]),
  })
  return { made, generations, count, told }
}

const held = (generation: number, digest?: string): Held => ({ generation, digest })

t.test('each generation is told once, under the id of the last request, from the next one on', async (t) => {
  const { made, generations } = subscription()
  generations.serve(publicSnapshot(2))
  t.equal(made.news(), undefined, 'nobody asked for it')
  t.ok(made.begin(7))
  t.equal(made.news(), undefined, 'who begins knows the one that is there')
  generations.serve(publicSnapshot(3))
  generations.serve(publicSnapshot(4))
  t.match(made.news(), { id: 7, generation: 4 }, 'the current one alone')
  t.equal(made.news(), undefined)
  t.ok(made.begin(8))
  generations.serve(publicSnapshot(5))
  t.match(made.news(), { id: 8, generation: 5 })
})

t.test('who follows is counted once, and no more after the end', async (t) => {
  const { made, count } = subscription()
  t.ok(made.begin(1))
  t.ok(made.begin(2))
  t.equal(count.followers, 1)
  for (let times = 0; times < 2; times++) made.end()
  t.equal(count.followers, 0)
  t.notOk(made.follows)
})

t.test('where too many follow already it is not begun, and nothing ends', async (t) => {
  const { made, generations, count, told } = subscription(0)
  made.holds(1)
  t.notOk(made.begin(1))
  t.notOk(made.follows)
  generations.serve(publicSnapshot(2))
  t.equal(made.news(), undefined)
  made.end()
  t.same([count.followers, told], [0, []])
})

t.test('what a follower holds is told from the begin to the end, each time with what it held before', async (t) => {
  const { made, told } = subscription()
  made.holds(3, Buffer.of(0xab))
  t.same([made.held, told], [undefined, []], 'of others it is of no interest')
  made.begin(1)
  made.holds(3)
  made.holds(4)
  made.end()
  t.same(told, [
    [undefined, held(3, 'ab')],
    [held(3, 'ab'), held(3, 'ab')],
    [held(3, 'ab'), held(4)],
    [held(4), undefined],
  ])
  t.equal(made.held, undefined)
})
