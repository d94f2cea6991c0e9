import t from 'tap'
import { type Front, Fronts } from '../../../src/daemon/fronts/front.ts'
import { snapshotOf } from '../../dns/cluster.ts'

const SNAPSHOT = snapshotOf('nodes 5\niprange 10.1.1.0 10.1.1.99\n')

/** A front that notes what it is told. */
function noting(name: string, told: string[], fails = false): Front {
  return {
    open: async () => {
      told.push(`${name} opens`)
      if (fails) throw new Error('in use')
    },
    serve: async (snapshot) => void told.push(`${name} serves ${snapshot.generation}`),
    close: async () => void told.push(`${name} closes`),
  }
}

t.test('fronts open and are given generations in their order, and close the other way round', async (t) => {
  const told: string[] = []
  const fronts = new Fronts([noting('a', told), noting('b', told)])
  await fronts.open()
  await fronts.serve(SNAPSHOT)
  await fronts.close()
  const { generation } = SNAPSHOT
  t.same(told, ['a opens', 'b opens', `a serves ${generation}`, `b serves ${generation}`, 'b closes', 'a closes'])
})

t.test('where one front cannot be had, opening fails, and closing ends those that were opened', async (t) => {
  const told: string[] = []
  const fronts = new Fronts([noting('a', told), noting('b', told, true)])
  await t.rejects(fronts.open(), { message: 'in use' })
  await fronts.close()
  t.ok(told.includes('a closes'))
})
