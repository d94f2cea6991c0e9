import t from 'tap'
import { getentInnetgr, NETGROUP, type NetgroupEntry, netgroup } from '../../../src/resolver/databases/netgroup.ts'
import { WILDCARD } from '../../../src/resolver/format.ts'
import { SnapshotError } from '../../../src/resolver/records/decode.ts'

const triple = (host?: string, user?: string, domain?: string) => ({ host, user, domain })
const rack: NetgroupEntry = {
  name: 'rack',
  triples: [triple('n0'), triple(undefined, 'ada', 'dom'), triple('', '', '')],
}

t.test('a netgroup is a line of netgroup(5): a wildcard is an empty field', async (t) => {
  t.equal(netgroup.exported?.(rack), 'rack (n0,,) (,ada,dom) (,,)\n')
  t.equal(netgroup.exported?.({ name: 'none', triples: [] }), 'none\n')
})

t.test('getent prints the name as it was typed, then its triples, a host that is a wildcard as a space', async (t) => {
  t.equal(netgroup.getent.lines(rack, 'rack'), 'rack                  (n0,,) ( ,ada,dom) (,,)\n')
  const long = 'a-netgroup-with-a-long-name'
  t.equal(netgroup.getent.lines({ ...rack, name: long }), `${long} (n0,,) ( ,ada,dom) (,,)\n`)
})

t.test('getent tells of a triple whether the netgroup has it, what was any as an empty field', async (t) => {
  t.equal(getentInnetgr('rack', triple('n0', 'joe'), true), 'rack                  (n0,joe,) = 1\n')
  t.equal(getentInnetgr('rack', triple(), false), 'rack                  (,,) = 0\n')
})

t.test('a wildcard and an empty text are two things', async (t) => {
  t.same(netgroup.decode(netgroup.encode(rack)), rack)
})

t.test('a user that many triples have is stored once, also where it is the empty one', async (t) => {
  const sizeOf = (count: number, user: string | undefined) =>
    netgroup.encode({ name: 'g', triples: Array.from({ length: count }, () => triple(undefined, user)) }).length
  const [TRIPLE, name] = [12, 'g\0'.length]
  for (const user of [undefined, '', 'ada']) {
    const strings = name + (user === undefined ? 0 : user.length + 1)
    for (const count of [1, 1000]) {
      const size = NETGROUP.size + TRIPLE * count + strings
      t.equal(sizeOf(count, user), Math.ceil(size / 8) * 8, `${count} of ${user}`)
    }
  }
  const mixed = { name: 'g', triples: [triple('a', 'ada'), triple('b', 'bob'), triple('c', 'ada'), triple('d', 'bob')] }
  t.same(netgroup.decode(netgroup.encode(mixed)), mixed)
})

t.test('a part that leads out of the strings is damage, but for the number of a wildcard', async (t) => {
  const record = Buffer.from(netgroup.encode(rack))
  record.writeUInt32LE(WILDCARD - 1, NETGROUP.size)
  t.throws(() => netgroup.decode(record), SnapshotError)
  record.writeUInt32LE(WILDCARD, NETGROUP.size)
  t.same(netgroup.decode(record).triples[0], triple())
})
