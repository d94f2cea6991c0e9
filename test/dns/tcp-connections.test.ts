import t from 'tap'
import { type Occupant, TcpConnections } from '../../src/dns/tcp-connections.ts'

/** The connections of a server, and the names of those that are open, oldest first. */
function connectionsOf(connections: number, reserved: number, perAddress = 99) {
  const there: string[] = []
  const count = { open: 0, refused: 0 }
  const all = new TcpConnections(
    { opened: () => void count.open++, closed: () => void count.open--, refused: () => void count.refused++ },
    { connections, reserved, perAddress },
  )
  const come = (name: string, isMember = false, client = name): Occupant => {
    const evict = () => void there.splice(there.indexOf(name), 1)
    const occupant = { client, isMember, evict }
    if (all.take(occupant)) there.push(name)
    return occupant
  }
  return { all, there, count, come }
}

t.test('some connections are for members alone', async (t) => {
  const { there, come, count } = connectionsOf(4, 2)
  for (const name of ['a', 'b', 'c', 'd']) come(name)
  t.same(there, ['c', 'd'], 'the others share what is left, and those that were idle for longest went')
  come('m1', true)
  come('m2', true)
  t.same(there, ['c', 'd', 'm1', 'm2'])
  come('e')
  t.same(there, ['d', 'm1', 'm2', 'e'], 'another one takes the place of another one')
  come('m3', true)
  t.same(there, ['m1', 'm2', 'e', 'm3'], 'where all are taken a member takes that of whom was idle for longest')
  t.same(count, { open: 4, refused: 4 })
})

t.test('members take what is free, and nobody else takes theirs', async (t) => {
  const { there, come } = connectionsOf(3, 1)
  for (const name of ['m1', 'm2', 'm3']) come(name, true)
  come('a')
  t.same(there, ['m1', 'm2', 'm3'])
})

t.test('one address has so many, and its own make room', async (t) => {
  const { there, come, all } = connectionsOf(9, 0, 2)
  const first = come('a1', false, 'a')
  for (const name of ['b1', 'b2', 'b3']) come(name, false, 'b')
  come('a2', false, 'a')
  all.touch(first)
  come('a3', false, 'a')
  t.same(there, ['a1', 'b2', 'b3', 'a3'])
})

t.test('a place that was left is free, and can be left once', async (t) => {
  const { all, come, count } = connectionsOf(1, 0)
  const first = come('a')
  all.leave(first)
  all.leave(first)
  t.equal(count.open, 0)
  come('b')
  t.same(count, { open: 1, refused: 0 })
})
