import t from 'tap'
import { Rotation } from '../../../src/daemon/trust/rotation.ts'
import { Trust } from '../../../src/kickback/node/trust.ts'
import { HandClock } from '../../clocks.ts'
import { clusterKey } from '../../keys.ts'
import { until } from '../../patience.ts'
import { trustList } from '../../trust-lists.ts'

const root = clusterKey()

/** A rotation of a master that has a next key, listed or not. */
function rotation(isNextCertified: boolean) {
  const clock = new HandClock()
  const trust = new Trust({ key: root.key })
  const said: string[] = []
  const keys = {
    trust,
    isNextCertified,
    promote: () => {
      said.push('promoted')
      keys.isNextCertified = false
      return true
    },
  }
  const made = new Rotation({ keys, clock, changed: async (isPromoted) => void said.push(`changed ${isPromoted}`) })
  return { made, clock, trust, said }
}

t.test('a new key signs 90 s after the list that has it, and each list is acted on at once', async (t) => {
  const { made, clock, trust, said } = rotation(true)
  trust.take(trustList({ number: 1, roots: [root] }))
  await until(() => said.length === 1 && clock.timers > 0)
  trust.take(trustList({ number: 2, roots: [root] }))
  await until(() => said.length === 2)
  clock.turn(89_999)
  t.same(said, ['changed false', 'changed false'])
  clock.turn(1)
  await until(() => said.length === 4)
  t.same(said.slice(2), ['promoted', 'changed true'])
  await made.close()
})

t.test('without a next key, or once it ends, nothing is promoted', async (t) => {
  const idle = rotation(false)
  idle.trust.take(trustList({ roots: [root] }))
  await until(() => idle.said.length === 1)
  t.equal(idle.clock.timers, 0)
  const ended = rotation(true)
  ended.trust.take(trustList({ roots: [root] }))
  await until(() => ended.clock.timers > 0)
  await ended.made.close()
  t.same(ended.said, ['changed false'])
  ended.trust.take(trustList({ number: 2, roots: [root] }))
  t.same(ended.said, ['changed false'])
})
