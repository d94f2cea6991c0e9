import t from 'tap'
import { MasterList } from '../../../src/kickback/node/master-list.ts'

const place = (host: string) => ({ host, port: 3045 })
const names = (list: MasterList): string[] => list.all.map(({ name }) => name)
const [a, b, c] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(place)
if (a === undefined || b === undefined || c === undefined) throw new Error('no places')

t.test('those of the settings come first, then those that are learned, each once', async (t) => {
  const list = new MasterList([b])
  t.same(list.learn([a, b, c]), { added: 2, removed: [] })
  t.same(names(list), ['10.0.0.2:3045', '10.0.0.1:3045', '10.0.0.3:3045'])
  t.equal(list.learn([a, b, c]), undefined, 'nothing new')
  t.same([list.length, list.rankOf('10.0.0.3:3045'), list.rankOf('10.0.0.9:3045')], [3, 2, -1])
})

t.test('one that is no longer learned is gone, and one of the settings never', async (t) => {
  const list = new MasterList([a])
  list.learn([a, b, c])
  t.same(list.learn([c]), { added: 0, removed: ['10.0.0.2:3045'] })
  t.same(list.learn([]), { added: 0, removed: ['10.0.0.3:3045'] })
  t.same(names(list), ['10.0.0.1:3045'])
})

t.test('another order is a change', async (t) => {
  const list = new MasterList([a])
  list.learn([b, c])
  t.same(list.learn([c, b]), { added: 0, removed: [] })
  t.same(names(list), ['10.0.0.1:3045', '10.0.0.3:3045', '10.0.0.2:3045'])
})

t.test('they are tried from any place on, around', async (t) => {
  const list = new MasterList([a, b, c])
  const from = (rank: number): string[] => list.from(rank).map(({ name }) => name.slice(7, 8))
  t.same(
    [from(0), from(2), from(3)],
    [
      ['1', '2', '3'],
      ['3', '1', '2'],
      ['1', '2', '3'],
    ],
  )
})
