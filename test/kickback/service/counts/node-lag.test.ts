import t from 'tap'
import { NodeLag } from '../../../../src/kickback/service/counts/node-lag.ts'
import type { Held } from '../../../../src/kickback/service/holdings.ts'
import { HandClock } from '../../../clocks.ts'
import { publicSnapshot } from '../../cluster.ts'
import { loopbackSnapshot } from '../secure.ts'

const held = (generation: number): Held => ({ generation, digest: undefined })

/** The lag of nodes of the small cluster, and the seconds that were counted. */
function lag() {
  const clock = new HandClock()
  const made = new NodeLag(clock)
  const seconds = async (): Promise<number> => (await made.all(() => [], undefined)).lag.sum
  return { clock, made, seconds }
}

t.test('a node lags from the publication until it reports the generation', async (t) => {
  const { clock, made, seconds } = lag()
  const one = {}
  made.moved(one, undefined, held(1), publicSnapshot(1))
  t.equal(await seconds(), 0, 'who comes in step was never behind')
  clock.turn(60_000)
  made.published()
  clock.turn(2000)
  made.moved(one, held(1), held(2), publicSnapshot(2))
  t.equal(await seconds(), 2)
  clock.turn(1000)
  made.moved(one, held(2), held(2), publicSnapshot(2))
  t.equal(await seconds(), 2, 'the same report again is nothing new')
})

t.test('a node that comes with something older lags from then on: it was off before', async (t) => {
  const { clock, made, seconds } = lag()
  const one = {}
  made.published()
  clock.turn(86_400_000)
  made.moved(one, undefined, held(1), publicSnapshot(3))
  clock.turn(500)
  made.moved(one, held(1), held(2), publicSnapshot(3))
  t.equal(await seconds(), 0, 'it is still behind')
  clock.turn(500)
  made.moved(one, held(2), held(3), publicSnapshot(3))
  t.equal(await seconds(), 1)
})

t.test(
  'nodes of the configuration that do not follow are missing: several connections of one are one node',
  async (t) => {
    const { clock, made } = lag()
    const at = (last: number, one: Held | undefined) => ({
      asker: { via: 'network', address: Uint8Array.of(10, 0, 0, last) } as const,
      held: one,
    })
    const followers = [at(10, held(1)), at(10, held(1)), at(11, held(1)), at(12, undefined), at(9, held(1))]
    const snapshot = publicSnapshot(1)
    t.match(await made.all(() => followers, snapshot), { configured: 10, missing: 8, unapproved: 0 })
    followers.push(at(13, held(1)))
    t.match(await made.all(() => followers, snapshot), { missing: 8 }, 'a count stands for some seconds')
    clock.turn(5000)
    t.match(await made.all(() => followers, snapshot), { missing: 7 })
  },
)

t.test('nodes that nobody has approved are counted by themselves', async (t) => {
  const { made } = lag()
  const all = await made.all(() => [], loopbackSnapshot(1, undefined, [3, 4]))
  t.match(all, { unapproved: 2, missing: all.configured })
  const approved = await made.all(() => [], loopbackSnapshot())
  t.match(approved, { unapproved: 0, configured: all.configured + 2 })
})
