import t from 'tap'
import { oncePerSnapshot } from '../../../src/resolver/snapshot/kept.ts'
import { configured } from '../configs.ts'

t.test('a snapshot is read once, another one by itself, and undefined is a reading too', async (t) => {
  let readings = 0
  const reading = oncePerSnapshot((snapshot) => {
    readings++
    return snapshot.count('hosts') > 0 ? snapshot.domain : undefined
  })
  const [one, other] = [configured('nodes 1\niprange 10.0.0.1 10.0.0.1\n'), configured('')]
  t.same(
    [reading(one), reading(one), reading(other), reading(other)],
    ['cluster.internal', 'cluster.internal', undefined, undefined],
  )
  t.equal(readings, 2)
})
