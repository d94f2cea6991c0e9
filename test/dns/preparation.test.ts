import t from 'tap'
import { Responder } from '../../src/dns/answer/responder.ts'
import { Preparation } from '../../src/dns/preparation.ts'
import { handlers } from '../../src/values/index.ts'
import { settingsOf, snapshotOf } from './cluster.ts'

const WIDE = { cuts: [{ family: 4, prefix: Uint8Array.of(10) }] } as const
/** A generation whose preparation has so many steps of 64 hosts after the first. */
const generation = (number: number, steps: number): Responder =>
  new Responder(snapshotOf(`nodes ${64 * steps + 1}\niprange 10.0.0.0 10.0.63.255\n`, number, WIDE), settingsOf())

/** A preparation whose steps are taken by hand. */
function preparing() {
  const deferred: (() => void)[] = []
  const ready: number[] = []
  const preparation = new Preparation(
    (work) => void deferred.push(work),
    ({ zones }) => void ready.push(zones.snapshot.generation),
  )
  const step = (): void => deferred.shift()?.()
  return { preparation, ready, step, deferred }
}

t.test(
  'what needs one step is ready at once, and what needs several after as many turns of the event loop',
  async (t) => {
    const { preparation, ready, step } = preparing()
    preparation.add(generation(1, 0))
    t.same(ready, [1])
    preparation.add(generation(2, 3))
    for (let steps = 0; steps < 2; steps++) {
      step()
      t.same(ready, [1], 'the one before is answered from meanwhile')
    }
    step()
    t.same(ready, [1, 2])
  },
)

t.test('of those that come meanwhile the last is prepared after the one that is', async (t) => {
  const { preparation, ready, step, deferred } = preparing()
  preparation.add(generation(1, 2))
  preparation.add(generation(2, 2))
  preparation.add(generation(3, 0))
  t.same(ready, [])
  for (let steps = 0; steps < 2; steps++) step()
  t.same(ready, [1, 3])
  t.equal(deferred.length, 0)
})

t.test('an unexpected error costs preparation, and no generation', async (t) => {
  const { preparation, ready, step } = preparing()
  preparation.add(generation(1, 2))
  handlers.tryWith((name) => {
    if (name === 'DNS preparation') throw new Error('a fault')
  })
  t.teardown(() => handlers.tryWith(undefined))
  step()
  t.same(ready, [1])
})

t.test('after the end nothing becomes ready', async (t) => {
  const { preparation, ready, step, deferred } = preparing()
  preparation.add(generation(1, 2))
  preparation.close()
  step()
  t.same([ready, deferred.length], [[], 0])
})
